// npm run build -- [FILE…]: bundles scenarios for k6, dist/NAME.js with its source map beside it.
import { resolve } from 'node:path';
import { bundle, openScenario, SCENARIO_NAMES } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';

async function build(): Promise<number> {
  const command = commandNamed('build')
    .description('Bundles scenarios for k6: dist/NAME.js, for `k6 run dist/NAME.js`.')
    .argument('[scenario...]', 'names, or paths of scenarios and workload files; all of scenarios/ if absent')
    .option('--out <folder>', 'folder of the bundles', 'dist')
    .parse();
  const folder = command.opts<{ out: string }>().out;
  const asked = await Promise.all(command.args.map(openScenario));
  const names = asked.length > 0 ? asked.map(({ name }) => name) : SCENARIO_NAMES;
  const bundles = await Promise.all(names.map((name) => bundle(name, resolve(folder))));
  for (const [at, { bytes }] of bundles.entries())
    console.log(`${folder}/${names[at]}.js  ${(bytes / 1024).toFixed(1)} KB`);
  return 0;
}

await runCommand(build);
