// What our client costs: scenario `writes` against the barest k6 script that sends the same bytes.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from '../lib/node/cluster/sql.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { signIn } from '../lib/node/targets/http.ts';
import { type Command, compareScripts, scenarioCommand, VUS } from './contest.ts';
import { onWorkbench, type Workbench } from './workbench.ts';

const writesOf = (root: string) => join(root, 'dist/writes.js');
/** Another checkout whose scenario, which must be built there, is measured as well: whether this one has become slower. */
const OTHER = process.env.BENCH_AGAINST;

await onWorkbench({ choice: 'auto', store: undefined }, (bench) =>
  compareScripts(bench, {
    barest,
    writes: scenarioCommand(writesOf(PROJECT_ROOT), { history: false }),
    'writes with history': scenarioCommand(writesOf(PROJECT_ROOT), { history: true }),
    ...(OTHER === undefined
      ? {}
      : {
          'other writes': scenarioCommand(writesOf(OTHER), { history: false }),
          'other with history': scenarioCommand(writesOf(OTHER), { history: true }),
        }),
  }),
);
process.exit(0);

async function barest({ target }: Workbench, duration: string): ReturnType<Command> {
  const url = target.nodes[0]?.url ?? '';
  const token = await signIn(url, target.credentials);
  const namespace = `load_bench_${Date.now()}`;
  const schema = await readFile(join(PROJECT_ROOT, 'schemas/writes.surql'), 'utf8');
  const make = `DEFINE NAMESPACE ${namespace}; USE NS ${namespace}; DEFINE DATABASE load; USE DB load; ${schema}`;
  await sql({ url, token }, make);
  return {
    args: [join(PROJECT_ROOT, 'bench/barest.js')],
    env: { URL: url, TOKEN: token, NAMESPACE: namespace, VUS: String(VUS), DURATION: duration },
  };
}
