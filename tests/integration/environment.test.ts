// What surrounds a run must not change it silently: variables and configuration of k6, redirects, foreign answers.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Fault, startFaultyServer } from '../faulty/proxy.ts';
import { load, temporaryFolder } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const SHORT = ['--vus', '4', '--duration', '2s', '--patience', '1s'];

test('an exported variable of k6 that changes the load ends the command before anything starts', async () => {
  const { code, stderr } = await load(['writes', '--target', 'embedded'], {
    K6_ITERATIONS: '1',
    K6_NO_THRESHOLDS: '1',
  });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^K6_ITERATIONS, K6_NO_THRESHOLDS would replace settings of the load in k6\. Unset them/m);
});

test("k6's own configuration file does not change the load, and is named", { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'k6'));
  await writeFile(join(folder.path, 'k6/config.json'), JSON.stringify({ iterations: 1, vus: 1, noThresholds: true }));
  const args = ['writes', '--nodes', server.nodes[0]?.url ?? '', ...SHORT];
  const env = { ...credentialsOf(server), XDG_CONFIG_HOME: folder.path };
  const { stdout, stderr } = await load(args, env);
  assert.match(stderr, /k6's configuration .*k6\/config\.json is not applied/);
  assert.match(stdout, /^checker writes: valid\. .*\d{2,}/m);
});

async function runBehind(fault: Fault) {
  await using server = await startServers();
  const faulty = await startFaultyServer(server.nodes[0]?.url ?? '', fault);
  try {
    return await load(['writes', '--nodes', faulty.url, ...SHORT], credentialsOf(server));
  } finally {
    await faulty.close();
  }
}

const isCreate = (body: string) => body.startsWith('CREATE');

test('a node that redirects during the load answers nothing by another server', { skip: NO_SURREAL }, async () => {
  let creates = 0;
  const { code, stdout } = await runBehind(async ({ path, body }, forward) => {
    if (!isCreate(body) || ++creates % 10 !== 0) return forward();
    return { status: 307, body: '', headers: { location: `${path}#redirected` } };
  });
  // 98 if a busy machine sent too few of them for a percentile.
  assert.ok(code === 99 || code === 98, `${code}: ${stdout}`);
  assert.match(stdout, /^(FAIL: )?SC-002 broken: operations with an unknown outcome\./m);
});

const HTML = { status: 200, body: '<html><body>Maintenance</body></html>' };
const EMPTY = { status: 200, body: '' };

for (const [name, reply] of Object.entries({ HTML, 'an empty text': EMPTY }))
  for (const [moment, isIt] of Object.entries({
    'sign-in': (path: string) => path === '/signin',
    'set-up': (_path: string, body: string) => body.includes('DEFINE'),
    load: (_path: string, body: string) => isCreate(body),
    'final read': (_path: string, body: string) => /^(BEGIN; )?SELECT/.test(body),
  }))
    test(`a node that answers ${name} at the ${moment} ends no run with a pass`, { skip: NO_SURREAL }, async () => {
      const { code, stdout, stderr } = await runBehind(async ({ path, body }, forward) =>
        isIt(path, body) ? reply : forward(),
      );
      assert.ok([1, 98, 99].includes(code ?? 0), `${code}: ${stdout}${stderr}`);
      assert.doesNotMatch(stderr, /^\s+at /m);
    });
