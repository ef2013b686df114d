// Buttons that zoom a chart along its time, so that a keyboard can.

/** What part of the axis is shown, in percent. */
const windowOf = (chart) => {
  const { start, end } = chart.getOption().dataZoom[0];
  return { start, end };
};

function show(chart, start, end) {
  const width = Math.min(100, end - start);
  const from = Math.max(0, Math.min(100 - width, start));
  chart.dispatchAction({ type: 'dataZoom', start: from, end: from + width });
}

export function addZoomButtons(each) {
  each.hasButtons = true;
  const controls = document.createElement('div');
  controls.className = 'chart-controls';
  controls.setAttribute('role', 'group');
  controls.setAttribute('aria-label', 'Zoom the timeline');
  const add = (text, change) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text;
    button.addEventListener('click', () => {
      const { start, end } = windowOf(each.chart);
      const [from, to] = change(start, end, end - start);
      show(each.chart, from, to);
    });
    controls.append(button);
  };
  add('Zoom in', (start, end, width) => [start + width / 4, end - width / 4]);
  add('Zoom out', (start, end, width) => [start - width / 2, end + width / 2]);
  add('Earlier', (start, end, width) => [start - width / 2, end - width / 2]);
  add('Later', (start, end, width) => [start + width / 2, end + width / 2]);
  add('Beginning', () => [0, 6]);
  add('End', () => [94, 100]);
  add('All', () => [0, 100]);
  each.element.before(controls);
}
