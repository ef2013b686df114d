// Layers of links down, from a layer's idlest link to its busiest across, utilization as colour.
import { axis, frame, namesAxis } from './look.mjs';
import { percent } from './units.mjs';

export default function fabric({ layers }, look) {
  const most = Math.max(...layers.flatMap((layer) => layer.utilization));
  const places = most < 0.1 ? 2 : 1;
  const cells = layers.flatMap((layer, row) => layer.utilization.map((load, column) => ({
    value: [column, row, load],
    label: { color: load > 0.55 * most ? look.ground : look.text },
  })));
  return {
    height: 120 + 30 * layers.length,
    option: {
      ...frame(look),
      grid: { left: 0, right: 12, top: 4, bottom: 74, containLabel: true },
      xAxis: axis(look, look.narrow ? 'links with less load (%)' : 'share of the layer\'s links with less load (%): idlest at 0, busiest at 100', {
        type: 'category',
        data: layers[0].utilization.map((_, i) => String(10 * i)),
        nameGap: 28,
        axisTick: { show: false },
        splitLine: { show: false },
      }),
      yAxis: namesAxis(look, layers.map((layer) => layer.name), { splitLine: { show: false } }),
      visualMap: {
        min: 0,
        max: most,
        orient: 'horizontal',
        left: 'center',
        bottom: 0,
        itemWidth: 12,
        itemHeight: look.narrow ? 120 : 220,
        text: [`${percent(most, places)} utilization`, '0 %'],
        textStyle: { color: look.text },
        inRange: { color: [look.heat0, look.heat1, look.heat2, look.heat3] },
      },
      series: [{
        type: 'heatmap',
        data: cells,
        itemStyle: { borderColor: look.ground, borderWidth: 1 },
        label: { show: look.width > 640, fontSize: 11, formatter: ({ value }) => (100 * value[2]).toFixed(places) },
        tooltip: {
          formatter: ({ value }) => `${layers[value[1]].name} (${layers[value[1]].links.toLocaleString('en')} links)\n` +
            `${10 * value[0]} % of them have at most ${percent(value[2], 2)} utilization`,
        },
      }],
    },
  };
}
