// A headless Chromium, and what can be asked of a page in it. Run by tests/page/run, which sets CHROMIUM.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });

/** Opens a file, lets `use(page)` look at it, and asserts that it said nothing on the console and asked for no other file. */
export async function visit(browser, file, { width = 1280, colorScheme = 'light' }, use) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
  const said = [];
  const asked = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(`error: ${error.message}`));
    page.on('request', (request) => asked.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await use(page);
    assert.deepEqual(said, [], 'nothing on the console');
    assert.deepEqual(asked.filter((url) => !url.startsWith('data:')), [address], 'nothing is loaded');
  } finally {
    await context.close();
  }
}

/** What axe-core finds serious or critical, one line each. */
export async function accessibilityFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}

/** Of each chart: its id, the numbers of data of its series, names of its axes (but of a vertical one of names), how many opaque colours are painted. */
export const chartsOf = (page) =>
  page.evaluate(() =>
    (globalThis.orreryCharts ?? []).map(({ id, chart }) => {
      const option = chart.getOption();
      const colours = new Set();
      for (const canvas of chart.getDom().querySelectorAll('canvas')) {
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        for (let i = 0; i < pixels.length; i += 4) {
          if (pixels[i + 3] === 255) colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
        }
      }
      return {
        id,
        series: option.series.map(({ type, data }) => ({ type, count: data.length })),
        axes: [...option.xAxis, ...option.yAxis.filter(({ type }) => type !== 'category')].map(({ type, name }) => ({ type, name })),
        colours: colours.size,
        fits: chart.getWidth() <= chart.getDom().clientWidth,
      };
    }));
