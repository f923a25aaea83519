// What a workload file costs: the bank of examples/ against scenario `bank`, the same in TypeScript, each with its history.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { bundle, openScenario } from '../lib/node/catalog/catalog.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { compareScripts, scenarioCommand } from './contest.ts';
import { onWorkbench } from './workbench.ts';

const BANK = join(PROJECT_ROOT, 'examples/bank/bank.yaml');

await onWorkbench({ choice: 'auto', store: undefined }, async (bench) => {
  const typescript = await bundle('bank', false, join(bench.folder, 'typescript'));
  const sameReads = join(bench.folder, 'bank-at-end.yaml');
  await writeFile(sameReads, await withoutReadsDuring(BANK));
  await compareScripts(bench, {
    'bank.ts': scenarioCommand(typescript.path, { history: true }),
    'bank.yaml': scenarioCommand(await bundled(sameReads), { history: true }),
    'bank.yaml with invariants during the load': scenarioCommand(await bundled(BANK), { history: true }),
  });

  async function bundled(file: string): Promise<string> {
    const { name } = await openScenario(file);
    const { path } = await bundle(name, false, join(bench.folder, `bundle-${name}`));
    return path;
  }
});
process.exit(0);

/** The scenario in TypeScript reads no invariants during the load: its like reads them at the end only. */
async function withoutReadsDuring(file: string): Promise<string> {
  const document = parseDocument(await readFile(file, 'utf8'));
  for (const name of Object.keys(document.toJS().invariants)) document.setIn(['invariants', name, 'when'], 'at-end');
  return document.toString();
}
