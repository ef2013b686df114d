// Draws each section's chart from the data that the page holds, and draws them again where the width, the scheme or the medium changes.
// A section's script is a function (data, look) => { height, option, zooms }, named as the section is; of several alike, as what stands
// before their number ("scatter-2").
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  DataZoomComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import blame from './blame.mjs';
import collectives from './collectives.mjs';
import costs from './costs.mjs';
import fabric from './fabric.mjs';
import limits from './limits.mjs';
import { lookOf } from './look.mjs';
import memory from './memory.mjs';
import scatter from './scatter.mjs';
import { addThemeButton } from './theme.mjs';
import timeline from './timeline.mjs';
import times from './times.mjs';
import tornado from './tornado.mjs';
import users from './users.mjs';
import { addZoomButtons } from './zoom.mjs';

use([BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, CanvasRenderer, DataZoomComponent, GridComponent, LegendComponent,
  MarkLineComponent, TooltipComponent, VisualMapComponent]);

const drawings = { blame, collectives, constants: tornado, costs, fabric, limits, memory, parts: tornado, scatter, timeline, times, users };
const drawingOf = (id) => drawings[id.replace(/-\d+$/, '')];
const data = JSON.parse(document.getElementById('data').textContent);
const drawn = [];
let onPaper = false;

function draw(each, width = each.element.clientWidth) {
  const { height, option, zooms } = drawingOf(each.id)(data[each.id], lookOf(width));
  each.element.style.height = `${height}px`;
  each.width = width;
  each.chart ??= init(each.element, null, { width, height });
  each.chart.resize({ width, height });
  const kept = each.chart.getOption()?.dataZoom?.map(({ start, end }) => ({ start, end }));
  each.chart.setOption(option, true);
  kept?.forEach(({ start, end }, i) => each.chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: i, start, end }));
  if (zooms && !each.hasButtons) addZoomButtons(each);
}

const drawAll = (width) => drawn.forEach((each) => draw(each, width));

for (const id of Object.keys(data)) {
  const element = document.getElementById(`${id}-chart`);
  if (drawingOf(id) && element) drawn.push({ id, element });
  else element?.remove(); // of a newer program than this bundle
}
drawAll();

new ResizeObserver(() => {
  for (const each of drawn) if (!onPaper && each.element.clientWidth !== each.width) draw(each);
}).observe(document.querySelector('main'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => drawAll());
addThemeButton(() => drawAll());

// Paper is white, and narrower than most screens.
addEventListener('beforeprint', () => {
  onPaper = true;
  document.documentElement.dataset.themeOnScreen = document.documentElement.dataset.theme ?? '';
  document.documentElement.dataset.theme = 'light';
  drawAll(680);
});
addEventListener('afterprint', () => {
  onPaper = false;
  const theme = document.documentElement.dataset.themeOnScreen;
  delete document.documentElement.dataset.themeOnScreen;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  drawAll();
});

// For tests, and whoever wants to look closer.
window.orreryCharts = drawn;
