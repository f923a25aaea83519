// npm run build -- [FILE…]: bundles scenarios for k6, dist/NAME.js, and dist/NAME.rpc.js for --protocol rpc.
import { basename, join, resolve } from 'node:path';
import { bundle, canAwaitAnswers, openScenario, SCENARIO_NAMES } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';

async function build(): Promise<number> {
  const command = commandNamed('build')
    .description('Bundles scenarios for `k6 run dist/NAME.js`; dist/NAME.rpc.js speaks RPC over WebSocket, too.')
    .argument('[scenario...]', 'names, or paths of scenarios and workload files; all of scenarios/ if absent')
    .option('--out <folder>', 'folder of the bundles', 'dist')
    .parse();
  const folder = command.opts<{ out: string }>().out;
  const asked = await Promise.all(command.args.map(openScenario));
  const names = asked.length > 0 ? asked.map(({ name }) => name) : SCENARIO_NAMES;
  const wanted = names.flatMap((name) => [
    [name, false] as const,
    ...(canAwaitAnswers(name) ? [[name, true] as const] : []),
  ]);
  const bundles = await Promise.all(wanted.map(([name, awaits]) => bundle(name, awaits, resolve(folder))));
  for (const { path, bytes } of bundles)
    console.log(`${join(folder, basename(path))}  ${(bytes / 1024).toFixed(1)} KB`);
  return 0;
}

await runCommand(build);
