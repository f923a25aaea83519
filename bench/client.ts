// What our client costs: scenario `writes`, by SurrealQL and by RPC, against the barest k6 script that sends the same bytes.
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

/** One of them alone. */
const ONLY = process.env.BENCH_PROTOCOL;

await onWorkbench({ choice: 'auto', store: undefined }, async (bench) => {
  if (ONLY !== 'sql') await compareByRpc(bench);
  if (ONLY !== 'rpc') await compareBySql(bench);
});
process.exit(0);

function compareByRpc(bench: Workbench): Promise<void> {
  return compareScripts(bench, {
    'barest by RPC': barest('barest-rpc.js'),
    'measuring by RPC': barest('barest-rpc.js', { MEASURES: 'true' }),
    'writes by RPC': scenarioCommand(join(PROJECT_ROOT, 'dist/writes.rpc.js'), { history: false, protocol: 'rpc' }),
  });
}

function compareBySql(bench: Workbench): Promise<void> {
  return compareScripts(bench, {
    barest: barest('barest.js'),
    writes: scenarioCommand(writesOf(PROJECT_ROOT), { history: false }),
    'writes with history': scenarioCommand(writesOf(PROJECT_ROOT), { history: true }),
    ...(OTHER === undefined
      ? {}
      : {
          'other writes': scenarioCommand(writesOf(OTHER), { history: false }),
          'other with history': scenarioCommand(writesOf(OTHER), { history: true }),
        }),
  });
}

function barest(script: string, env: Record<string, string> = {}): Command {
  return async ({ target }, duration) => {
    const url = target.nodes[0]?.url ?? '';
    const token = await signIn(url, target.credentials);
    const namespace = `load_bench_${Date.now()}`;
    const schema = await readFile(join(PROJECT_ROOT, 'schemas/writes.surql'), 'utf8');
    const make = `DEFINE NAMESPACE ${namespace}; USE NS ${namespace}; DEFINE DATABASE load; USE DB load; ${schema}`;
    await sql({ url, token }, make);
    return {
      args: [join(PROJECT_ROOT, 'bench', script)],
      env: { URL: url, TOKEN: token, NAMESPACE: namespace, VUS: String(VUS), DURATION: duration, ...env },
    };
  };
}
