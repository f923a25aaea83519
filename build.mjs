// npm run build -- [FILE…]: bundles scenarios for k6, dist/NAME.js with its source map beside it: those in scenarios/, or
// those of the files that are named.
import { resolve } from 'node:path';
import { register } from 'tsx/esm/api';

register();
const { bundle, openScenario, SCENARIO_NAMES } = await import('./lib/node/catalog/catalog.ts');

try {
  const files = process.argv.slice(2);
  const opened = await Promise.all(files.map(openScenario));
  const names = files.length > 0 ? opened.map(({ name }) => name) : SCENARIO_NAMES;
  const bundles = await Promise.all(names.map((name) => bundle(name, resolve('dist'))));
  for (const [at, { bytes }] of bundles.entries()) console.log(`dist/${names[at]}.js  ${(bytes / 1024).toFixed(1)} KB`);
} catch (error) {
  console.error(error.message);
  process.exitCode = error.name === 'UsageError' ? 2 : 1;
}
