// Money and energy: a bar a part, energy above money, each with an axis of its own.
import { axis, frame, namesAxis } from './look.mjs';
import { percent } from './units.mjs';

const bar = 30; // pixels
const around = 62; // of an axis, its name and the gap to the next

export default function costs(data, look) {
  const kinds = [
    { unit: 'kWh', name: 'energy (kWh)', parts: data.energy },
    { unit: 'USD', name: 'money (USD)', parts: data.money },
  ].filter((kind) => kind.parts.length > 0);
  let top = 4;
  const grid = kinds.map(({ parts }) => {
    const height = bar * parts.length;
    const place = { left: look.narrow ? 118 : 130, right: look.narrow ? 74 : 130, top, height };
    top += height + around;
    return place;
  });
  const amount = (part, unit) => `${part.amount.toPrecision(3)} ${unit}`;
  return {
    height: top,
    option: {
      ...frame(look),
      grid,
      xAxis: kinds.map(({ name }, i) => axis(look, name, { type: 'value', nameGap: 26, gridIndex: i })),
      yAxis: kinds.map(({ parts }, i) => namesAxis(look, parts.map((part) => part.name), { gridIndex: i })),
      series: kinds.map(({ parts, unit }, i) => ({
        type: 'bar',
        name: unit,
        xAxisIndex: i,
        yAxisIndex: i,
        barMaxWidth: 20,
        itemStyle: { color: look.palette[i] },
        data: parts.map((part) => part.amount),
        label: {
          show: true,
          position: 'right',
          color: look.text,
          formatter: ({ dataIndex }) => {
            const part = parts[dataIndex];
            return look.narrow ? percent(part.share) : `${amount(part, unit)}, ${percent(part.share)}`;
          },
        },
        tooltip: { formatter: ({ dataIndex }) => `${parts[dataIndex].name}: ${amount(parts[dataIndex], unit)}` },
      })),
    },
  };
}
