// `npm run cluster -- up --target compose`, and loads of the cluster in containers.
// Exclusive use of the machine: nine containers are what two cores carry.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { assertCode, cluster, ownCache } from '../support/clusters.ts';
import { load, type Result, startLoad, startScript, temporaryFolder, untilSaid } from '../support/commands.ts';
import { NO_CLUSTER } from '../support/containers.ts';
import { untilNoProcess } from '../support/processes.ts';

const docker = promisify(execFile);

describe('compose', { skip: NO_CLUSTER, timeout: 500_000 }, () => {
  const project = `surrealdb-load-cluster-${process.pid}`;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  const container = (service: string) => `${project}-${service}-1`;
  const leftovers = async (): Promise<string> => {
    const filter = ['--filter', `label=com.docker.compose.project=${project}`, '--quiet'];
    const lists = [
      ['ps', '--all'],
      ['volume', 'ls'],
      ['network', 'ls'],
    ].map((it) => docker('docker', [...it, ...filter]));
    return (await Promise.all(lists)).map(({ stdout }) => stdout).join('');
  };
  before(async () => {
    folder = await temporaryFolder();
    const ports = ['SURREAL_1_PORT', 'SURREAL_2_PORT', 'SURREAL_3_PORT', 'PD_PORT', 'PROMETHEUS_PORT'];
    env = {
      ...ownCache(folder.path),
      ...Object.fromEntries(ports.map((name) => [name, '0'])),
      COMPOSE_PROJECT_NAME: project,
    };
  });
  after(async () => {
    await cluster(env, 'wipe', '--yes', '--target', 'compose');
    await folder[Symbol.asyncDispose]();
  });

  test('load brings one up for itself, and leaves nothing', async () => {
    const inspect = async (name: string, format: string): Promise<string> =>
      (await docker('docker', ['inspect', '--format', format, name])).stdout.trim();
    const other = `surrealdb-load-test-other:${process.pid}`;
    const { stdout: config } = await docker('docker', ['compose', 'config', '--format', 'json']);
    const { services } = JSON.parse(config) as { services: Record<string, { image: string }> };
    await docker('docker', ['tag', services['surreal-1']?.image ?? '', other]);
    const own = ['--setting', 'SURREAL_TIKV_ASYNC_COMMIT=false', '--node-program', `surreal-2=${other}`];
    const args = ['writes', '--target', 'compose', '--rate', '50', '--duration', '5s', '--seed', '7', ...own];
    const running = startLoad(args, env);
    await untilSaid(running, /^writes for /m);
    for (const node of ['surreal-1', 'surreal-2', 'surreal-3']) {
      assert.match(await inspect(container(node), '{{.Config.Env}}'), /SURREAL_TIKV_ASYNC_COMMIT=false/);
      assert.equal((await inspect(container(node), '{{.Config.Image}}')) === other, node === 'surreal-2', node);
    }
    const result = await running.result;
    await docker('docker', ['rmi', other]);
    assert.match(
      result.stderr,
      /target +compose: 3 SurrealDB, 3 PD and 3 TiKV in containers with SURREAL_TIKV_ASYNC_COMMIT=false; surreal-2 is /,
      result.stderr,
    );
    assert.match(result.stdout, /checker writes: valid/, result.stdout + result.stderr);
    assert.match(result.stdout, /[✓✗] +PR-001 .* [\d.]+ s/);
    assert.match(result.stdout, /[✓✗] +PR-004 .* [\d.]+ MB/);
    const page = await readFile(join(result.results ?? '', 'report.html'), 'utf8');
    assert.match(page, /TiKV: kv_\w+/, 'the stores were asked from inside their containers');
    assert.equal(await leftovers(), '');
  });

  /** Starts a run, kills the suite once it loads, and waits until the guard has ended what the run started. */
  const killedRun = async (): Promise<void> => {
    const running = startScript('load', ['writes', '--target', 'compose', '--vus', '2', '--duration', '60s'], env);
    await untilSaid(running, /^writes for /m);
    process.kill(running.pid, 'SIGKILL');
    await running.result;
    const results = /^results (.*)$/m.exec(running.stderr())?.[1] ?? 'no results';
    await untilNoProcess(new RegExp(`k6.*${results}`));
  };
  const untilLeft = async (pattern: RegExp): Promise<void> => {
    for (let attempt = 0; attempt < 120 && !pattern.test(await leftovers()); attempt++) await sleep(500);
    assert.match(await leftovers(), pattern);
  };

  test('a run that is killed leaves no container, network or volume of the cluster that it brought up', async () => {
    await killedRun();
    await untilLeft(/^$/);
  });

  test('up, check, a dead store and node found, up again, down, wipe', async () => {
    const up = await cluster(env, 'up', '--target', 'compose', '--variant', 'two-nodes');
    assertCode(up, 0);
    assert.match(up.stdout, /✓ +surreal-2 +http:\/\/127\.0\.0\.1:\d+ +ready +surrealdb-.* [\d.]+ s +\d+ MB/);
    assert.match(up.stdout, /✓ +PR-001 .*[\d.]+ s/);
    assert.equal(up.stdout.match(/✓ +\d+ +tikv-\d:20160 +Up/g)?.length, 3);
    const good = await cluster(env, 'check', '--target', 'compose');
    assertCode(good, 0);
    assert.match(good.stdout, /One cluster: 12 operations on 2 pairs/);

    await killedRun();
    assertCode(await cluster(env, 'check', '--target', 'compose'), 0);

    await docker('docker', ['kill', container('tikv-2'), container('surreal-2')]);
    let bad: Result;
    // PD calls a store Disconnected when it has been silent for a while.
    do bad = await cluster(env, 'check', '--target', 'compose');
    while (!/tikv-2:20160\) is (Disconnected|Down)/.test(bad.stdout));
    assertCode(bad, 99);
    assert.match(bad.stdout, /✗ surreal-2: its container exited with code 137/);
    assert.match(bad.stdout, /✗ tikv-2 exited with code 137/);
    const refused = await load(['writes', '--target', 'compose'], env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /surreal-2 is not: its container exited/);

    assertCode(await cluster(env, 'up', '--target', 'compose', '--variant', 'two-nodes'), 0);
    assertCode(await cluster(env, 'down', '--target', 'compose'), 0);
    const data = await leftovers();
    assert.notEqual(data, '', 'down keeps the data');
    await killedRun();
    await untilLeft(new RegExp(`^${data}$`));
    assertCode(await cluster(env, 'wipe', '--yes', '--target', 'compose'), 0);
    assert.equal(await leftovers(), '');
  });
});
