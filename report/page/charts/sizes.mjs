// A chart by message size: a line a curve, and dots where there are calls.
import { axis, frame, legendOf } from './look.mjs';
import { binary } from './units.mjs';

/** `pointOf(point)` is what is drawn of a point, [size, height, ...]; `said(it)` what is said of it. */
export function bySize(look, curves, { yAxis, pointOf, said }) {
  const key = legendOf(look, curves.map((curve) => curve.name));
  const tooltip = { formatter: ({ seriesName, value }) => `${seriesName}\n${said(value)}` };
  return {
    height: 380 + key.height - 22,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 24, right: 24, top: key.height + 16, bottom: 26, containLabel: true },
      xAxis: sizeAxis(look, curves),
      yAxis,
      series: curves.flatMap((curve, i) => lineAndDots(look, i, curve, pointOf).map((series) => ({ ...series, tooltip }))),
    },
  };
}

// Powers of two, as few of them named as the width asks for.
function sizeAxis(look, curves) {
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

function lineAndDots(look, i, { name, points, calls }, pointOf) {
  const both = { name, color: look.palette[i % look.palette.length] };
  const line = { ...both, type: 'line', showSymbol: points.length === 1, lineStyle: { width: 2 }, data: points.map(pointOf) };
  const edge = { borderColor: look.ground, borderWidth: 1.5 };
  const dots = { ...both, type: 'scatter', symbolSize: 10, z: 3, itemStyle: edge, data: calls.map(pointOf) };
  return calls.length > 0 ? [line, dots] : [line];
}
