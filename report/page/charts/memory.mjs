// Memory by pipeline rank and kind, below the GPU's.
import { axis, frame, legendOf } from './look.mjs';
import { byteUnit, bytes } from './units.mjs';

export default function memory(data, look) {
  const [unit, size] = byteUnit(data.capacity);
  const capacity = data.capacity / size;
  const ranks = Array.from({ length: data.ranks }, (_, rank) => String(rank));
  const key = legendOf(look, data.kinds.map((kind) => kind.name));
  return {
    height: 340 + key.height - 22,
    option: {
      ...frame(look),
      tooltip: {
        ...frame(look).tooltip,
        trigger: 'axis',
        axisPointer: { type: 'shadow' },
        valueFormatter: (value) => `${value.toFixed(2)} ${unit}`,
      },
      legend: key.legend,
      grid: { left: 24, right: 16, top: key.height + 16, bottom: 26, containLabel: true },
      xAxis: axis(look, 'pipeline rank', { type: 'category', data: ranks, nameGap: 28 }),
      yAxis: axis(look, `memory (${unit})`, { type: 'value', nameGap: 38, max: Math.ceil((capacity * 1.06) / 10) * 10 }),
      series: data.kinds.map((kind, i) => ({
        type: 'bar',
        stack: 'memory',
        name: kind.name,
        barMaxWidth: 60,
        data: kind.bytes.map((count) => count / size),
        ...(i === 0 && {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: look.text, type: 'dashed', width: 1.5 },
            label: { position: 'insideEndTop', color: look.text, formatter: `capacity ${bytes(data.capacity)}` },
            data: [{ yAxis: capacity }],
          },
        }),
      })),
    },
  };
}
