// The pages of `orrery run --out`, opened in a real browser: every example at two widths, dark and light; what users write into a scenario;
// the page without charts; keyboard and paper.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { accessibilityFaults, chartsOf, launch, visit } from './browser.mjs';

const home = process.env.ORRERY_HOME;
const folder = mkdtempSync(join(tmpdir(), 'orrery-page-'));
let browser;
before(async () => { browser = await launch(); });
after(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Runs `orrery ARGS... --out FOLDER` and gives the page's path. */
function pageOf(name, args, env = {}) {
  const out = join(folder, name);
  const options = { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync(process.env.ORRERY_BINARY, [...args, '--out', out], options);
  return join(out, 'index.html');
}

const small = ['run', 'gpt3-175b', '--set', 'cluster.nodes=16', '--set', 'workload.parallelism.data=2',
  '--set', 'workload.global_batch=32'];
const examples = readdirSync(join(home, 'scenarios', 'examples')).map((file) => basename(file, '.json'));
const looks = [1280, 390].flatMap((width) => ['light', 'dark'].map((colorScheme) => ({ width, colorScheme })));
const nodesOf = (page) => page.evaluate(() => document.querySelectorAll('*').length);

/** Every chart that a page of a training run has. */
const expectedCharts = ['blame', 'limits', 'timeline', 'memory', 'fabric', 'collectives', 'costs'];

async function expectDrawn(page, ids) {
  const charts = await chartsOf(page);
  assert.deepEqual(charts.map(({ id }) => id).sort(), [...ids].sort());
  for (const { id, series, axes, colours, fits } of charts) {
    assert.ok(series.length > 0 && series.some(({ count }) => count > 0), `${id} has data`);
    for (const { type, count } of series) {
      assert.ok(count > 0 || (id === 'limits' && type === 'custom'), `${id}: a ${type} series without data`);  // there may be no error band
    }
    for (const { type, name } of axes) {
      assert.ok(name, `${id}: an axis without a name`);
      if (type !== 'category') assert.match(name, /\((s|ms|us|ns|B|GB|GB\/s|kWh|USD|TFLOP\/s)\)$/, `${id}: an axis without a unit`);
    }
    assert.ok(colours > 4, `${id} is painted`);
    assert.ok(fits, `${id} fits the page`);
  }
}

for (const example of examples) {
  test(`${example} has a page that opens anywhere`, async (t) => {
    const file = pageOf(example, ['run', example]);
    assert.ok(statSync(file).size < 3_000_000, 'below 3 MB');
    for (const look of looks) {
      await t.test(`${look.width} pixels, ${look.colorScheme}`, () => visit(browser, file, look, async (page) => {
        await expectDrawn(page, expectedCharts);
        assert.deepEqual(await accessibilityFaults(page), []);
        assert.ok((await nodesOf(page)) < 5000, 'below 5,000 elements');
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no scrolling sideways');
        for (const chart of await page.locator('.chart').all()) await chart.hover();  // tooltips
      }));
    }
  });
}

test('The sizes of a machine of 16,384 GPUs are among those examined', () => {
  const gpus = examples.map((example) => JSON.parse(readFileSync(join(folder, example, 'result.json'), 'utf8')).simulation.gpus);
  assert.ok(Math.max(...gpus) >= 16384);
});

test('Collectives have a page of their curves', async () => {
  const of = (name, args) => pageOf(name, ['collective', ...args, '--cluster', 'dgx-a100-80gb']);
  for (const look of looks) {
    await visit(browser, of(`curves${look.width}`, ['all_reduce', '--nodes', '1..16*4']), look, async (page) => {
      await expectDrawn(page, ['collectives', 'times']);
      assert.deepEqual(await accessibilityFaults(page), []);
      for (const chart of await page.locator('.chart').all()) await chart.hover();
    });
  }
  await visit(browser, of('one', ['all_to_all', '--sizes', '1M']), {}, (page) => expectDrawn(page, ['collectives', 'times']));
  await visit(browser, of('barrier', ['barrier']), {}, async (page) => {  // has no sizes to draw
    await expectDrawn(page, []);
    assert.match(await page.locator('main').innerText(), /8 ranks take [0-9.]+ us/);
  });
});

test('An explanation has a page of what gives how much, and of what it rests on', async (t) => {
  const file = pageOf('explanation', ['explain', ...small.slice(1)]);
  assert.ok(statSync(file).size < 3_000_000, 'below 3 MB');
  for (const look of looks) {
    await t.test(`${look.width} pixels, ${look.colorScheme}`, () => visit(browser, file, look, async (page) => {
      await expectDrawn(page, ['parts', 'blame', 'users', 'constants']);
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.ok((await nodesOf(page)) < 5000, 'below 5,000 elements');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no scrolling sideways');
      for (const chart of await page.locator('.chart').all()) await chart.hover();
    }));
  }
  await visit(browser, file, {}, async (page) => {  // who cannot see the bars opens their numbers with the keyboard
    const numbers = page.locator('#parts summary');
    await numbers.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#parts tbody tr').count(), 9);
    assert.match(await page.locator('#parts table').innerText(), /network bandwidth[^]*[+-]\d+\.\d\d %/);
  });
});

test('A tenant whose GPUs have no power listed sees money alone', async () => {
  const file = pageOf('rented', [...small, '--set', 'prices.terms=rent', '--set', 'prices.gpus=[]']);
  await visit(browser, file, {}, async (page) => {
    const costs = (await chartsOf(page)).find(({ id }) => id === 'costs');
    assert.ok(costs.fits && costs.series.some(({ count }) => count === 1), 'one bar: rent');
    assert.match(await page.locator('#costs').innerText(), /USD to rent/);
    assert.doesNotMatch(await page.locator('#costs').innerText(), /kWh/);
    assert.deepEqual(await accessibilityFaults(page), []);
  });
});

test('A Program has a page too', async () => {
  const program = join(folder, 'small.program');
  execFileSync(process.env.ORRERY_BINARY, ['program', ...small.slice(1), '-o', program]);
  await visit(browser, pageOf('replay', ['run', program, '--cluster', 'gpt3-175b']), {}, async (page) => {
    await expectDrawn(page, expectedCharts.filter((id) => id !== 'memory'));
    assert.deepEqual(await accessibilityFaults(page), []);
  });
});

test('Predictions are plotted over measurements', async () => {
  const out = join(folder, 'validation');
  execFileSync(process.env.ORRERY_BINARY, ['validate', 'sc21', 'korthikanti', '--out', out]);
  for (const colorScheme of ['light', 'dark']) {
    await visit(browser, join(out, 'index.html'), { width: 390, colorScheme }, async (page) => {
      await expectDrawn(page, ['scatter-1', 'scatter-2']);
      assert.deepEqual(await accessibilityFaults(page), []);
    });
  }
});

test('What a scenario is called stays text', async () => {
  const name = '</script><script>globalThis.broken=1</script><img src=x onerror="globalThis.broken=2">&amp;\'"';
  const scenario = JSON.parse(readFileSync(join(folder, 'gpt3-175b', 'scenario.json'), 'utf8'));
  const file = join(folder, 'named.json');
  writeFileSync(file, JSON.stringify({ ...scenario, name }));
  await visit(browser, pageOf('named', ['run', file]), {}, async (page) => {
    assert.equal(await page.locator('h1').innerText(), name);
    assert.equal(await page.title(), name);
    assert.equal(await page.evaluate(() => globalThis.broken), undefined);
    assert.equal(await page.locator('img').count(), 0);
    await expectDrawn(page, expectedCharts);
  });
});

test('Nothing but the bundle may run in a page', async () => {
  const file = pageOf('policy', small);
  const broken = join(folder, 'broken.html');
  writeFileSync(broken, readFileSync(file, 'utf8').replace('</footer>', '</footer><script>globalThis.broken=1</script>'));
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`file://${broken}`);
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
  await expectDrawn(page, expectedCharts);
  await context.close();
});

test('Without the bundle the page holds its tables, and no script', async () => {
  const bare = join(folder, 'bare');
  mkdirWith(bare, join(home, 'scenarios'));
  const file = pageOf('without', small, { ORRERY_HOME: bare });
  await visit(browser, file, { width: 390 }, async (page) => {
    assert.equal(await page.locator('script:not([type="application/json"])').count(), 0);
    assert.equal(await page.locator('.chart').count(), 0);
    assert.match(await page.locator('main').innerText(), /holds tables alone/);
    for (const id of expectedCharts) assert.ok(await page.locator(`#${id} table`).first().isVisible(), id);
    assert.deepEqual(await accessibilityFaults(page), []);
  });
});

test('A keyboard zooms the timeline and changes the colours', async () => {
  await visit(browser, pageOf('keys', small), {}, async (page) => {
    const shown = () => page.evaluate(() => {
      const { start, end } = globalThis.orreryCharts.find(({ id }) => id === 'timeline').chart.getOption().dataZoom[0];
      return [Math.round(start), Math.round(end)];
    });
    const press = async (name) => {
      await page.getByRole('button', { name, exact: true }).focus();
      await page.keyboard.press('Enter');
    };
    assert.deepEqual(await shown(), [0, 100]);
    await press('Zoom in');
    assert.deepEqual(await shown(), [25, 75]);
    await press('Earlier');
    assert.deepEqual(await shown(), [0, 50]);
    await press('All');
    assert.deepEqual(await shown(), [0, 100]);
    await press('Zoom in');
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await press('Dark colours');
    assert.notEqual(await ground(), light);
    assert.deepEqual(await shown(), [25, 75]);  // still
    assert.deepEqual(await accessibilityFaults(page), []);
    await press('Light colours');
    assert.equal(await ground(), light);
  });
});

test('On paper it is light, and as wide as paper', async () => {
  await visit(browser, pageOf('paper', small), { colorScheme: 'dark' }, async (page) => {
    const widths = () => page.evaluate(() => globalThis.orreryCharts.map(({ chart }) => chart.getWidth()));
    const before = await widths();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.ok((await widths()).every((width) => width <= 680));
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
    await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    assert.deepEqual(await widths(), before);
    const paper = await page.pdf({ format: 'A4' });
    assert.equal(paper.subarray(0, 5).toString(), '%PDF-');
  });
});

/** A folder of Orrery with presets and nothing built. */
function mkdirWith(path, scenarios) {
  mkdirSync(path);
  symlinkSync(scenarios, join(path, 'scenarios'));
}
