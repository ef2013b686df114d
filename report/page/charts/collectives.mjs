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
    axisLabel: { color: look.text, customValues: powers.filter((_, i) => i % step === 0), formatter: binary, hideOverlap: true },
  });
}

/** The series of a curve: a line, and dots where there are calls. */
export function lineAndDots(look, i, curve, pointsOf) {
  const both = { name: curve.name, color: look.palette[i % look.palette.length] };
  const line = { ...both, type: 'line', showSymbol: curve.points.length === 1, lineStyle: { width: 2 }, data: pointsOf(curve.points) };
  const edge = { borderColor: look.ground, borderWidth: 1.5 };
  const dots = { ...both, type: 'scatter', symbolSize: 10, z: 3, itemStyle: edge, data: pointsOf(curve.calls) };
  return curve.calls.length > 0 ? [line, dots] : [line];
}

export default function collectives({ curves }, look) {
  const said = ({ seriesName, value: [size, rate, seconds, how] }) =>
    `${seriesName}\n${binary(size)}: ${rate.toPrecision(3)} GB/s, ${time(seconds)}, ${how}`;
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
      series: curves.flatMap((curve, i) =>
        lineAndDots(look, i, curve, inGigabytes).map((series) => ({ ...series, tooltip: { formatter: said } }))),
    },
  };
}
