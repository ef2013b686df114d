// Bytes over the busiest link of each layer, by what they are for.
import { axis, frame, legendOf, namesAxis } from './look.mjs';
import { byteUnit, bytes, percent } from './units.mjs';

export default function users({ labels, links }, look) {
  const totals = links.map((link) => link.bytes.reduce((sum, count) => sum + count, 0));
  const [unit, size] = byteUnit(Math.max(...totals));
  const key = legendOf(look, labels);
  return {
    height: 70 + key.height + 34 * links.length,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 0, right: 62, top: key.height + 6, bottom: 22, containLabel: true },
      xAxis: axis(look, `bytes an iteration (${unit})`, { type: 'value', nameGap: 26 }),
      yAxis: namesAxis(look, links.map((link) => link.name)),
      series: labels.map((name, i) => ({
        type: 'bar',
        name,
        stack: 'bytes',
        barMaxWidth: 22,
        color: look.palette[i % look.palette.length],
        data: links.map((link) => link.bytes[i] / size),
        label: {
          show: i === labels.length - 1,
          position: 'right',
          color: look.text,
          formatter: ({ dataIndex }) => percent(links[dataIndex].utilization),
        },
        tooltip: {
          formatter: ({ dataIndex }) => `${links[dataIndex].name}, ${percent(links[dataIndex].utilization)} utilization\n` +
            `${name}: ${bytes(links[dataIndex].bytes[i])} of ${bytes(totals[dataIndex])}`,
        },
      })),
    },
  };
}
