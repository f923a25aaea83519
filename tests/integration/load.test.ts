// `npm run load -- writes` on every target, from nothing to its exit code.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PROTOCOLS } from '../../lib/core/protocols/protocols.ts';
import { assertWritten, summaryOf } from '../support/answers.ts';
import { load, SHORT, startScript, temporaryFolder } from '../support/commands.ts';
import { processesLike } from '../support/processes.ts';
import { credentialsOf, NO_SHARED_STORE, NO_SURREAL, startServers, startSharedStore } from '../support/servers.ts';

const embedded = ['writes', '--target', 'embedded', ...SHORT];

test('embedded: GraphQL is refused with the way to a server', async () => {
  const { code, stderr } = await load([...embedded, '--protocol', 'graphql']);
  assert.equal(code, 1);
  assert.match(stderr, /Target embedded has no GraphQL.*npm run setup/);
});

test('embedded: too few operations for a percentile are invalid', async () => {
  const few = ['--rate', '20', '--duration', '2s', '--port', '0'];
  const { code, stdout, stderr } = await load(['writes', '--target', 'embedded', ...few]);
  assert.equal(code, 98, stdout + stderr);
  assert.match(stdout, /Too few operations/);
});

test('native: all protocols on one server in memory', { skip: NO_SURREAL }, async () => {
  const result = await load(['writes', '--target', 'native', '--protocol', 'all', ...SHORT]);
  await assertWritten(result);
  const { phases } = await summaryOf(result);
  const { ok = 0 } = phases[0]?.outcomes ?? {};
  for (const protocol of PROTOCOLS) assert.ok((phases[0]?.byProtocol[protocol]?.outcomes.ok ?? 0) > 0.2 * ok);
});

test('native: closed model', { skip: NO_SURREAL }, async () => {
  const result = await load(['writes', '--target', 'native', '--vus', '8', '--duration', '2s', '--port', '0']);
  await assertWritten(result);
  assert.equal((await summaryOf(result)).model, 'closed');
});

test('native: three servers over one store, every node takes its share', { skip: NO_SHARED_STORE }, async () => {
  await using store = await startSharedStore();
  const result = await load(['writes', '--store', store.address, '--protocol', 'all', ...SHORT]);
  await assertWritten(result);
  assert.match(result.stderr, /native: 3 nodes of surreal/);
  const { phases } = await summaryOf(result);
  const { ok = 0 } = phases[0]?.outcomes ?? {};
  for (const node of ['surreal-1', 'surreal-2', 'surreal-3'])
    assert.ok((phases[0]?.byNode[node]?.outcomes.ok ?? 0) > 0.3 * ok);
});

test('external: loaded in a namespace of its own, which is gone afterwards unless kept', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const url = server.nodes[0]?.url ?? '';
  const namespaces = async (): Promise<string[]> => {
    const token = await fetch(`${url}/signin`, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: JSON.stringify(server.credentials),
    }).then(async (response) => ((await response.json()) as { token: string }).token);
    const response = await fetch(`${url}/sql`, {
      method: 'POST',
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}` },
      body: 'INFO FOR ROOT',
    });
    const [info] = (await response.json()) as { result: { namespaces: Record<string, string> } }[];
    return Object.keys(info?.result.namespaces ?? {}).filter((name) => name.startsWith('load_'));
  };
  const credentials = credentialsOf(server);
  const args = ['writes', '--nodes', url, '--rate', '150', '--duration', '2s'];
  await assertWritten(await load(args, credentials));
  assert.deepEqual(await namespaces(), []);
  await assertWritten(await load([...args, '--keep'], credentials));
  assert.equal((await namespaces()).length, 1);
});

test('external: credentials are in no argument, log or result', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const { pass } = server.credentials;
  const running = startScript(
    'load',
    ['writes', '--nodes', server.nodes[0]?.url ?? '', '--rate', '150', '--duration', '2s'],
    credentialsOf(server),
  );
  await sleep(5000);
  assert.deepEqual(await processesLike(new RegExp(pass)), []);
  const result = await running.result;
  await assertWritten(result);
  assert.ok(!(result.stdout + result.stderr).includes(pass));
  for (const entry of await readdir(result.results ?? '', { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      assert.ok(!(await readFile(join(entry.parentPath, entry.name), 'latin1')).includes(pass), entry.name);
});

test('external: nodes that do not share a store are found out before the load', { skip: NO_SURREAL }, async () => {
  await using folders = await temporaryFolder();
  const credentials = { SURREAL_USER: 'root', SURREAL_PASS: 'the same on both' };
  await using one = await startServers(`surrealkv:${folders.path}/one`, 1, credentials);
  await using other = await startServers(`surrealkv:${folders.path}/other`, 1, credentials);
  const nodes = [one, other].map(({ nodes: [node] }) => node?.url).join(',');
  const { code, stderr } = await load(['writes', '--nodes', nodes], credentials);
  assert.equal(code, 1);
  assert.match(stderr, /surreal-2 .* does not see what was made on surreal-1\. Nodes of one cluster share one store/);
});

const external = (nodes: string) => ['writes', '--nodes', nodes];

test('external: an unreachable node is named with the cause', async () => {
  const { code, stderr } = await load(external('http://127.0.0.1:1999'), {
    SURREAL_USER: 'root',
    SURREAL_PASS: 'root',
  });
  assert.equal(code, 1);
  assert.match(stderr, /http:\/\/127\.0\.0\.1:1999 cannot be reached: .*ECONNREFUSED/);
});

test('external: something else that listens there is found out', async () => {
  const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await load(external(url), { SURREAL_USER: 'root', SURREAL_PASS: 'root' });
  server.close();
  assert.equal(code, 1);
  assert.match(stderr, /is not a SurrealDB server/);
});

test('external: wrong credentials are named', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const env = { SURREAL_USER: 'root', SURREAL_PASS: 'wrong-password' };
  const { code, stderr } = await load(external(server.nodes[0]?.url ?? ''), env);
  assert.equal(code, 1);
  assert.match(stderr, /refused root user "root" .*Set SURREAL_USER and SURREAL_PASS/);
  assert.ok(!stderr.includes('wrong-password'));
});

test('external: a node that refuses because its store is away is not taken for one with another password', {
  skip: NO_SHARED_STORE,
}, async (t) => {
  await using store = await startSharedStore();
  if (store.admin === undefined) return t.skip('SKIPPED: the store of TEST_PD cannot be switched off');
  await using server = await startServers(store.address, 1);
  const fault = (mode: string) => fetch(`${store.admin}/fault?mode=${mode}`, { method: 'POST' });
  await fault('unavailable');
  const { code, stderr } = await load(external(server.nodes[0]?.url ?? ''), credentialsOf(server));
  await fault('none');
  assert.equal(code, 1);
  assert.match(stderr, /cannot look up root user "root" .*does not reach its store/);
  assert.doesNotMatch(stderr, /SURREAL_PASS/);
});

test('a port that is taken is named with the way out', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await load(['writes', '--target', 'embedded', '--port', String(port)]);
  server.close();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Port ${port} is taken.*--port 0`));
});

const WRONG: [args: string[], says: RegExp][] = [
  [[], /missing required argument 'scenario'/],
  [['write'], /There is no scenario "write"\. Use one of .*writes/],
  [['writes', '--profile', 'lode'], /smoke, round, load, stress, spike, soak, breakpoint/],
  [['writes', '--protocol', 'http'], /sql, rest, graphql, rpc, all/],
  [['writes', '--target', 'docker'], /auto, .*embedded, native, external/],
  [['writes', '--store', 'redis'], /--store must be memory, rocksdb:PATH.* \(got "redis"\)/],
  [['writes', '--store', 'memory', '--node-count', '3'], /needs a store that nodes can share/],
  [['writes', '--target', 'embedded', '--nodes', 'http://127.0.0.1:1'], /--nodes goes with --target external/],
  [['writes', '--target', 'external'], /needs --nodes/],
  [['writes', '--nodes', 'http://127.0.0.1:1'], /SURREAL_USER and SURREAL_PASS/],
  [['writes', '--rate', '5', '--vus', '5'], /exclude each other/],
  [['writes', '--port', 'http'], /--port must be .*got "http"/],
  [['writes', '--duraton', '5s'], /unknown option '--duraton'/],
  [['writes', '--thresholds', '/nowhere.json'], /\/nowhere\.json/],
];
for (const [args, says] of WRONG)
  test(`wrong usage: ${args.join(' ') || '(nothing)'}`, async () => {
    const { code, stdout, stderr } = await load(args, { SURREAL_USER: '', SURREAL_PASS: '' });
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, says);
    assert.ok(!/^ +at /m.test(stderr), `no stack trace:\n${stderr}`);
  });

test('--help explains itself', async () => {
  const { code, stdout } = await load(['--help']);
  assert.equal(code, 0);
  for (const part of ['--target', '--profile', 'breakpoint', 'Exit codes: 0 pass'])
    assert.ok(stdout.includes(part), part);
});
