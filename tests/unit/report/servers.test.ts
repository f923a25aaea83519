import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LoadPlan } from '../../../lib/core/load/load-plan.ts';
import { ServerMeter, type ServersFile } from '../../../lib/node/load/measure/server-meter.ts';
import { countersIn, metricsSources } from '../../../lib/node/load/measure/server-metrics.ts';
import { timeShares } from '../../../lib/node/report/servers/time-shares.ts';
import { writeReport } from '../../../lib/node/report/write-report.ts';
import type { Target } from '../../../lib/node/targets/target.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { inventRun } from '../../support/invented-run.ts';

/** In the form of a TiKV 8 and a PD 8, with names and labels after their sources: no real one runs in this test. */
const tikvText = (gets: number, prewrites: number, cpu: number): string => `
# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${cpu}
# HELP tikv_grpc_msg_duration_seconds Bucketed histogram of grpc server messages
# TYPE tikv_grpc_msg_duration_seconds histogram
tikv_grpc_msg_duration_seconds_bucket{priority="unknown",type="kv_get",le="0.0005"} ${gets}
tikv_grpc_msg_duration_seconds_sum{priority="unknown",type="kv_get"} ${gets * 0.001}
tikv_grpc_msg_duration_seconds_count{priority="unknown",type="kv_get"} ${gets}
tikv_grpc_msg_duration_seconds_sum{priority="unknown",type="kv_prewrite"} ${prewrites * 0.004}
tikv_grpc_msg_duration_seconds_count{priority="unknown",type="kv_prewrite"} ${prewrites}
tikv_grpc_msg_duration_seconds_sum{priority="unknown",type="batch_raft"} 99
tikv_grpc_msg_duration_seconds_count{priority="unknown",type="batch_raft"} 99
tikv_storage_engine_async_request_duration_seconds_sum{type="write"} ${prewrites * 0.003}
tikv_storage_engine_async_request_duration_seconds_count{type="write"} ${prewrites}
tikv_storage_engine_async_request_duration_seconds_sum{type="snapshot"} 5
tikv_storage_engine_async_request_duration_seconds_count{type="snapshot"} 5
tikv_scheduler_latch_wait_duration_seconds_sum{type="prewrite"} ${prewrites * 0.0005}
tikv_scheduler_latch_wait_duration_seconds_count{type="prewrite"} ${prewrites}
tikv_engine_size_bytes{db="kv",type="default"} 1e6
`;
const pdText = (timestamps: number): string => `
pd_server_handle_tso_duration_seconds_sum{group="1"} ${timestamps * 0.0002}
pd_server_handle_tso_duration_seconds_count{group="1"} ${timestamps}
process_cpu_seconds_total 7
`;
const server = (name: string, tier: 'tikv' | 'pd', before: string, after: string) => ({
  name,
  tier,
  before: countersIn(before),
  after: countersIn(after),
});
const SERVERS: ServersFile = {
  servers: 1,
  seconds: 10,
  sources: [
    server('store 1', 'tikv', tikvText(100, 50, 3), tikvText(2100, 550, 8)),
    server('store 2', 'tikv', tikvText(0, 0, 1), tikvText(0, 500, 2)),
    server('pd-1', 'pd', pdText(10), pdText(2010)),
  ],
  unread: [],
};

test('only the counters that are needed are kept, whatever their labels', () => {
  assert.deepEqual(countersIn(pdText(10)), {
    'pd_server_handle_tso_duration_seconds_sum{group="1"}': 0.002,
    'pd_server_handle_tso_duration_seconds_count{group="1"}': 10,
    process_cpu_seconds_total: 7,
  });
  const names = Object.keys(countersIn(tikvText(1, 1, 1)));
  assert.ok(!names.some((name) => /bucket|engine_size/.test(name)));
});

test('time per operation is what TiKV and PD counted between two readings, over all servers', () => {
  const shares = timeShares(SERVERS, { operations: 1000, milliseconds: 12_000 });
  assert.ok(shares);
  const rounded = (value: number) => Math.round(value * 1000) / 1000;
  assert.deepEqual(
    [...shares.tikv, ...shares.within, shares.pd].map((part) => [
      part?.name,
      ...[part?.requestsPerOperation, part?.perRequest, part?.perOperation].map((value) => rounded(value ?? 0)),
    ]),
    [
      ['kv_prewrite', 1, 4, 4],
      ['kv_get', 2, 1, 2],
      ['write through Raft', 1, 3, 3],
      ['waiting for latches', 1, 0.5, 0.5],
      ['timestamps', 2, 0.2, 0.4],
    ],
  );
  assert.equal(rounded(shares.rest), 12 - 4 - 2 - 0.4);
  assert.deepEqual(
    shares.cpu.map(({ name, cores }) => [name, cores]),
    [
      ['store 1', 0.5],
      ['store 2', 0.1],
    ],
  );
});

test('a server that restarted is left out and named, and nothing is claimed of a store without these metrics', () => {
  const restarted = server('store 3', 'tikv', tikvText(900, 900, 9), tikvText(3, 3, 1));
  const shares = timeShares(
    { ...SERVERS, sources: [...SERVERS.sources, restarted] },
    { operations: 1000, milliseconds: 1 },
  );
  assert.deepEqual([shares?.restarted, shares?.tikv[0]?.requestsPerOperation], [['store 3'], 1]);
  const other = server('store 1', 'tikv', 'tikvsim_keys 1', 'tikvsim_keys 2');
  assert.equal(timeShares({ ...SERVERS, sources: [other] }, { operations: 1000, milliseconds: 1 }), undefined);
  assert.equal(timeShares(SERVERS, { operations: 0, milliseconds: 0 }), undefined);
});

test('the page shows parts, rest and CPU, and says which server was not read', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'run');
  await inventRun(path, { operations: 1000, length: 10_000 });
  const unread = [{ name: 'pd-2', reason: 'HTTP 503' }];
  await writeFile(join(path, 'servers.json'), JSON.stringify({ ...SERVERS, unread }));
  const page = await readFile(await writeReport(path), 'utf8');
  for (const text of [
    'Where the time goes',
    'TiKV: kv_prewrite',
    'of TiKV: write through Raft',
    'PD: timestamps',
    'Rest: SurrealDB',
  ])
    assert.ok(page.includes(text), text);
  assert.match(page, /Not read: pd-2 \(HTTP 503\)/);
});

/** A PD and a store in one process: what `/pd/api/v1/*` names, and `/metrics` that rise with each reading. */
async function withCluster(use: (pd: string) => Promise<void>): Promise<void> {
  let readings = 0;
  const http = createServer((request, response) => {
    const { port } = http.address() as AddressInfo;
    const base = `127.0.0.1:${port}`;
    const store = { id: 4, address: '127.0.0.1:1', status_address: base, state_name: 'Up' };
    const answers: Record<string, unknown> = {
      '/pd/api/v1/health': [{ name: 'pd-1', health: true, client_urls: [`http://${base}`] }],
      '/pd/api/v1/members': { leader: { name: 'pd-1' } },
      '/pd/api/v1/stores': { stores: [{ store, status: {} }] },
      '/pd/api/v1/regions': { count: 1 },
    };
    if (request.url === '/metrics') {
      readings += 1000;
      response.end(tikvText(readings, readings, readings) + pdText(readings));
    } else response.end(JSON.stringify(answers[request.url ?? '']));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  } finally {
    http.closeAllConnections();
    http.close();
  }
}

const PLAN = { measured: [{ name: 'writes', start: 0, milliseconds: 30 }] } as unknown as LoadPlan;
const target = (pd: string | undefined) => ({ kind: 'native', pd }) as unknown as Target;

test('the servers that PD names are read at both ends of the measured part', async () => {
  await using folder = await temporaryFolder();
  const history = join(folder.path, 'history.ndjson');
  await mkdir(folder.path, { recursive: true });
  const header = { history: 1, scenario: 'writes', seed: 1, nodes: [], began: Date.now() };
  await writeFile(history, `${JSON.stringify(header)}\nload begins at 0\n`);
  await withCluster(async (pd) => {
    const sources = await metricsSources(target(pd));
    assert.deepEqual(
      sources.map(({ name, tier }) => [name, tier]),
      [
        ['store 4', 'tikv'],
        ['pd-1', 'pd'],
      ],
    );
    const [first, ...rest] = sources;
    assert.ok(first);
    let meter: ServerMeter | undefined;
    let reads = 0;
    await new Promise<void>((resolve) => {
      const read = async () => {
        const text = await first.read();
        if (++reads === 2) resolve();
        return text;
      };
      meter = new ServerMeter([{ ...first, read }, ...rest]);
      meter.start(history, PLAN);
    });
    const file = await meter?.finish();
    assert.ok((timeShares(file as ServersFile, { operations: 1000, milliseconds: 1 })?.tikv.length ?? 0) > 0);
  });
});

test('a target without PD has no servers to read, and an interrupted run has no figures', async () => {
  assert.deepEqual(await metricsSources(target(undefined)), []);
  assert.deepEqual(await metricsSources(target('http://127.0.0.1:1')), []);
  const meter = new ServerMeter([{ name: 'a', tier: 'tikv', read: async () => '' }]);
  meter.start('/nowhere', PLAN);
  assert.equal(await meter.finish(), undefined);
});
