// Time by size, both logarithmic, a curve a number of nodes, a dot a measurement.
import { axis, frame, legendOf } from './look.mjs';
import { sizeAxis } from './collectives.mjs';
import { binary, time } from './units.mjs';

export default function times({ curves }, look) {
  const tooltip = { formatter: ({ seriesName, value }) => `${seriesName}\n${binary(value[0])}: ${time(value[1] * 1e-6)}, ${value[2]}` };
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
      series: curves.flatMap((curve, i) => [
        { type: 'line', name: curve.name, color: look.palette[i % 8], showSymbol: curve.points.length === 1, lineStyle: { width: 2 }, data: inMicroseconds(curve.points), tooltip },
        ...(curve.calls.length ? [{ type: 'scatter', name: curve.name, color: look.palette[i % 8], symbolSize: 9, z: 3, data: inMicroseconds(curve.calls),
          itemStyle: { borderColor: look.ground, borderWidth: 1.5 }, tooltip }] : []),
      ]),
    },
  };
}
