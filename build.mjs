// Bundles each scenario for k6: dist/NAME.js with its source map beside it, so that stack traces show the TypeScript.
import { copyFile, readdir } from 'node:fs/promises';
import { parse } from 'node:path';
import { build } from 'esbuild';
import { K6_BUNDLE } from './lib/node/bundling.mjs';

/** Made of others, and tests of their own. */
const COMPOSED = ['mixed', 'durability'];

/** A scenario is a value that runs alone or as a part of others; this makes it a test of its own. */
const alone = (name) => `
import { alone } from './lib/k6/test/k6-test.ts';
import { run } from './scenarios/${name}.ts';
export const { options, setup, iterate, verify, teardown, handleSummary } = alone(run);`;

async function bundle(name) {
  const entry = COMPOSED.includes(name)
    ? { entryPoints: [`scenarios/${name}.ts`] }
    : { stdin: { contents: alone(name), resolveDir: '.', sourcefile: `${name}.k6.js` } };
  const { metafile } = await build({
    ...K6_BUNDLE,
    ...entry,
    outfile: `dist/${name}.js`,
    // A third of the size, which each virtual user loads; the source map still leads to the TypeScript.
    minifyWhitespace: true,
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  });
  return `dist/${name}.js  ${(metafile.outputs[`dist/${name}.js`].bytes / 1024).toFixed(1)} KB`;
}

const files = (await readdir('scenarios')).map(parse).filter(({ ext }) => ext === '.ts');
const bundles = await Promise.all(files.map(({ name }) => bundle(name)));
// What k6's dashboard charts, for those who run k6 by themselves.
await copyFile('lib/k6/dashboard.json', 'dist/dashboard.json');
console.log(bundles.join('\n'));
