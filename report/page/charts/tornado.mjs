// What each of a list of changes would make of the iteration: shorter to the left, longer to the right, what moves it most on top.
import { axis, frame, legendOf, namesAxis } from './look.mjs';
import { time, timeUnit } from './units.mjs';

export default function tornado({ iteration, series, rows }, look) {
  const [unit, size] = timeUnit(Math.max(...rows.flatMap((row) => row.seconds.map(Math.abs))) || iteration);
  const key = legendOf(look, series);
  // Two ways of one change share a lane; a third, which is far larger, has its own.
  const alone = series.length - 2;
  const colours = [look.c0, look.c2, look.c1].slice(3 - series.length);
  const said = ({ seriesName, dataIndex, seriesIndex }) => {
    const change = rows[dataIndex].seconds[seriesIndex];
    return `${rows[dataIndex].name}, ${seriesName}:\n${time(iteration + change)}, ` +
      `${change < 0 ? '-' : '+'}${time(Math.abs(change))} (${(100 * change / iteration).toFixed(2)} %)`;
  };
  return {
    height: 66 + key.height + (look.narrow || series.length > 2 ? 40 : 28) * rows.length,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 0, right: 24, top: key.height + 6, bottom: 22, containLabel: true },
      xAxis: axis(look, `change of the iteration (${unit})`, { type: 'value', nameGap: 26 }),
      yAxis: namesAxis(look, rows.map((row) => row.name), {
        axisLine: { onZero: false, lineStyle: { color: look.line } },
      }),
      series: series.map((name, i) => ({
        type: 'bar',
        name,
        stack: i < alone ? 'alone' : 'both',
        barMaxWidth: 14,
        itemStyle: { color: colours[i] },
        data: rows.map((row) => row.seconds[i] / size),
        tooltip: { formatter: said },
      })),
    },
  };
}
