// The schemas of `orrery schema`, judged by the JSON language service of VS Code: an implementation that knows nothing of Orrery.
// Run by tests/schema/run, which sets ORRERY_BINARY and ORRERY_HOME.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import languageService from 'vscode-json-languageservice';

const { TextDocument, getLanguageService } = languageService;

const home = process.env.ORRERY_HOME;
const scenarios = join(home, 'scenarios');
const badInput = join(home, 'tests', 'bad_input');

// Files of tests/bad_input that no schema can refuse: the shape is right, and this is what is wrong beyond it.
const beyondSchema = {
  imported_fabric: 'whether a file exists',
  offloaded_whole: 'what is offloaded is not sharded, and the node has no storage',
  pgft_that_does_not_fit: 'whether a tree has a place for every NIC',
  torus_too_large: 'the product of the sides',
  bits_for_bytes: 'the link is not as fast as the node\'s adapters',
  blank: 'there is no value to judge',
  bytes_for_bits: 'the rate is more than ports have: ranges of quantities are the reader\'s',
  calibration_of_another: 'the calibration is of another device than the node has, and has no datasheet',
  empty: 'there is no value to judge',
  encoder_in_a_pipeline: 'encoder, pipeline and lengths contradict each other',
  fabric_too_small: 'the nodes do not fit into so few levels',
  gpipe_interleaved: 'the schedule and the interleaving contradict each other',
  job_does_not_fit: 'the job needs more GPUs than there are',
  machine_and_job: 'rails and link contradict the node, the degrees do not divide the job',
  missing_software: 'one key is needed because there is another',
  prices_that_contradict: 'a GPU draws more when idle than at work, and has two prices',
  two_kinds_of_gpus: 'which nodes the job is placed on',
  unknown_model_file: 'there is no file of that name',
  unlike_nodes: 'the numbers of GPUs and NICs of two kinds of nodes',
};

const folder = mkdtempSync(join(tmpdir(), 'orrery-schema-'));
after(() => rmSync(folder, { recursive: true }));

const orrery = (...args) => execFileSync(process.env.ORRERY_BINARY, args, { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 });
const schemaOf = (kind) => JSON.parse(orrery('schema', kind));

/** What an editor knows of a file of this schema. */
function editor(schema) {
  const service = getLanguageService({});
  service.configure({ schemas: [{ uri: 'orrery:schema', fileMatch: ['*.json'], schema }] });
  const open = (text) => {
    const document = TextDocument.create('file:///file.json', 'json', 1, text);
    return [document, service.parseJSONDocument(document)];
  };
  return {
    async faults(text) {
      const [document, json] = open(text);
      const found = await service.doValidation(document, json);
      return found.map((fault) => `line ${fault.range.start.line + 1}: ${fault.message}`);
    },
    /** The cursor is at the `|`. */
    async completions(text) {
      const [document, json] = open(text.replace('|', ''));
      return (await service.doComplete(document, document.positionAt(text.indexOf('|')), json)).items;
    },
  };
}

const jsonFiles = (path) => readdirSync(path).filter((name) => name.endsWith('.json')).map((name) => join(path, name));
const foldersOf = (kind) => ({ scenario: ['examples'], 'data-set': ['published', 'measured'] })[kind] ?? [kind];
const kinds = orrery('schema', '--help').match(/KIND \{(.*?)\}/)[1].split(',');
const scenarioEditor = editor(schemaOf('scenario'));

for (const kind of kinds) {
  test(`the schema of ${kind} accepts every file that comes with Orrery`, async () => {
    const judge = editor(schemaOf(kind));
    for (const file of foldersOf(kind).flatMap((name) => jsonFiles(join(scenarios, name)))) {
      assert.deepEqual(await judge.faults(readFileSync(file, 'utf8')), [], file);
    }
  });
}

test('every file that comes with Orrery has a schema', () => {
  const known = kinds.flatMap(foldersOf);
  const folders = readdirSync(scenarios, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  for (const name of folders) assert.ok(jsonFiles(join(scenarios, name)).length === 0 || known.includes(name), `scenarios/${name} has none`);
});

test('the schema accepts what orrery init prints', async () => {
  assert.deepEqual(await scenarioEditor.faults(orrery('init')), []);
});

const badFiles = jsonFiles(badInput).map((file) => basename(file, '.json'));
const changed = new Set(readdirSync(badInput).filter((name) => name.endsWith('.set')).map((name) => basename(name, '.set')));

for (const name of badFiles) {
  const isRight = changed.has(name) || name in beyondSchema;
  test(`${name}.json is ${isRight ? 'right in shape and accepted' : 'wrong in shape and rejected'}`, async () => {
    const faults = await scenarioEditor.faults(readFileSync(join(badInput, `${name}.json`), 'utf8'));
    if (isRight) {
      const wrong = changed.has(name) ? `what ${name}.set makes of it` : beyondSchema[name];
      assert.deepEqual(faults, [], `nothing else should be wrong with tests/bad_input/${name}.json than: ${wrong}`);
    } else {
      assert.notEqual(faults.length, 0, `the schema finds no fault in tests/bad_input/${name}.json. If its shape is right and what is ` +
        'wrong is beyond a schema, say so in beyondSchema of tests/schema/test.mjs; else the schema lacks a rule that the reader has');
    }
  });
}

test('what is listed as beyond a schema is there', () => {
  for (const name of Object.keys(beyondSchema)) assert.ok(badFiles.includes(name), `there is no tests/bad_input/${name}.json`);
});

test('an editor completes keys with their meaning', async () => {
  const items = await scenarioEditor.completions('{ "orrery": 1, "workload": { "kind": "training", | } }');
  const batch = items.find((item) => item.label === 'global_batch');
  assert.ok(batch, `offered: ${items.map((item) => item.label).join(', ')}`);
  assert.match(JSON.stringify(batch.documentation), /sequences of an iteration, over all GPUs/);
  assert.ok(!items.some((item) => item.label === 'kind'), 'a key that is there already');
});

test('an editor completes what a data set holds: a scenario with gaps, paths of it, figures', async () => {
  const judge = editor(schemaOf('data-set'));
  const labels = async (text) => (await judge.completions(text)).map((item) => item.label);
  const offers = async (text, ...wanted) => {
    const offered = await labels(text);
    for (const label of wanted) assert.ok(offered.includes(label), `${label} is not among: ${offered.join(', ')}`);
  };
  await offers('{ "defaults": { "workload": { "kind": "training", | } } }', 'global_batch', 'parallelism');
  await offers('{ "defaults": { "cluster": { "node": | } } }', '"dgx-a100-80gb"');
  await offers('{ "rows": [{ "set": { | } }] }', 'cluster.nodes', 'workload.parallelism.tensor', 'workload.model.layers');
  await offers('{ "rows": [{ "set": { "workload.recompute": | } }] }', '"selective"');
  await offers('{ "rows": [{ "measured": { | } }] }', 'iteration_seconds', 'memory_bytes.total', 'infeasible');
  const faults = (row) => judge.faults(JSON.stringify({ orrery: 1, name: 'mine', defaults: { cluster: { nodes: 1 } }, rows: [row] }));
  assert.deepEqual(await faults({ id: 1, set: { 'calibration.gemm.tiles.0.rate': '1 TFLOP/s' }, measured: { 'some.figure': 3 } }), []);
  assert.deepEqual(await faults({ id: 'a', measured: { infeasible: true } }), []);
  for (const measured of [{}, { infeasible: false }, { mfu: 0 }, { 'some.figure': '3 s' }]) assert.equal((await faults({ id: 1, measured })).length, 1);
  assert.equal((await faults({ id: 1, set: { 'cluster.nodes': 'four' }, measured: { mfu: 0.4 } })).length, 1);
});

test('an editor completes values: names, presets, defaults', async () => {
  const labels = async (text) => (await scenarioEditor.completions(text)).map((item) => item.label);
  assert.deepEqual(await labels('{ "cluster": { "fabric": { "routing": | } } }'), ['"d-mod-k"', '"s-mod-k"', '"minhop"', '"updown"', '"ecmp"', '"adaptive"']);
  assert.ok((await labels('{ "cluster": { "node": | } }')).includes('"dgx-a100-80gb"'));
  assert.ok((await labels('{ "workload": { "kind": | } }')).includes('"training"'));
  assert.ok((await labels('{ "cluster": { "fabric": { "link": | } } }')).includes('"400 Gbit/s"'));
});

test('an editor tells what a faulty quantity should be', async () => {
  const faults = await scenarioEditor.faults('{ "orrery": 1, "cluster": { "node": "dgx-a100-80gb", "nodes": 1, "fabric": { "link": "400" } } }');
  assert.deepEqual(faults, ['line 1: write a quantity with unit, e.g. "400 Gbit/s"']);
});

// ---- The schema against the reader: a scenario with every key, and one value of it changed at a time.

const units = ['B', 'kB', 'KiB', 'PB', 'B/s', 'GB/s', 'GiB/s', 'bit/s', 'Gbit/s', 'FLOP/s', 'EFLOP/s', 'ps', 'us', '\u00b5s', '\u03bcs', 's', 'min',
  'h', 'day', 'days', 'bps', 'GHz', 'm', 'gb', ''];
const numbers = ['1', '.5', '5.', '1.5e3', '1E+3', '1e-3', '-1', '+1', '1,000', '1.2.3', '0x1', 'e3', '', 'NaN'];

/** Values at and beyond the borders of what `schema` accepts. */
function probes(schema) {
  if ('const' in schema) return [schema.const, schema.const + 1, `${schema.const}`];
  if (schema.enum) return [...schema.enum, 'nonsense', 7, null];
  switch (schema.type) {
    case 'integer': return [schema.minimum, schema.maximum, schema.minimum - 1, schema.maximum + 1, schema.minimum + 0.5, '1', null];
    case 'number': return [schema.minimum, schema.maximum, schema.minimum - 0.001, schema.maximum * 1.001, '1', true];
    case 'boolean': return [true, false, 0, 'true'];
    case 'string': return schema.examples ? [...units.map((unit) => `1 ${unit}`), ...numbers.flatMap((n) => [`${n} GB`, `${n}GB/s`]), ' 1 us  ', ' 1\tus', 1, null]
      : ['', 'plain', '\u00b5 \u2026', 'a\u0007b', '\u007f', '\u0085', 3, null];
    case 'array': return [{}, 'text', ...(schema.minItems > 0 ? [[]] : [])];
    default: return [[], 3, null];
  }
}

/** [path, value] of every change; undefined takes a key out. */
function* changesOf(schema, path, value) {
  if (schema.anyOf) {  // the name of a preset, or an object
    for (const probe of ['nonsense', 3, ...schema.anyOf[0].enum.slice(0, 2)]) yield [path, probe];
    return yield* changesOf(schema.anyOf.at(-1), path, value);
  }
  if (schema.allOf) {  // kinds, told by one member
    const isIt = ({ if: { properties } }) => Object.entries(properties).every(([member, { const: name }]) => value[member] === name);
    return yield* changesOf(schema.allOf.find(isIt).then, path, value);
  }
  if (path.length > 0) for (const probe of probes(schema)) yield [path, probe];
  if (schema.type === 'array') return yield* changesOf(schema.items, [...path, 0], value?.[0]);
  if (!schema.properties || value === undefined) return;
  yield [[...path, 'unknown'], 1];
  for (const [key, member] of Object.entries(schema.properties)) {
    if (key === '$schema') continue;  // by which an editor would judge instead
    if (key !== 'software') yield [[...path, key], undefined];  // which is needed because there is a workload: beyondSchema
    yield* changesOf(member, [...path, key], value[key]);
  }
}

function changedCopy(object, path, value) {
  const copy = structuredClone(object);
  let parent = copy;
  for (const step of path.slice(0, -1)) parent = parent[step] ??= {};
  if (value === undefined) delete parent[path.at(-1)];
  else parent[path.at(-1)] = value;
  return copy;
}

test('the schema and the reader agree on every key of a scenario', async () => {
  writeFileSync(join(folder, 'starter.json'), orrery('init'));
  const whole = JSON.parse(orrery('run', 'starter.json', '--json')).scenario;
  whole.published = { iteration_seconds: 1, tflops_per_gpu: 1, source: 'a test' };
  // A key that nobody knows: with it the reader stops after the shape, and says one fault more.
  const texts = [...changesOf(schemaOf('scenario'), [], whole)].map(([path, value]) => [`${path.join('.')} = ${JSON.stringify(value)}`,
    JSON.stringify({ ...changedCopy(whole, path, value), nobody_knows: 1 })]);
  assert.ok(texts.length > 1000, `${texts.length} changes`);
  texts.forEach(([, text], index) => writeFileSync(join(folder, `${index}.json`), text));
  const { stderr } = spawnSync(process.env.ORRERY_BINARY, ['check', ...texts.keys()].map((name) => typeof name === 'number' ? `${name}.json` : name),
    { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 });
  // Ranges of quantities are the reader's.
  const beyondShape = /"(: |\S* )?.*" is (out of range|not a whole number of bytes|.* Gbit\/s, more than ports have)/;
  const faultsOfReader = new Map();
  for (const [line, index] of stderr.matchAll(/^orrery: (\d+)\.json:.*$/gm)) {
    faultsOfReader.set(index, (faultsOfReader.get(index) ?? 0) + (beyondShape.test(line) ? 0 : 1));
  }
  const disagreements = [];
  for (const [index, [change, text]] of texts.entries()) {
    const byReader = faultsOfReader.get(`${index}`) > 1;
    const bySchema = (await scenarioEditor.faults(text)).length > 1;
    assert.ok(faultsOfReader.get(`${index}`) > 0, `the reader says nothing of ${change}\n${stderr.slice(0, 500)}`);
    if (byReader !== bySchema) disagreements.push(`${change}: refused by the ${byReader ? 'reader' : 'schema'} alone`);
  }
  assert.deepEqual(disagreements, []);
});
