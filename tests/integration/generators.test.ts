// A load that several k6 processes share, against real servers: as many operations, the same verdict, one history.
// Exclusive use of the machine: as many operations only if none is dropped, and a bound on the clocks of eight processes.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ps } from 'zx';
import type { GeneratorShare } from '../../lib/core/load/generator-share.ts';
import { type LoadPlan, phaseAt, planLoad } from '../../lib/core/load/load-plan.ts';
import type { Settings } from '../../lib/core/settings/settings.ts';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import { recordsOf } from '../../lib/core/workloads/written-records.ts';
import { mergeGenerators } from '../../lib/node/load/generators/merge-generators.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertWritten } from '../support/answers.ts';
import { load, type Result, SHORT, startScript, temporaryFolder, untilSaid } from '../support/commands.ts';
import { assertAway, readFaultRun } from '../support/fault-runs.ts';
import { untilNoProcess } from '../support/processes.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const NATIVE = ['--target', 'native', '--store', 'memory'];

async function json<T>({ results = '' }: Result, name: string): Promise<T> {
  return JSON.parse(await readFile(join(results, name), 'utf8')) as T;
}

/**
 * What must not depend on how many share the load. The very last iteration of a ramp is due in the moment in which its phase
 * ends, and k6 sends it or not: with one process as with several. Of a machine that is short of CPU, which the verdict says, no
 * more can be asked than that both halves were sent.
 */
async function countersOf(result: Result) {
  const { phases, limits } = await json<RunSummary>(result, 'summary.json');
  for (const { planned = 0, outcomes } of phases) {
    const least = result.code === 0 ? planned - 1 : 0.6 * planned;
    assert.ok(outcomes.ok >= least && outcomes.ok <= planned, `${outcomes.ok} of ${planned}`);
  }
  return {
    phases: phases.map(({ name, planned, outcomes: { ok: _, ...others } }) => ({ name, planned, ...others })),
    limits: limits.filter(({ limit }) => limit.kind === 'correctness'),
  };
}

/** Merged again as what comes from several machines is, by the clock of a node: both ways tell the same offsets. */
async function asFromPods(four: Result, shares: readonly GeneratorShare[], settings: Settings, plan: LoadPlan) {
  await using folder = await temporaryFolder();
  const at = (path: string) => ({ path, file: (name: string) => join(path, name) });
  const generators = shares.map(({ generator: number }) => ({
    number,
    files: at(join(four.results ?? '', 'generators', String(number))),
  }));
  const merged = await mergeGenerators({ generators, clocks: 'node', folder: at(folder.path), plan, settings });
  assert.deepEqual(merged.findings, []);
  for (const [index, { offset, uncertainty, operations }] of merged.shares.entries()) {
    const here = shares[index] ?? assert.fail();
    assert.equal(operations, here.operations);
    assert.ok(
      Math.abs(offset - here.offset) <= uncertainty + here.uncertainty,
      `${offset} ± ${uncertainty} by the node, ${here.offset} ± ${here.uncertainty} by the machine`,
    );
  }
}

describe('generators', { skip: NO_SURREAL, timeout: 300_000 }, () => {
  test('one, two and four send the same and come to the same verdict', async () => {
    const results: Result[] = [];
    for (const count of ['1', '2', '4'])
      results.push(await load(['writes', ...NATIVE, ...SHORT, '--generators', count]));
    const [one] = results;
    assert.ok(one);
    for (const [index, result] of results.entries()) {
      await assertWritten(result);
      assert.deepEqual(await countersOf(result), await countersOf(one), `${[1, 2, 4][index]} generators`);
    }
    const [, , four] = results;
    assert.ok(four);
    assert.match(four.stdout, /^Anomalies between generators whose operations lie less than [\d.]+ µs apart/m);
    const { generators, settings } = await json<{ generators: GeneratorShare[]; settings: Settings }>(four, 'run.json');
    assert.match(four.stdout, /^generator +operations +share +dropped +cores med +idle cores +clock/m);
    const report = await readFile(join(four.results ?? '', 'report.html'), 'utf8');
    assert.match(report, /<h2 id="generators">Generators</);
    assert.match(report, /Anomalies between generators whose operations lie less than/);
    const { header, operations, unfinished } = await readHistory(join(four.results ?? '', 'history.ndjson.gz'));
    assert.equal(unfinished, 0, 'every client has told that it was done');
    assert.deepEqual(header.generators?.length, 4);
    assert.equal(
      generators.reduce((sum, share) => sum + share.operations, 0),
      operations.length,
    );
    for (const { generator, uncertainty, operations: own } of generators) {
      assert.ok(own > operations.length / 8, `generator ${generator} had its share`);
      assert.ok(uncertainty < 1, 'milliseconds');
      const ofOthers = operations.filter((each) => each.generator !== generator).map(({ process }) => process);
      const processes = operations.filter((each) => each.generator === generator).map(({ process }) => process);
      assert.ok(!processes.some((process) => ofOthers.includes(process)), 'users of one are nobody else’s');
    }
    const written = new Map<number, number>();
    for (const { process, f, key } of operations) {
      if (f !== 'create') continue;
      const number = written.get(process) ?? 0;
      assert.equal(key, recordsOf(7, process).id(number), 'what the seed gives this user next');
      written.set(process, number + 1);
    }
    const { phases } = await json<RunSummary>(four, 'summary.json');
    const [phase] = phases;
    const plan = planLoad('writes', settings);
    const durations = operations
      .filter(({ start, f }) => f === 'create' && phaseAt(plan, start) === 'writes')
      .map(({ start, end = Number.NaN }) => end - start)
      .sort((a, b) => a - b);
    for (const [name, percent] of [
      ['p50', 50],
      ['p95', 95],
      ['p99', 99],
    ] as const) {
      const exact = durations[Math.ceil((percent / 100) * durations.length) - 1] ?? 0;
      const histogram = phase?.latency[name] ?? 0;
      assert.ok(Math.abs(histogram - exact) <= exact / 1000 + 0.001, `${name}: ${histogram}, exactly ${exact}`);
    }
    await asFromPods(four, generators, settings, plan);
    // k6 writes some lines a little late; so the order is that of the latest end which a generator had written.
    const latest = new Map<number | undefined, number>();
    const order = operations.map(({ generator, start, end = start }) => {
      latest.set(generator, Math.max(latest.get(generator) ?? 0, end));
      return latest.get(generator) ?? 0;
    });
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      'merged by time',
    );
  });

  test('one, two and four find what a faulty server does', async () => {
    await using server = await startServers();
    const results = await Promise.all(
      ['1', '2', '4'].map(async (count) => {
        const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['lose-write'](100));
        const args = ['writes', '--nodes', liar.url, '--rate', '100', '--duration', '3s', '--seed', '7'];
        const result = await load([...args, '--generators', count], credentialsOf(server));
        await liar.close();
        return result;
      }),
    );
    for (const { code, stdout, stderr } of results) {
      assert.equal(code, 99, stdout + stderr);
      assert.match(stdout, /^FAIL: A create was acknowledged, but a node lacks the record/m);
    }
  });

  test('one that dies makes the run invalid, and what the others saw is kept', async () => {
    const args = ['writes', ...NATIVE, '--rate', '100', '--duration', '6s', '--port', '0', '--generators', '2'];
    const running = startScript('load', args);
    await untilSaid(running, /by 2 generators/);
    await sleep(4000);
    const second = (await ps.lookup()).find(({ arguments: own }) =>
      own.some((each) => each.includes(`generators/2/`) && each.startsWith('--console-output')),
    );
    process.kill(Number(second?.pid), 'SIGKILL');
    const result = await running.result;
    assert.equal(result.code, 98, result.stdout + result.stderr);
    assert.match(result.stdout, /^INVALID: Generator 2 was killed by SIGKILL/m);
    const { generators } = await json<{ generators: GeneratorShare[] }>(result, 'run.json');
    assert.equal(generators[1]?.death, 'was killed by SIGKILL');
    assert.ok((generators[0]?.operations ?? 0) > 300);
    await untilNoProcess(new RegExp(result.results ?? 'no results'));
  });

  test('a fault applies to what all send, and its window is on the clock of the merged history', async () => {
    const fault = 'pause:surreal-1@1s+300ms';
    const result = await load(['writes', ...NATIVE, ...SHORT, '--generators', '2', '--fault', fault]);
    await assertWritten(result);
    const { windows, operations } = await readFaultRun(result);
    const [window] = windows;
    assert.ok(window);
    for (const generator of [1, 2])
      assertAway(
        'surreal-1',
        window,
        operations.filter((operation) => operation.generator === generator),
      );
  });

  test('a set-up that fails says why, as with one', async () => {
    await using folders = await temporaryFolder();
    const credentials = { SURREAL_USER: 'root', SURREAL_PASS: 'the same on both' };
    await using one = await startServers(`surrealkv:${folders.path}/one`, 1, credentials);
    await using other = await startServers(`surrealkv:${folders.path}/other`, 1, credentials);
    const nodes = [one, other].map(({ nodes: [node] }) => node?.url).join(',');
    const { code, stderr } = await load(['writes', '--nodes', nodes, '--generators', '2'], credentials);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^surreal-2 .* does not see what was made on surreal-1\. Nodes of one cluster share one store/m,
    );
    await untilNoProcess(/generators\/[12]\/history/);
  });
});
