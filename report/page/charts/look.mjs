// How charts look: the page's colours in the scheme that it is shown in, its font, the room that there is.

const series = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7'];
const names = ['text', 'quiet', 'ground', 'panel', 'line', 'idle', 'heat0', 'heat1', 'heat2', 'heat3', ...series];

/** Of a chart `width` pixels wide. `narrow`: as on a telephone. */
export function lookOf(width) {
  const probe = document.createElement('span');
  document.body.append(probe);
  const look = { width, narrow: width < 560, font: getComputedStyle(document.body).fontFamily };
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    look[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  look.palette = series.map((name) => look[name]);
  return look;
}

/** What all charts have in common, for an option to begin with. */
export const frame = (look) => ({
  animation: false,
  color: look.palette,
  textStyle: { fontFamily: look.font, color: look.text },
  // Drawn, not made of HTML: names that users gave stay text.
  tooltip: {
    renderMode: 'richText',
    confine: true,
    backgroundColor: look.panel,
    borderColor: look.line,
    textStyle: { color: look.text, fontSize: 13, fontFamily: look.font },
  },
});

/** A legend of these names, in as many rows as the width asks for, and how high it is. */
export function legendOf(look, names) {
  const gap = 12;
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const width = 20 + widthOf(look, name);
    if (used > 0 && used + width > look.width - 10) {
      rows += 1;
      used = 0;
    }
    used += width + gap;
  }
  const legend = { data: names, top: 0, left: 0, itemWidth: 14, itemHeight: 10, itemGap: gap, textStyle: { color: look.text } };
  return { legend, height: 22 * rows };
}

/** Of a text as labels have it. */
function widthOf(look, text) {
  const context = document.createElement('canvas').getContext('2d');
  context.font = `12px ${look.font}`;
  return context.measureText(text).width;
}

/** An axis with its name, which says the unit, in the middle. */
export const axis = (look, name, more) => ({
  name,
  nameLocation: 'middle',
  nameTextStyle: { color: look.quiet },
  axisLine: { lineStyle: { color: look.line } },
  axisTick: { lineStyle: { color: look.line } },
  axisLabel: { color: look.text, hideOverlap: true },
  splitLine: { lineStyle: { color: look.line, opacity: 0.6 } },
  ...more,
});

/** A vertical axis of names, the first on top; each in as many lines as the width asks for. */
export const namesAxis = (look, data, more) => axis(look, '', {
  type: 'category',
  inverse: true,
  data,
  axisTick: { show: false },
  axisLabel: { color: look.text, lineHeight: 13, interval: 0, hideOverlap: true, formatter: (name) => inLines(look, name, look.narrow ? 118 : 300) },
  ...more,
});

// Breaks at blanks, and behind what joins the words of a name.
function inLines(look, name, most) {
  const lines = [''];
  for (const piece of name.split(/(?<=[ ._])/)) {
    if (lines.at(-1) && widthOf(look, (lines.at(-1) + piece).trimEnd()) > most) lines.push('');
    lines[lines.length - 1] += piece;
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
