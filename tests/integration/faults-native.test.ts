// `npm run load -- SCENARIO --fault …` on real nodes over one store: what is done, when, and how it is undone.
// Exclusive use of the machine: its faults are timed to a tenth of a second.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findK6, findSurreal } from '../../lib/node/programs/find-program.ts';
import { assertRight } from '../support/answers.ts';
import { load, type Result, startScript, temporaryFolder, untilSaid } from '../support/commands.ts';
import { assertAway, readFaultRun } from '../support/fault-runs.ts';
import { cutPower } from '../support/processes.ts';
import { NO_SHARED_STORE, type SharedStore, startSharedStore } from '../support/servers.ts';

const k6 = await findK6({ say: () => {} });

describe('faults on native nodes', { skip: NO_SHARED_STORE, timeout: 400_000 }, () => {
  let store: SharedStore;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  before(async () => {
    store = await startSharedStore();
    folder = await temporaryFolder();
    env = {
      SURREALDB_LOAD_CACHE: folder.path,
      SURREAL_USER: 'root',
      SURREAL_PASS: randomBytes(12).toString('hex'),
      COMPOSE_PROJECT_NAME: `surrealdb-load-none-${process.pid}`,
      ...(k6.source === 'image' ? {} : { K6_BIN: k6.location }),
    };
  });
  after(async () => {
    await folder[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  });
  const run = (scenario: string, duration: string, faults: readonly string[], ...more: string[]): Promise<Result> => {
    const target = ['--target', 'native', '--store', store.address, '--port', '0'];
    const how = [
      '--duration',
      duration,
      '--seed',
      '7',
      ...(more.includes('--vus') ? [] : ['--rate', '150', '--timeout', '1s']),
    ];
    return load([scenario, ...target, ...how, ...faults.flatMap((it) => ['--fault', it]), ...more], env);
  };

  test('kill, pause and a rolling restart onto another program: done when they were planned, and nothing is lost', async () => {
    const next = join(folder.path, 'surreal-next');
    const starts = join(folder.path, 'starts');
    const surreal = await findSurreal({ say: () => {} });
    await writeFile(next, `#!/bin/sh\necho $$ >> '${starts}'\nexec '${surreal?.location}' "$@"\n`, { mode: 0o755 });
    const upgrade = `upgrade:surreal@8s+3s,to=${next}`;
    const mixed = ['--node-program', `surreal-1=${next}`];
    const result = await run('set', '13s', ['kill:surreal-2@1s+2s', 'pause:surreal-3@4s+2s', upgrade], ...mixed);
    await assertRight(result);
    const { windows, operations, regions = 0 } = await readFaultRun(result);
    // A store of another owner splits when it likes.
    if (store.admin !== undefined) assert.ok(regions > 1, `the data were in ${regions} regions`);
    const [kill, pause, rolling] = windows;
    assert.ok(kill && pause && rolling);
    assertAway('surreal-2', kill, operations);
    assertAway('surreal-3', pause, operations);
    assert.deepEqual(rolling.who, ['surreal-1', 'surreal-2', 'surreal-3']);
    const started = (await readFile(starts, 'utf8')).trim().split('\n');
    assert.equal(started.length, 4, 'surreal-1 from the beginning, and each node in its turn');
    for (const { began, healed, ready, converged, planned, fault } of windows) {
      assert.ok(began !== undefined && healed !== undefined && ready !== undefined && converged !== undefined, fault);
      assert.ok(began >= planned.start - 2 && ready > healed && converged > healed, fault);
    }
  });

  test('the way to the stores: slow while the node is killed, and cut in one direction', async () => {
    const slow = 'slow:surreal-1@1s+4s,latency=60ms,jitter=20ms,loss=1%';
    const faults = [
      slow,
      'kill:surreal-1@2s+1s',
      'partition:surreal-2@6s+2s',
      'partition:surreal-3@9s+2s,direction=out',
    ];
    const result = await run('bank', '13s', faults, '--warm-up', '1s');
    await assertRight(result);
    const { windows, operations } = await readFaultRun(result);
    const [slowed, , cut, oneWay] = windows;
    assert.ok(slowed && cut && oneWay);
    assertAway('surreal-2', cut, operations);
    assertAway('surreal-3', oneWay, operations);
    // A transaction asks PD and the store at least once each, and each way there and back is slow.
    const took = (from: number, to: number) =>
      operations
        .filter(({ node, start, outcome }) => node === 'surreal-1' && outcome === 'ok' && start > from && start < to)
        .map(({ start, end = 0 }) => end - start);
    const { began = 0 } = slowed;
    const twoRoundTrips = 2 * 2 * 40;
    assert.ok(Math.min(...took(began, began + 1000)) > twoRoundTrips, 'every operation takes two slow round trips');
    assert.ok(Math.min(...took(0, began)) < twoRoundTrips, 'not so before');
  });

  test('the way between the load and a node, by RPC: its connections stall', async () => {
    const result = await run('set', '5s', ['partition:surreal-1@1s+2s,link=clients'], '--protocol', 'rpc');
    await assertRight(result);
    const { windows, operations } = await readFaultRun(result);
    assert.ok(windows[0]);
    assertAway('surreal-1', windows[0], operations);
  });

  const HOST_LOST = ['slow:surreal-2@1s+18s,latency=15ms', 'crash:surreal-2@2s+2s,every=6s,when=ack'];
  const many = ['--vus', '42', '--timeout', '3s'];

  test('the loss of a host: a transaction that was acknowledged right before is gone, and named beside the fault', async () => {
    const result = await run('transactions', '20s', HOST_LOST, ...many);
    assert.equal(result.code, 99, result.stdout + result.stderr);
    assert.match(result.stdout, /lost \(checker atomicity\): Transaction .*surreal-2.*none of its records/);
    assert.match(result.stdout, /Nearest fault: crash:surreal-2@/);
    const { windows, regions = 0 } = await readFaultRun(result);
    assert.ok(regions >= 8, `the data were in ${regions} regions`);
    for (const { fault, began, healed } of windows) assert.ok(began !== undefined && healed !== undefined, fault);
  });

  test('the loss of a host: nothing is gone without async commit', async () => {
    const result = await run('transactions', '20s', HOST_LOST, ...many, '--setting', 'SURREAL_TIKV_ASYNC_COMMIT=false');
    await assertRight(result);
  });

  const schedulers = async (): Promise<unknown> =>
    (await fetch(`${store.address.replace('tikv:', 'http:')}/pd/api/v1/schedulers`)).json();

  test('regions and their leaders move by PD under load: nothing is lost, and no scheduler is left', async (t) => {
    if (store.admin === undefined)
      return t.skip('SKIPPED: the stores of TEST_PD may be one, or too young to move leaders');
    const faults = [
      'leader-transfer@1s+1s,every=3s',
      'region-split@2s+1s',
      'evict-leader:tikv-2@3s+2s',
      'leader-shuffle@5s+2s',
      'region-merge@8s+1s',
    ];
    const result = await run('transactions', '10s', faults);
    await assertRight(result);
    const { windows, regions = 0 } = await readFaultRun(result);
    assert.equal(windows.length, 7);
    for (const { fault, began, healed } of windows) assert.ok(began !== undefined && healed !== undefined, fault);
    assert.ok(regions > 1, `the data were in ${regions} regions`);
    assert.deepEqual(await schedulers(), []);
  });

  test('commands of the user make the store unavailable', { skip: NO_SHARED_STORE }, async (t) => {
    if (store.admin === undefined) return t.skip('SKIPPED: the store of TEST_PD has no faults of its own');
    const command = (half: string, mode: string) => [
      '--fault-command',
      `store:${half}=curl -fsS -X POST '${store.admin}/fault?mode=${mode}'`,
    ];
    const commands = [...command('start', 'unavailable'), ...command('stop', 'none')];
    const result = await run('append', '7s', ['command:store@1s+2s'], ...commands);
    await assertRight(result);
    const { windows, operations } = await readFaultRun(result);
    assert.deepEqual(windows[0]?.who, ['store']);
    for (const node of ['surreal-1', 'surreal-2', 'surreal-3']) assertAway(node, windows[0], operations);
  });

  const REFUSED: [fault: string, says: RegExp][] = [
    ['kill:surreal-9@1s+1s', /there is no surreal-9\. Servers are: surreal-1, surreal-2, surreal-3/],
    ['kill:tikv-1@1s+1s', /the store is yours.*Possible are surreal-N.*target compose can do the rest/],
    ['quorum-loss@1s+1s', /the store is yours/],
    ['crash:tikv-1@1s+1s', /the store is yours/],
    ['leader-transfer:tikv-1@1s+1s', /has no WHO/],
    ['pd-leader-resign@1s+1s', /PD has one member/],
    ['evict-leader:tikv-9@1s+1s', /there is no tikv-9/],
    ['upgrade:surreal@1s+1s,to=/nowhere/surreal', /\/nowhere\/surreal is not a program/],
    ['clock:surreal-1@1s+1s', /servers share the clock of the machine/],
    ['kill:surreal-1@1s+9s', /ends 10s after the measured part began, which takes only 2s/],
    ['burn:surreal-1@1s+1s', /no kind "burn"\. Kinds are: kill, crash, stop, pause/],
    ['command:store@1s+1s', /There is no --fault-command store/],
  ];
  describe('refused before the run', { concurrency: 3 }, () => {
    for (const [fault, says] of REFUSED)
      test(fault, async () => {
        const result = await run('set', '2s', [fault]);
        assert.equal(result.code, 2, result.stdout + result.stderr);
        assert.match(result.stderr, says);
        assert.equal(result.results, undefined);
      });
  });

  test('after SIGKILL of the suite in the middle of faults, one command restores the cluster', async () => {
    const cluster = (...args: string[]) => startScript('cluster', [...args, '--target', 'native'], env).result;
    const status = async (): Promise<string[]> => JSON.parse((await cluster('status', '--json')).stdout).problems;
    const up = await cluster('up', '--store', store.address, '--port', '0');
    assert.match(up.stdout, /surreal-3 .*ready/, up.stdout + up.stderr);
    const ofStores = store.admin !== undefined;
    const faulty = async () => {
      const kinds = ['kill:surreal-2', 'pause:surreal-3', ...(ofStores ? ['evict-leader:tikv-2'] : [])];
      const faults = kinds.flatMap((it) => ['--fault', `${it}@0s+50s`]);
      const running = startScript('load', ['set', '--vus', '2', '--duration', '60s', ...faults], env);
      await untilSaid(running, /fault +kill:surreal-2.*: surreal-2/);
      await untilSaid(running, /fault +pause:surreal-3.*: surreal-3/);
      if (ofStores) await untilSaid(running, /fault +evict-leader:tikv-2.*: tikv-2/);
      return running;
    };
    try {
      const running = await faulty();
      await cutPower(running.pid);
      await running.result;
      assert.ok((await status()).length > 0, 'the faults outlive suite and guard');
      const healed = await cluster('heal');
      assert.equal(healed.code, 0, healed.stdout + healed.stderr);
      assert.match(healed.stdout, /surreal-2: kill:surreal-2@0s\+50s undone/);
      assert.match(healed.stdout, /surreal-3: pause:surreal-3@0s\+50s undone/);
      assert.deepEqual(await status(), []);
      assert.deepEqual(await readdir(join(folder.path, 'faults')), []);
      if (ofStores) assert.deepEqual(await schedulers(), []);
      assert.match((await cluster('heal')).stdout, /Nothing had to be healed/);

      const again = await faulty();
      process.kill(again.pid, 'SIGKILL');
      await again.result;
      // The guard does the same without being asked.
      while ((await readdir(join(folder.path, 'faults'))).length > 0) await sleep(100);
      assert.deepEqual(await status(), []);
    } finally {
      await cluster('down');
    }
  });
});
