// Time by size, both logarithmic, a curve a number of nodes, a dot a measurement.
import { axis } from './look.mjs';
import { bySize } from './sizes.mjs';
import { binary, time } from './units.mjs';

export default ({ curves }, look) => bySize(look, curves, {
  yAxis: axis(look, 'time (us)', { type: 'log', nameGap: 62,
    axisLabel: { color: look.text, formatter: (value) => Number(value.toPrecision(6)).toLocaleString('en') } }),
  pointOf: ([size, , seconds, how]) => [size, seconds * 1e6, how],
  said: ([size, microseconds, how]) => `${binary(size)}: ${time(microseconds * 1e-6)}, ${how}`,
});
