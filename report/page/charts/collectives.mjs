// Bus bandwidth by size, a curve a collective or a number of nodes, a dot where the job is, or what was measured.
import { axis } from './look.mjs';
import { bySize } from './sizes.mjs';
import { binary, time } from './units.mjs';

export default ({ curves }, look) => bySize(look, curves, {
  yAxis: axis(look, 'bus bandwidth (GB/s)', { type: 'value', nameGap: 38 }),
  pointOf: ([size, rate, seconds, how]) => [size, rate / 1e9, seconds, how],
  said: ([size, rate, seconds, how]) => `${binary(size)}: ${rate.toPrecision(3)} GB/s, ${time(seconds)}, ${how}`,
});
