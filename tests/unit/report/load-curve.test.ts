import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadLevels } from '../../../lib/core/load/load-levels.ts';
import { planLoad } from '../../../lib/core/load/load-plan.ts';
import { parseSettings } from '../../../lib/core/settings/settings.ts';
import { kneeOf } from '../../../lib/node/report/capacity/knee.ts';
import { cpuBetween, limitingFactor } from '../../../lib/node/report/capacity/limiting-factor.ts';
import { writeReport } from '../../../lib/node/report/write-report.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { inventRun } from '../../support/invented-run.ts';

const planOf = (env: Record<string, string>) => {
  const settings = parseSettings(env);
  return { profile: settings.profile, plan: planLoad('writes', settings) };
};

test('levels of load are the rungs of breakpoint, and slices of the rise of stress', () => {
  const { plan: rungs } = planOf({ LOAD_PROFILE: 'breakpoint' });
  assert.deepEqual(
    loadLevels('breakpoint', rungs).map(({ load }) => load),
    Array.from({ length: 12 }, (_, rung) => (rung + 1) * 500),
  );
  const { plan } = planOf({ LOAD_PROFILE: 'stress', LOAD_RATE: '2400', LOAD_DURATION: '120s' });
  const levels = loadLevels('stress', plan);
  // From a quarter to half of the peak in 30 s, then to the peak in 30 s.
  assert.deepEqual([levels[0]?.load, levels[5]?.load, levels[11]?.load], [650, 1150, 2300]);
  assert.equal((levels.at(-1)?.to ?? 0) - (levels[0]?.from ?? 0), 60_000);
  const { plan: closed } = planOf({ LOAD_PROFILE: 'stress', LOAD_VUS: '100' });
  assert.ok((loadLevels('stress', closed).at(-1)?.load ?? 0) < 100, 'virtual users in the closed model');
  for (const profile of ['load', 'soak', 'spike'] as const) assert.deepEqual(loadLevels(profile, plan), []);
});

const curve = (...ys: number[]) => ys.map((y, index) => ({ x: (index + 1) * 500, y }));

test('the knee is the last point before latency explodes', () => {
  assert.equal(kneeOf(curve(3, 3, 3, 4, 5, 2000)), 4);
  assert.equal(kneeOf(curve(3, 3, 3, 50, 800, 1500, 2000)), 3);
});

test('latency that rises evenly, hardly, or not at all has no knee', () => {
  assert.equal(kneeOf(curve(3, 6, 9, 12, 15, 18)), undefined);
  assert.equal(kneeOf(curve(3, 3.1, 3, 3.2, 3.1, 3.2)), undefined);
  assert.equal(kneeOf(curve(3, 3, 3, 3)), undefined);
  assert.equal(kneeOf(curve(3, 3, 2000)), undefined, 'too few points');
});

test('a queue with a known capacity has its knee below that capacity, and past half of it', () => {
  const cases = fc.record({
    capacity: fc.integer({ min: 500, max: 5000 }),
    service: fc.double({ min: 0.5, max: 20, noNaN: true }),
  });
  fc.assert(
    fc.property(cases, ({ capacity, service }) => {
      // An M/M/1 queue: latency is service time / (1 − utilization).
      const points = Array.from({ length: 12 }, (_, step) => {
        const utilization = (step + 1) / 12.5;
        return { x: utilization * capacity, y: service / (1 - utilization) };
      });
      const knee = points[kneeOf(points) ?? -1]?.x ?? 0;
      assert.ok(knee > capacity / 2 && knee < capacity, `${knee} of ${capacity}`);
    }),
  );
});

const LEVEL = {
  from: 0,
  to: 1000,
  load: 900,
  operations: 900,
  perSecond: 900,
  p50: 1,
  p95: 2,
  p99: 3,
  errors: 0,
  conflicts: 0,
};
const sample = (k6: number, node: number, busy: number) => ({
  at: 500,
  busy,
  usage: { k6: { cpu: k6, memory: 0 }, 'surreal-1': { cpu: node, memory: 0 } },
});
const factor = (k6: number, node: number, busy: number, conflicts = 0) =>
  limitingFactor({ ...LEVEL, conflicts }, cpuBetween([sample(k6, node, busy)], 0, 1000), 4);

test('what limited a load is named by what was measured', () => {
  assert.match(factor(3.5, 0.2, 4), /^The generator's CPU: generator 3\.5, nodes 0\.2/);
  assert.match(factor(0.5, 2.5, 3.9), /^The CPU of this machine, .* most of it went to the nodes/);
  assert.match(factor(0.5, 0.5, 3.9), /most of it went to the other processes: .* 2\.9 of 4 cores/);
  assert.match(factor(0.5, 0.5, 1.2, 0.4), /^Concurrent transactions: 40 % of the attempts/);
  assert.match(factor(0.5, 0.5, 1.2), /^Not the CPU of this machine/);
  assert.match(limitingFactor(LEVEL, undefined, 4), /^No CPU was measured/);
});

test('the report of a run with rising load shows the curve with its knee, and the figures as a table', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'run');
  await inventRun(path, { operations: 12_000, length: 60_000, rising: true });
  const page = await readFile(await writeReport(path), 'utf8');
  assert.match(page, /Knee at 1000 iterations\/s: p95 latency/);
  assert.match(page, /class="knee"/);
  assert.match(page, /\(knee\)/);
  assert.match(page, /What limited it<\/b> at/);
});
