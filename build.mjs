// Bundles each scenario for k6: dist/NAME.js with its source map beside it, so that stack traces show the TypeScript.
import { readdir } from 'node:fs/promises';
import { parse } from 'node:path';
import { build } from 'esbuild';

const files = await readdir('scenarios');
const entryPoints = files.filter((file) => file.endsWith('.ts')).map((file) => `scenarios/${file}`);

const { metafile } = await build({
  entryPoints,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  mainFields: ['module', 'main'],
  external: ['k6', 'k6/*'],
  loader: { '.surql': 'text' },
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
});

for (const [file, { bytes }] of Object.entries(metafile.outputs))
  if (parse(file).ext === '.js') console.log(`${file}  ${(bytes / 1024).toFixed(1)} KB`);
