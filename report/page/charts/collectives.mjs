// Bus bandwidth by size, a curve a collective, a dot where the job is.
import { axis, frame, legend } from './look.mjs';
import { binary, time } from './units.mjs';

export default function collectives({ curves }, look) {
  const tooltip = { formatter: ({ seriesName, value }) => `${seriesName}\n${binary(value[0])}: ${value[1].toPrecision(3)} GB/s, ${time(value[2])}, ${value[3]}` };
  const inGigabytes = (points) => points.map(([size, rate, ...more]) => [size, rate / 1e9, ...more]);
  const powers = (least, most) => Array.from({ length: Math.round(Math.log2(most / least)) + 1 }, (_, i) => least * 2 ** i);
  const sizes = curves.flatMap((curve) => [...curve.points, ...curve.calls].map(([size]) => size));
  const least = 2 ** Math.floor(Math.log2(Math.min(...sizes)));
  const most = 2 ** Math.ceil(Math.log2(Math.max(...sizes)));
  return {
    height: 380 + (look.narrow ? 20 : 0),
    option: {
      ...frame(look),
      legend: legend(look, { data: curves.map((curve) => curve.name) }),
      grid: { left: 24, right: 24, top: 40, bottom: 26, containLabel: true },
      xAxis: axis(look, 'message size (B)', { type: 'log', logBase: 2, min: least, max: most, nameGap: 28, splitLine: { show: false },
        axisTick: { customValues: powers(least, most) },
        axisLabel: { color: look.text, hideOverlap: true, customValues: powers(least, most).filter((_, i) => i % (look.narrow ? 6 : 3) === 0), formatter: binary } }),
      yAxis: axis(look, 'bus bandwidth (GB/s)', { type: 'value', nameGap: 38 }),
      series: curves.flatMap((curve, i) => [
        { type: 'line', name: curve.name, color: look.palette[i], showSymbol: false, symbolSize: 4, lineStyle: { width: 2 }, data: inGigabytes(curve.points), tooltip },
        { type: 'scatter', name: curve.name, color: look.palette[i], symbolSize: 10, itemStyle: { borderColor: look.ground, borderWidth: 1.5 }, z: 3,
          data: inGigabytes(curve.calls), tooltip },
      ]),
    },
  };
}
