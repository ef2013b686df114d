// Where the time goes: a bar a part.
import { axis, frame, namesAxis } from './look.mjs';
import { percent, time, timeUnit } from './units.mjs';

export default function blame(data, look) {
  const [unit, size] = timeUnit(data.iteration);
  const parts = [...data.parts].sort((a, b) => b.seconds - a.seconds);
  return {
    height: 70 + 34 * parts.length,
    option: {
      ...frame(look),
      grid: { left: 0, right: look.narrow ? 78 : 120, top: 4, bottom: 22, containLabel: true },
      xAxis: axis(look, `time (${unit})`, { type: 'value', nameGap: 26 }),
      yAxis: namesAxis(look, parts.map((part) => part.name)),
      series: [{
        type: 'bar',
        barMaxWidth: 22,
        data: parts.map((part, i) => ({ value: part.seconds / size, itemStyle: { color: i === 0 ? look.c1 : look.c0 } })),
        label: {
          show: true,
          position: 'right',
          color: look.text,
          formatter: ({ dataIndex }) => {
            const { seconds } = parts[dataIndex];
            return look.narrow ? percent(seconds / data.iteration) : `${time(seconds)}, ${percent(seconds / data.iteration)}`;
          },
        },
        tooltip: { formatter: ({ dataIndex }) => `${parts[dataIndex].name}: ${time(parts[dataIndex].seconds)}` },
      }],
    },
  };
}
