// `npm run cluster` and the targets that use what it brings up, against real servers.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertCode, cluster, ownCache } from '../support/clusters.ts';
import { load, startScript, temporaryFolder, untilSaid } from '../support/commands.ts';
import { processesLike } from '../support/processes.ts';
import {
  credentialsOf,
  NO_SHARED_STORE,
  NO_SURREAL,
  type SharedStore,
  startServers,
  startSharedStore,
} from '../support/servers.ts';

interface Nodes {
  readonly nodes: readonly { readonly name: string; readonly url: string; readonly pid?: number }[];
  readonly problems: readonly string[];
}

const statusOf = async (env: Record<string, string>, kind: string): Promise<Nodes> =>
  JSON.parse((await cluster(env, 'status', '--json', '--target', kind)).stdout) as Nodes;

describe('native', { skip: NO_SHARED_STORE, timeout: 400_000 }, () => {
  let store: SharedStore;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  const up = (...args: string[]) =>
    cluster(env, 'up', '--target', 'native', '--store', store.address, '--port', '0', ...args);
  const check = (...args: string[]) => cluster(env, 'check', '--target', 'native', ...args);
  before(async () => {
    store = await startSharedStore();
    folder = await temporaryFolder();
    env = ownCache(folder.path);
  });
  after(async () => {
    await cluster(env, 'down', '--target', 'native');
    await folder[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });

  test('up gives three ready nodes that outlive it, and judges their start and memory', async () => {
    const result = await up();
    assertCode(result, 0);
    assert.match(result.stdout, /3 nodes of surreal .* over tikv:/);
    for (const name of ['surreal-1', 'surreal-2', 'surreal-3'])
      assert.match(result.stdout, new RegExp(`✓ +${name} +http://127\\.0\\.0\\.1:\\d+ +ready +surrealdb-.* MB`));
    assert.match(result.stdout, /✓ +PR-001 /);
    assert.match(result.stdout, /✓ +PR-004 /);
    assert.match(result.stdout, /✓ +SC-001 /);
    assert.match(result.stdout, /✓ +pd +http.* +healthy +leader/);
    assert.equal((await processesLike(new RegExp(`surreal.* ${store.address}`))).length, 3);
    assert.deepEqual(await processesLike(new RegExp(env.SURREAL_PASS ?? '')), []);
  });

  test('up again changes nothing; another cluster has to wait', async () => {
    const before = await statusOf(env, 'native');
    assertCode(await up(), 0);
    assert.deepEqual(
      (await statusOf(env, 'native')).nodes.map(({ pid }) => pid),
      before.nodes.map(({ pid }) => pid),
    );
    const other = await up('--node-count', '2');
    assertCode(other, 2);
    assert.match(other.stderr, /A native cluster is up already, and it is another one.*cluster -- down/);
  });

  test('check demonstrates every ordered pair, and names who handled what and how long it took', async () => {
    const result = await check();
    assertCode(result, 0);
    for (const from of [1, 2, 3])
      for (const to of [1, 2, 3].filter((other) => other !== from)) {
        const [a, b] = [`surreal-${from}`, `surreal-${to}`];
        const line = (operation: string, node: string) => `✓ +${operation} +${node} +[\\d.]+ ms\\s+`;
        const steps = [
          line('insert', a),
          line('read', b),
          line('update', b),
          line('read', a),
          line('delete', a),
          line('read, gone', b),
        ];
        assert.match(result.stdout, new RegExp(`${a} → ${b}\\s+${steps.join('')}`));
      }
    assert.match(result.stdout, /One cluster: 36 operations on 6 pairs/);
  });

  test('load takes the cluster that is up, measures its nodes, and leaves it up', async () => {
    const result = await load(['writes', '--rate', '150', '--duration', '2s', '--seed', '7'], env);
    assert.match(result.stderr, /target +native: 3 nodes of surreal/);
    assert.match(result.stdout, /checker writes: valid/);
    assert.match(result.stdout, /[✓✗] +PR-001 .* s\n/);
    assert.match(result.stdout, /[✓✗] +PR-004 .* MB/);
    assert.match(result.stdout, /surreal-3 +[\d.]+ s +\d+ MB +\d+ MB +\d\.\d\d/);
    const verdict = JSON.parse(await readFile(join(result.results ?? '', 'verdict.json'), 'utf8')) as {
      limits: { limit: { requirement: string }; state: string; measured: number }[];
      usage: { name: string; memory?: { p95: number; max: number } }[];
    };
    const memory = verdict.limits.find(({ limit }) => limit.requirement === 'PR-004');
    assert.equal(memory?.state, 'held');
    assert.ok((memory?.measured ?? 0) > 30);
    assert.ok(verdict.usage.filter(({ memory: it }) => it !== undefined).length === 4);
    assert.deepEqual((await statusOf(env, 'native')).problems, []);
  });

  test('a limit of ours that is broken fails the run', async () => {
    const { limits } = JSON.parse(await readFile('thresholds/nodes.json', 'utf8')) as { limits: { metric: string }[] };
    const file = join(folder.path, 'mine.json');
    const memory = limits.find(({ metric }) => metric === 'node_memory');
    await writeFile(file, JSON.stringify({ limits: [{ ...memory, limit: 20 }] }));
    const result = await load(['writes', '--vus', '2', '--duration', '2s', '--thresholds', file], env);
    assertCode(result, 99);
    assert.match(result.stdout, /✗ +PR-004 .* broken by surreal-\d/);
    assert.match(result.stdout, /^FAIL: PR-004 broken: .* Measured [\d.]+ MB on surreal-\d, must be < 20 MB/m);
  });

  test('logs shows what nodes wrote, and knows no others', async () => {
    assertCode(await cluster(env, 'logs', '--target', 'native', 'surreal-2'), 0);
    const { code, stderr } = await cluster(env, 'logs', '--target', 'native', 'surreal-9');
    assert.equal(code, 1);
    assert.match(stderr, /no log of surreal-9/);
  });

  test('check finds wrong credentials on every node', async () => {
    const wrong = { ...env, SURREAL_PASS: 'not-the-password' };
    const result = await cluster(wrong, 'check', '--target', 'native');
    assertCode(result, 99);
    assert.equal(result.stdout.match(/✗ surreal-\d: .*refused root user "root" \(HTTP 401\)/g)?.length, 3);
    assert.ok(!(result.stdout + result.stderr).includes('not-the-password'));
  });

  test('check and status find a dead node, and up brings back that one alone', async () => {
    const before = await statusOf(env, 'native');
    const dead = before.nodes[1];
    process.kill(dead?.pid ?? 0, 'SIGKILL');
    const result = await check();
    assertCode(result, 99);
    assert.match(result.stdout, /✗ surreal-2: its process does not run/);
    assert.match(result.stdout, /surreal-1 → surreal-3/);
    const byUrl = await cluster(env, 'check', '--nodes', before.nodes.map(({ url }) => url).join(','));
    assertCode(byUrl, 99);
    assert.match(byUrl.stdout, /✗ surreal-2: http.* cannot be reached: .*ECONNREFUSED/);
    const refused = await load(['writes'], env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /native cluster is up, but surreal-2 is not: its process does not run/);
    assertCode(await cluster(env, 'status', '--target', 'native'), 99);
    const again = await up();
    assertCode(again, 0);
    assert.match(again.stderr, /surreal-2 ready/);
    const after = await statusOf(env, 'native');
    assert.deepEqual([after.nodes[0]?.pid, after.nodes[2]?.pid], [before.nodes[0]?.pid, before.nodes[2]?.pid]);
  });

  test('check finds a store that is down, in PD’s own words', async () => {
    const pd = store.address.replace('tikv:', 'http:');
    const proxy = createServer(async (request, response) => {
      const text = await (await fetch(`${pd}${request.url}`)).text();
      response.end(request.url?.endsWith('/stores') ? text.replace('"Up"', '"Down"') : text);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const { nodes } = await statusOf(env, 'native');
    const urls = nodes.map(({ url }) => url).join(',');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const result = await cluster(env, 'check', '--nodes', urls, '--pd', url);
    proxy.close();
    assertCode(result, 99);
    assert.match(result.stdout, /✗ store \d+ \(127\.0\.0\.1:\d+\) is Down, not Up/);
  });

  test('check finds a node on another store', async () => {
    await using other = await startServers(`surrealkv:${folder.path}/other`, 1, env);
    const { nodes } = await statusOf(env, 'native');
    const urls = [nodes[0]?.url, other.nodes[0]?.url].join(',');
    const result = await cluster({ ...env, ...credentialsOf(other) }, 'check', '--nodes', urls);
    assertCode(result, 99);
    assert.match(result.stdout, /✗ surreal-1 → surreal-2: .*not on one store/);
  });

  test('an `up` that was killed half-way is finished by the next one, or ended by down', async () => {
    await cluster(env, 'down', '--target', 'native');
    const args = ['up', '--target', 'native', '--store', store.address, '--port', '0'];
    const killed = startScript('cluster', args, env);
    await untilSaid(killed, /surreal-1 ready/);
    process.kill(-killed.pid, 'SIGKILL');
    await killed.result;
    assertCode(await up(), 0);
    assert.equal((await processesLike(new RegExp(`surreal.* ${store.address}`))).length, 3);
    assertCode(await check(), 0);
  });

  test('down ends everything and leaves no file; again, there is nothing to do', async () => {
    assertCode(await cluster(env, 'down', '--target', 'native'), 0);
    assert.deepEqual(await processesLike(new RegExp(`surreal.* ${store.address}`)), []);
    assert.ok(!(await readdir(folder.path)).includes('cluster'));
    const again = await cluster(env, 'down', '--target', 'native');
    assertCode(again, 0);
    assert.match(again.stdout, /Nothing was up/);
    assertCode(await cluster(env, 'status', '--target', 'native'), 1);
  });

  test('wipe leaves a store that is not ours alone, and says so', async () => {
    assertCode(await up(), 0);
    const result = await cluster(env, 'wipe', '--yes', '--target', 'native');
    assertCode(result, 0);
    assert.match(result.stdout, /data in tikv:.* are still there: that store was not started by this suite/);
    assert.deepEqual(await processesLike(new RegExp(`surreal.* ${store.address}`)), []);
  });

  test('an interrupted `up` ends what it had started', async () => {
    const args = ['up', '--target', 'native', '--store', store.address, '--port', '0', '--node-count', '9'];
    const running = startScript('cluster', args, env);
    await untilSaid(running, /surreal-1 ready/);
    process.kill(-running.pid, 'SIGINT');
    assertCode(await running.result, 1);
    assert.deepEqual(await processesLike(new RegExp(`surreal.* ${store.address}`)), []);
    assert.match((await cluster(env, 'down', '--target', 'native')).stdout, /Nothing was up/);
  });
});

describe('without a cluster', () => {
  const WRONG: [args: string[], code: number, says: RegExp][] = [
    [['up', '--target', 'native', '--store', 'memory'], 2, /a store that they can share: tikv:\/\/HOST:PORT/],
    [['up', '--store', 'tikv://127.0.0.1:1'], 2, /go with --target native/],
    [['up', '--target', 'native', '--monitoring'], 2, /go with --target compose/],
    [['up', '--target', 'native', '--node-count', '0'], 2, /--node-count must be .*got "0"/],
    [['wipe'], 2, /without a terminal to ask, give --yes/],
    [['check', '--nodes', 'http://127.0.0.1:1', '--pd', 'x'], 2, /--pd must be .*got "x"/],
    [['check', '--pd', 'http://127.0.0.1:1'], 2, /--pd goes with --nodes/],
    [['check', '--target', 'native'], 1, /No cluster is up/],
    [['fly'], 2, /unknown command 'fly'/],
  ];
  for (const [args, code, says] of WRONG)
    test(args.join(' '), { skip: args.includes('native') && NO_SURREAL }, async () => {
      await using folder = await temporaryFolder();
      const result = await cluster(ownCache(folder.path), ...args);
      assertCode(result, code);
      assert.match(result.stderr, says);
      assert.ok(!/^ +at /m.test(result.stderr), `no stack trace:\n${result.stderr}`);
    });

  test('a PD that does not answer is named before anything is started', { skip: NO_SURREAL }, async () => {
    await using folder = await temporaryFolder();
    const args = ['up', '--target', 'native', '--store', 'tikv://127.0.0.1:1', '--port', '0'];
    const result = await cluster(ownCache(folder.path), ...args);
    assertCode(result, 1);
    assert.match(result.stderr, /PD at http:\/\/127\.0\.0\.1:1 cannot be reached: .*Start the store first/);
    assert.deepEqual(await readdir(folder.path), []);
  });
});
