// Stages down, time across, a rectangle a pass; zoomed by buttons, by the slider below, or with the wheel and the control key.
import { graphic } from 'echarts/core';
import { axis, frame, legendOf, namesAxis } from './look.mjs';
import { time, timeUnit } from './units.mjs';

const colourOf = {
  forward: 'c0', backward: 'c1', weights: 'c3', data: 'c4', optimizer: 'c2', tensor: 'c5', 'pipeline transfer': 'c6', compute: 'c0',
};

/** [row, begin, end] of each pass, by kind. */
function passesByKind(data, size) {
  const tick = data.tick_seconds / size;
  const kinds = data.kinds.map(() => []);
  data.rows.forEach(({ passes }, row) => {
    let at = 0;
    for (let i = 0; i < passes.length; i += 3) {
      const begin = at + passes[i + 1];
      at = begin + passes[i + 2];
      kinds[passes[i]].push([row, begin * tick, at * tick]);
    }
  });
  return kinds;
}

function rectangle(params, api, colour) {
  const [begin, y] = api.coord([api.value(1), api.value(0)]);
  const [end] = api.coord([api.value(2), api.value(0)]);
  const height = api.size([0, 1])[1] - 3;
  const room = params.coordSys;
  const shape = graphic.clipRectByRect({ x: begin, y: y - height / 2, width: Math.max(end - begin - 0.3, 0.4), height }, room);
  return shape && { type: 'rect', shape, style: { fill: colour } };
}

const slider = (look, unit) => ({
  type: 'slider',
  filterMode: 'weakFilter',
  height: 22,
  bottom: 4,
  left: 80,
  right: 60,
  showDataShadow: false,
  borderColor: look.line,
  fillerColor: look.panel,
  moveHandleStyle: { color: look.line },
  handleStyle: { color: look.panel, borderColor: look.quiet },
  emphasis: { moveHandleStyle: { color: look.quiet }, handleStyle: { borderColor: look.text } },
  textStyle: { color: look.quiet },
  labelFormatter: (value) => `${Number(value.toPrecision(4))} ${unit}`,
});

export default function timeline(data, look) {
  const [unit, size] = timeUnit(data.seconds);
  const end = data.seconds / size;
  const row = Math.max(7, Math.min(26, 520 / data.rows.length));
  const height = Math.ceil(row * data.rows.length);
  const series = passesByKind(data, size).flatMap((passes, kind) => {
    if (passes.length === 0) return [];
    const colour = look[colourOf[data.kinds[kind]]] ?? look.palette[kind % look.palette.length];
    return [{
      type: 'custom',
      name: data.kinds[kind],
      itemStyle: { color: colour },
      data: passes,
      encode: { x: [1, 2], y: 0 },
      renderItem: (params, api) => rectangle(params, api, colour),
      tooltip: {
        formatter: ({ value }) => `${data.rows[value[0]].name} (rank ${data.rows[value[0]].rank})\n${data.kinds[kind]}: ` +
          `${time((value[2] - value[1]) * size)}, from ${time(value[1] * size)} on`,
      },
    }];
  });
  const key = legendOf(look, series.map(({ name }) => name));
  return {
    height: height + key.height + 78,
    zooms: true,
    option: {
      ...frame(look),
      legend: key.legend,
      grid: { left: 0, right: 16, top: key.height + 12, height, containLabel: true, show: true, borderWidth: 0, backgroundColor: look.idle },
      xAxis: axis(look, `time (${unit})`, {
        type: 'value',
        min: 0,
        max: end,
        nameGap: 26,
        splitLine: { show: false },
        axisLabel: { color: look.text, hideOverlap: true, showMaxLabel: false, formatter: (value) => String(Number(value.toPrecision(6))) },
      }),
      yAxis: namesAxis(look, data.rows.map((each) => each.name), {
        axisLine: { show: false },
        splitLine: { show: true, lineStyle: { color: look.ground, width: 3 } },
      }),
      dataZoom: [
        { type: 'inside', filterMode: 'weakFilter', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true, preventDefaultMouseMove: false },
        slider(look, unit),
      ],
      series,
    },
  };
}
