// node bundle.cjs MAIN OUT: one script of MAIN and all that it imports, behind a line with its hash, by which a page lets it run
// (Content-Security-Policy).
const { createHash } = require('node:crypto');
const { renameSync, writeFileSync } = require('node:fs');
const { buildSync } = require('esbuild');

const [main, out] = process.argv.slice(2);
const built = buildSync({
  entryPoints: [main],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  legalComments: 'none',
  write: false,
  logLevel: 'warning',
});
const notice =
  '/* Charts by Apache ECharts and zrender, Copyright The Apache Software Foundation and Baidu Inc.; Apache License 2.0, BSD 3-Clause */\n';
const script = notice + built.outputFiles[0].text;
if (/<\/script|\r/i.test(script)) throw new Error('the bundle cannot stand in a page');
const hash = createHash('sha256').update(script).digest('base64');
writeFileSync(`${out}.part`, `/*sha256-${hash}*/\n${script}`);
renameSync(`${out}.part`, out);
