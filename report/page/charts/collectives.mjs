// Bus bandwidth by size, a curve a collective or a number of nodes, a dot where the job is, or what was measured.
import { axis, frame, legendOf } from './look.mjs';
import { binary, time } from './units.mjs';

/** Powers of two, as few of them named as the width asks for. */
export function sizeAxis(look, curves) {
  const sizes = curves.flatMap((curve) => [...curve.points, ...curve.calls].map(([size]) => size));
  const least = 2 ** Math.floor(Math.log2(Math.min(...sizes)));
  const most = Math.max(2 * least, 2 ** Math.ceil(Math.log2(Math.max(...sizes))));
  const powers = Array.from({ length: Math.round(Math.log2(most / least)) + 1 }, (_, i) => least * 2 ** i);
  const step = Math.ceil((powers.length * 62) / look.width);
  return axis(look, 'message size (B)', {
    type: 'log',
    logBase: 2,
    min: least,
    max: most,
    nameGap: 28,
    splitLine: { show: false },
    axisTick: { customValues: powers, lineStyle: { color: look.line } },
    axisLabel: { color: look.text, hideOverlap: true, customValues: powers.filter((_, i) => i % step === 0), formatter: binary },
  });
}

export default function collectives({ curves }, look) {
  const tooltip = { formatter: ({ seriesName, value }) => `${seriesName}\n${binary(value[0])}: ${value[1].toPrecision(3)} GB/s, ${time(value[2])}, ${value[3]}` };
  const inGigabytes = (points) => points.map(([size, rate, ...more]) => [size, rate / 1e9, ...more]);
  const key = legendOf(look, curves.map((curve) => curve.name));
  return {
    height: 380 + key.height - 22,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 24, right: 24, top: key.height + 16, bottom: 26, containLabel: true },
      xAxis: sizeAxis(look, curves),
      yAxis: axis(look, 'bus bandwidth (GB/s)', { type: 'value', nameGap: 38 }),
      series: curves.flatMap((curve, i) => [
        { type: 'line', name: curve.name, color: look.palette[i % 8], showSymbol: curve.points.length === 1, symbolSize: 6, lineStyle: { width: 2 },
          data: inGigabytes(curve.points), tooltip },
        ...(curve.calls.length ? [{ type: 'scatter', name: curve.name, color: look.palette[i % 8], symbolSize: 10, z: 3, data: inGigabytes(curve.calls),
          itemStyle: { borderColor: look.ground, borderWidth: 1.5 }, tooltip }] : []),
      ]),
    },
  };
}
