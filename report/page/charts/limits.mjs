// The prediction with its band beside what was measured and what cannot be beaten.
import { axis, frame, namesAxis } from './look.mjs';
import { time, timeUnit } from './units.mjs';

export default function limits({ bars }, look) {
  const [unit, size] = timeUnit(Math.max(...bars.map((bar) => bar.seconds)));
  const colours = { predicted: look.c0, measured: look.c2, bound: look.c7 };
  const bands = bars.flatMap((bar, row) => (bar.band ? [[row, bar.band[0] / size, bar.band[1] / size]] : []));
  return {
    height: 70 + 34 * bars.length,
    option: {
      ...frame(look),
      grid: { left: 0, right: 70, top: 4, bottom: 22, containLabel: true },
      xAxis: axis(look, `time (${unit})`, { type: 'value', nameGap: 26 }),
      yAxis: namesAxis(look, bars.map((bar) => bar.name)),
      series: [
        {
          type: 'bar',
          barMaxWidth: 22,
          data: bars.map((bar) => ({ value: bar.seconds / size, itemStyle: { color: colours[bar.kind] }, label: { show: !bar.band } })),
          label: { position: 'right', color: look.text, formatter: ({ dataIndex }) => time(bars[dataIndex].seconds) },
          tooltip: { formatter: ({ dataIndex }) => `${bars[dataIndex].name}: ${time(bars[dataIndex].seconds)}` },
        },
        {
          type: 'custom',
          name: 'error band',
          data: bands,
          encode: { x: [1, 2], y: 0 },
          z: 3,
          renderItem: (params, api) => whisker(api, look, time(bars[api.value(0)].seconds)),
          tooltip: { formatter: ({ value }) => `mean error: ${time(value[1] * size)} to ${time(value[2] * size)}` },
        },
      ],
    },
  };
}

// With the bar's own label, which would stand in its way.
function whisker(api, look, text) {
  const [low, y] = api.coord([api.value(1), api.value(0)]);
  const [high] = api.coord([api.value(2), api.value(0)]);
  const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: look.text, lineWidth: 2 } });
  return { type: 'group', children: [line(low, y, high, y), line(low, y - 6, low, y + 6), line(high, y - 6, high, y + 6),
    { type: 'text', style: { text, x: high + 6, y, verticalAlign: 'middle', fill: look.text, font: `12px ${look.font}` } }] };
}
