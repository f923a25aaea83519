// `k6 run dist/writes.js`, and of a workload file, without the suite around it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { $ } from 'zx';
import { sql } from '../../lib/node/cluster/sql.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { signIn } from '../../lib/node/targets/http.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertRightAlone } from '../support/answers.ts';
import { type Result, startCommand } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const k6 = await findK6({ say: () => {} });
const inProject = $({ cwd: PROJECT_ROOT, quiet: true });
await inProject`node build.mjs writes`;
await inProject`node build.mjs ./examples/shop/shop.yaml`;

function k6Run(env: Record<string, string>, bundle = 'dist/writes.js'): Promise<Result> {
  const [program = '', ...args] = [...k6.command({ env }), 'run', '--quiet', '--no-color', bundle];
  const load: Record<string, string> = 'LOAD_VUS' in env ? {} : { LOAD_RATE: '150' };
  return startCommand(program, args, { ...load, LOAD_DURATION: '2s', ...env }).result;
}

test('a workload file passes on a good node and prints its tables', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const env = { SURREAL_NODES: server.nodes[0]?.url ?? '', ...credentialsOf(server) };
  const result = await k6Run(env, 'dist/shop.js');
  assertRightAlone(result);
  assert.match(result.stdout, /✓ {2}SC-003 +lost records/);
  assert.match(result.stdout, /✓ {2}SC-003 +readings of broken invariants/);
});

test('fails with 99 on a node that loses writes, and names the records', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['lose-write'](100));
  const { code, stdout, stderr } = await k6Run({ SURREAL_NODES: liar.url, ...credentialsOf(server) });
  await liar.close();
  assert.equal(code, 99);
  assert.match(stderr, /lost on surreal-1: writes:v\d{4}n\d{7}/);
  assert.match(stdout, /^FAIL: /m);
});

test('a run that outlives its tokens renews them between operations, and removes its namespace by a new one', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const url = server.nodes[0]?.url ?? '';
  const root = { url, token: await signIn(url, server.credentials) };
  // An hour's token in a soak, in short.
  await sql(root, `DEFINE USER brief ON ROOT PASSWORD 'brief-pass' ROLES OWNER DURATION FOR TOKEN 3s`);
  const result = await k6Run({
    SURREAL_NODES: url,
    SURREAL_USER: 'brief',
    SURREAL_PASS: 'brief-pass',
    LOAD_VUS: '2',
    LOAD_DURATION: '8s',
  });
  assertRightAlone(result);
  const { namespaces } = (await sql(root, 'INFO FOR ROOT')) as { namespaces: Record<string, string> };
  assert.deepEqual(
    Object.keys(namespaces).filter((name) => name.startsWith('load_')),
    [],
  );
});

test('wrong credentials end it with a clear message', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const { code, stderr } = await k6Run({
    SURREAL_NODES: server.nodes[0]?.url ?? '',
    SURREAL_USER: 'root',
    SURREAL_PASS: 'no',
  });
  assert.equal(code, 108);
  assert.match(stderr, /refused root user \\?"root\\?": set SURREAL_USER and SURREAL_PASS/);
});

test('a wrong setting ends it before anything is sent', async () => {
  const { code, stderr } = await k6Run({ LOAD_PROFILE: 'lode' });
  assert.notEqual(code, 0);
  assert.match(stderr, /LOAD_PROFILE must be one of smoke, .*load.* \(got \\?"lode\\?"\)/);
});

test('a failure in the bundle points at the TypeScript', async () => {
  const { stderr } = await k6Run({ LOAD_PROFILE: 'lode' });
  assert.match(stderr, /lib\/core\/settings\/settings\.ts:\d+/);
});
