// Predictions over measurements, both logarithmic, a dot a row, between lines for none and for ten per cent of error.
import { axis, frame } from './look.mjs';

/** 1, 2 and 5 times powers of ten: from the last that is at most `least` to the first that is at least `most`. */
function roundValues(least, most) {
  const values = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); power <= most; power *= 10) values.push(power, 2 * power, 5 * power);
  values.push(values.at(-1) * 2);
  const from = values.findLastIndex((value) => value <= least);
  return values.slice(from, values.findIndex((value) => value >= most) + 1);
}

const number = (value) => Number(value.toPrecision(3)).toLocaleString('en');

export default function scatter({ unit, figure, points }, look) {
  const both = points.flatMap(([measured, predicted]) => [measured, predicted]);
  const values = roundValues(Math.min(...both) / 1.05, Math.max(...both) * 1.05);
  const [least, most] = [values[0], values.at(-1)];
  const ticks = { customValues: values };
  const scale = {
    type: 'log',
    min: least,
    max: most,
    axisTick: { ...ticks, lineStyle: { color: look.line } },
    axisLabel: { ...ticks, color: look.text, hideOverlap: true, formatter: number },
  };
  const line = (name, factor, type) => ({
    name,
    type: 'line',
    data: [[least, least * factor], [most, most * factor]],
    clip: true,
    showSymbol: false,
    silent: true,
    lineStyle: { color: look.quiet, width: 1, type },
    tooltip: { show: false },
  });
  return {
    height: Math.min(look.width, 460),
    option: {
      ...frame(look),
      grid: { left: 24, right: 24, top: 12, bottom: 26, containLabel: true },
      xAxis: axis(look, `measured ${figure} (${unit})`, { ...scale, nameGap: 28 }),
      yAxis: axis(look, `predicted ${figure} (${unit})`, { ...scale, nameGap: 46 }),
      series: [
        line('right', 1, 'solid'),
        line('10 % slow', 1.1, 'dashed'),
        line('10 % fast', 1 / 1.1, 'dashed'),
        {
          name: 'rows',
          type: 'scatter',
          data: points,
          symbolSize: points.length > 200 ? 5 : 8,
          itemStyle: { color: look.c0, opacity: 0.7 },
          tooltip: {
            formatter: ({ value: [measured, predicted, what] }) =>
              `${what}\n${number(measured)} ${unit} measured, ${number(predicted)} predicted: ${((predicted / measured - 1) * 100).toFixed(1)} %`,
          },
        },
      ],
    },
  };
}
