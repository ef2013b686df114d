// Time by size, both logarithmic, a curve a number of nodes, a dot a measurement.
import { axis, frame, legendOf } from './look.mjs';
import { lineAndDots, sizeAxis } from './collectives.mjs';
import { binary, time } from './units.mjs';

export default function times({ curves }, look) {
  const said = ({ seriesName, value: [size, microseconds, how] }) =>
    `${seriesName}\n${binary(size)}: ${time(microseconds * 1e-6)}, ${how}`;
  const inMicroseconds = (points) => points.map(([size, , seconds, how]) => [size, seconds * 1e6, how]);
  const key = legendOf(look, curves.map((curve) => curve.name));
  return {
    height: 380 + key.height - 22,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 24, right: 24, top: key.height + 16, bottom: 26, containLabel: true },
      xAxis: sizeAxis(look, curves),
      yAxis: axis(look, 'time (us)', { type: 'log', nameGap: 62,
        axisLabel: { color: look.text, formatter: (value) => Number(value.toPrecision(6)).toLocaleString('en') } }),
      series: curves.flatMap((curve, i) =>
        lineAndDots(look, i, curve, inMicroseconds).map((series) => ({ ...series, tooltip: { formatter: said } }))),
    },
  };
}
