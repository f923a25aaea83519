// The pure parts of `npm run cluster`: what is read from Docker, PD and nodes, and what is made of it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Limit, LimitsError, parseLimits } from '../../../lib/core/verdict/limits.ts';
import { judgeMeasurements, measurementOf, statisticOf } from '../../../lib/core/verdict/measurements.ts';
import { limitsTable } from '../../../lib/core/verdict/tables.ts';
import { summariseUsage, usageTable } from '../../../lib/core/verdict/usage.ts';
import { pairProblems } from '../../../lib/node/cluster/check.ts';
import { parseContainers } from '../../../lib/node/cluster/compose-cli.ts';
import { placementProblems } from '../../../lib/node/cluster/connectivity.ts';
import { findDaemon, isRunning, startDaemon, stopDaemon } from '../../../lib/node/cluster/daemon.ts';
import type { Step } from '../../../lib/node/cluster/demonstration.ts';
import { givenNodes } from '../../../lib/node/cluster/external-cluster.ts';
import { pdOfStore } from '../../../lib/node/cluster/pd.ts';
import { pidFile, readState, removeState, writeState } from '../../../lib/node/cluster/state.ts';
import { parseMetrics } from '../../../lib/node/targets/node-metrics.ts';

const limits = parseLimits('nodes.json', JSON.parse(await readFile('thresholds/nodes.json', 'utf8')));
const limitOf = (metric: string): Limit => limits.find((limit) => limit.metric === metric) as Limit;

const MEASURED = {
  set_up: [{ instance: 'this run', values: [12] }],
  node_start_up: [
    { instance: 'surreal-1', values: [0.2] },
    { instance: 'surreal-2', values: [31] },
  ],
  node_memory: [
    { instance: 'surreal-1', values: [90, 120, 110] },
    { instance: 'surreal-2', values: [80, 130, 90] },
  ],
  generator_cpu: 'no load was sent',
};

test('every node has to keep a limit, and the worst is named', () => {
  const [startUp, memory] = judgeMeasurements([limitOf('node_start_up'), limitOf('node_memory')], MEASURED);
  assert.deepEqual([startUp?.state, startUp?.instance, startUp?.measured], ['broken', 'surreal-2', 31]);
  assert.deepEqual([memory?.state, memory?.instance, memory?.measured], ['held', 'surreal-2', 130]);
});

test('200 MB is too much, 199.9 MB is not', () => {
  const stateAt = (megabytes: number) =>
    judgeMeasurements([limitOf('node_memory')], {
      ...MEASURED,
      node_memory: [{ instance: 'surreal-1', values: [megabytes] }],
    })[0]?.state;
  assert.equal(stateAt(199.9), 'held');
  assert.equal(stateAt(200), 'broken');
});

test('what could not be measured is neither held nor broken, and says why', () => {
  const [result] = judgeMeasurements([limitOf('generator_cpu')], MEASURED);
  assert.equal(result?.state, 'not applicable');
  assert.match(limitsTable(result ? [result] : []), /^–.*not applicable: no load was sent$/m);
  assert.equal(measurementOf([{ instance: 'surreal-1', values: [] }], 'not seen'), 'not seen');
});

test('a percentile of a node needs as many samples as one of operations', () => {
  const limit: Limit = { ...limitOf('node_memory'), statistic: 'p(95)' };
  assert.equal(judgeMeasurements([limit], MEASURED)[0]?.state, 'too few samples');
});

test('statistics have k6’s names', () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  const found = ['count', 'min', 'max', 'avg', 'med', 'p(95)', 'p(99.9)'].map((name) => statisticOf(values, name));
  assert.deepEqual(found, [100, 1, 100, 50.5, 50, 95, 100]);
});

test('a limit on one node alone, or a rate of memory, is refused', () => {
  for (const wrong of [{ tags: { node: 'surreal-1' } }, { statistic: 'rate' }])
    assert.throws(
      () => parseLimits('mine.json', { limits: [{ ...limitOf('node_memory'), ...wrong }] }),
      (error) => error instanceof LimitsError && /mine\.json.*node_memory/.test(error.message),
    );
});

test('usage is shown with its extremes', () => {
  const samples = [
    { cpu: 0.1, memory: 70e6 },
    { cpu: 0.5, memory: 90e6 },
  ];
  const text = usageTable([summariseUsage('surreal-1', samples, 180), summariseUsage('k6', [])]);
  assert.match(text, /surreal-1 +0\.18 s +90 MB +90 MB +0\.10 +0\.50/);
  assert.match(text, /^k6\s*$/m);
});

test('metrics of a node are read from its own page', () => {
  const page = [
    '# TYPE surrealdb_process_memory_bytes gauge',
    'surrealdb_process_uptime_seconds{otel_scope_name="surrealdb.process"} 61',
    'surrealdb_process_memory_bytes{otel_scope_name="surrealdb.process"} 72085504',
    'surrealdb_process_cpu_percent{otel_scope_name="surrealdb.process"} 150',
  ].join('\n');
  assert.deepEqual(parseMetrics(page), { memory: 72_085_504, cpu: 1.5, uptime: 61_000 });
  assert.equal(parseMetrics('up 1'), undefined);
});

test('containers are read as compose lists them, by line or as one list', () => {
  const container = {
    ID: 'abc',
    Name: 'load-surreal-1-1',
    Service: 'surreal-1',
    State: 'running',
    Health: 'healthy',
    ExitCode: 0,
    Publishers: [
      { URL: '127.0.0.1', TargetPort: 8000, PublishedPort: 32_768, Protocol: 'tcp' },
      { URL: '', TargetPort: 9000, PublishedPort: 0, Protocol: 'tcp' },
    ],
  };
  const other = { ...container, ID: 'def', Service: 'pd-1', Publishers: null };
  const byLine = parseContainers(`${JSON.stringify(container)}\n${JSON.stringify(other)}\n`);
  assert.deepEqual(byLine, parseContainers(JSON.stringify([container, other])));
  assert.deepEqual(
    byLine.map(({ service, ports }) => [service, [...ports]]),
    [
      ['pd-1', []],
      ['surreal-1', [[8000, 32_768]]],
    ],
  );
  assert.deepEqual(parseContainers('\n'), []);
});

test('PD’s own view is judged: members, leader, stores', () => {
  const member = { name: 'pd-1', url: 'http://pd-1:2379', healthy: true, leader: true };
  const store = { id: 1, address: 'tikv-1:20160', state: 'Up', leaders: 1, regions: 1 };
  const good = { members: [member], stores: [store], regions: 1 };
  assert.deepEqual(placementProblems(good), []);
  assert.match(placementProblems({ ...good, members: [{ ...member, healthy: false }] }).join(), /pd-1 .* not healthy/);
  assert.match(placementProblems({ ...good, members: [{ ...member, leader: false }] }).join(), /no leader/);
  assert.match(placementProblems({ ...good, stores: [{ ...store, state: 'Down' }] }).join(), /tikv-1:20160\) is Down/);
  assert.match(placementProblems({ ...good, stores: [] }).join(), /knows no store/);
  assert.equal(pdOfStore('tikv://127.0.0.1:2379'), 'http://127.0.0.1:2379');
});

test('a pair that failed is reported in one sentence, with what it means', () => {
  const step = (operation: string, problem?: string): Step => ({
    shows: 'insert',
    operation,
    node: 'surreal-2',
    milliseconds: 1,
    ...(problem === undefined ? {} : { problem }),
  });
  const pair = { from: 'surreal-1', to: 'surreal-2' };
  assert.deepEqual(pairProblems([{ ...pair, steps: [step('insert'), step('read')] }]), []);
  const [problem] = pairProblems([{ ...pair, steps: [step('insert'), step('read', 'found [], not ["inserted"]')] }]);
  assert.match(problem ?? '', /1 of 2 operations failed, first read on surreal-2: found \[\].*not on one store/);
});

test('the nodes of another cluster need a user, and URLs that are some', async () => {
  const env = { SURREAL_USER: 'root', SURREAL_PASS: 'x' };
  const given = (nodes: string, changes: Partial<Parameters<typeof givenNodes>[1]> = {}) =>
    givenNodes(nodes, { pd: undefined, access: {}, env, ...changes });
  assert.deepEqual((await given('http://a:1,https://b:2')).nodes, [
    { name: 'surreal-1', url: 'http://a:1' },
    { name: 'surreal-2', url: 'https://b:2' },
  ]);
  // Empty, because a clone may have a .env.
  await assert.rejects(given('http://a:1', { env: { SURREAL_USER: '' } }), /SURREAL_USER and SURREAL_PASS/);
  await assert.rejects(given('a:1'), /--nodes must be http.*got "a:1"/);
  await assert.rejects(given('http://a:1', { pd: 'pd:2379' }), /--pd must be http.*got "pd:2379"/);
  const record = { SURREAL_ACCESS: 'account', SURREAL_NAMESPACE: 'shop', SURREAL_DATABASE: 'prod' };
  await assert.rejects(given('http://a:1', { access: record }), /a record user may not define/);
});

test('the state of a native cluster is written whole, and a damaged one is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'surrealdb-load-'));
  const env = { SURREALDB_LOAD_CACHE: folder };
  const state = {
    cluster: 1,
    store: 'tikv://127.0.0.1:1',
    program: 'surreal',
    nodes: [{ name: 'surreal-1', port: 1 }],
  } as const;
  assert.equal(await readState(env), undefined);
  await writeState(env, { ...state, nodes: [...state.nodes] });
  assert.deepEqual(await readState(env), state);
  await writeFile(join(folder, 'cluster/state.json'), '{"cluster":');
  await assert.rejects(readState(env), /state\.json cannot be understood .*remove it/);
  await removeState(env);
  await assert.rejects(stat(join(folder, 'cluster')));
  await rm(folder, { recursive: true });
});

test('a daemon is found by its own number and mark, and not where the number is another process’', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'surrealdb-load-'));
  const file = pidFile({ SURREALDB_LOAD_CACHE: folder }, 'x').replace('/cluster/', '/');
  const pid = await startDaemon(['sleep', '61.5'], { env: {}, log: join(folder, 'log'), pidFile: file });
  while ((await readFile(file, 'utf8').catch(() => '')) === '' || !(await findDaemon(file, 'sleep 61.5')));
  assert.equal(Number(await readFile(file, 'utf8')), pid);
  assert.equal(await findDaemon(file, 'another program'), undefined);
  await stopDaemon(pid);
  assert.equal(isRunning(pid), false);
  assert.equal(await findDaemon(file, 'sleep 61.5'), undefined);
  await rm(folder, { recursive: true });
});
