// Bundles each scenario for k6: dist/NAME.js with its source map beside it, so that stack traces show the TypeScript.
import { copyFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { K6_BUNDLE, readDefinitions, testModule } from './lib/node/catalog/bundling.mjs';

const definitions = await readDefinitions();

async function bundle(definition) {
  const outfile = `dist/${definition.name}.js`;
  const { metafile } = await build({
    ...K6_BUNDLE,
    stdin: { contents: testModule(definition, definitions), resolveDir: '.', sourcefile: `${definition.name}.k6.js` },
    outfile,
    // A third of the size, which each virtual user loads; the source map still leads to the TypeScript.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    metafile: true,
    logLevel: 'warning',
  });
  return `${outfile}  ${(metafile.outputs[outfile].bytes / 1024).toFixed(1)} KB`;
}

const bundles = await Promise.all(definitions.map(bundle));
// What k6's dashboard charts, for those who run k6 by themselves.
await copyFile('lib/k6/dashboard.json', 'dist/dashboard.json');
console.log(bundles.join('\n'));
