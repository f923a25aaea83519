import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type K6Scenario, phaseAt, phaseEnd, planLoad } from '../../../lib/core/load/load-plan.ts';
import { PROFILE_NAMES, PROFILES, type Profile } from '../../../lib/core/load/profiles.ts';

const ms = (time: unknown): number => Number.parseInt(String(time), 10);

/** When a phase of k6 may still have iterations under way. */
function endOf(scenario: K6Scenario): number {
  const stages = (scenario.stages ?? [{ duration: scenario.duration ?? '0ms' }]) as { duration: string }[];
  return (
    ms(scenario.startTime) + stages.reduce((sum, { duration }) => sum + ms(duration), 0) + ms(scenario.gracefulStop)
  );
}

const request = fc.record({
  profile: fc.constantFrom(...PROFILE_NAMES),
  load: fc.oneof(
    fc.constant({}),
    fc.record({ rate: fc.integer({ min: 1, max: 100_000 }) }),
    fc.record({ vus: fc.integer({ min: 1, max: 999 }) }),
  ),
  duration: fc.option(fc.integer({ min: 1000, max: 7_200_000 }), { nil: undefined }),
  warmUp: fc.option(fc.nat(60_000), { nil: undefined }),
});

test('phases never overlap and each user is allocated once, so that verify reaches every user', () => {
  fc.assert(
    fc.property(request, ({ profile, load, duration, warmUp }) => {
      fc.pre(!(profile === 'breakpoint' && 'vus' in load));
      const plan = planLoad('writes', { rate: undefined, vus: undefined, ...load, profile, duration, warmUp });
      const { verify, ...phases } = plan.scenarios;
      const inOrder = Object.values(phases).sort((a, b) => ms(a.startTime) - ms(b.startTime));
      for (const [index, phase] of inOrder.entries()) {
        const next = inOrder[index + 1] ?? verify;
        assert.ok(next !== undefined && endOf(phase) <= ms(next.startTime));
        const users = [phase.vus, phase.startVUs, phase.maxVUs].filter((value) => value !== undefined) as number[];
        const targets = ((phase.stages ?? []) as { target: number }[]).map(({ target }) => target);
        assert.ok(Math.max(...users, ...(plan.model === 'closed' ? targets : [])) <= plan.vus);
        assert.equal(phase.preAllocatedVUs, phase.maxVUs);
      }
      assert.equal(verify?.vus, plan.vus);
      assert.equal(verify?.iterations, 1);
    }),
  );
});

test('stages of a profile fill its duration and reach its peak', () => {
  for (const [name, profile] of Object.entries<Profile>(PROFILES)) {
    if (profile.rungs !== undefined) continue;
    const shares = profile.stages.reduce((sum, { share }) => sum + share, 0);
    assert.ok(Math.abs(shares - 1) < 1e-9, name);
    assert.equal(Math.max(profile.from, ...profile.stages.map(({ level }) => level)), 1, name);
  }
});

test('the default of load goes from 10 to 50 users in the closed model', () => {
  const { scenarios } = planLoad('writes', { profile: 'load', rate: undefined, vus: 50, duration: undefined });
  const stages = scenarios.writes?.stages as { target: number }[] | undefined;
  assert.deepEqual([scenarios.writes?.startVUs, stages?.at(-1)?.target], [10, 50]);
});

test('breakpoint rises in equal steps to its peak', () => {
  const { measured } = planLoad('writes', { profile: 'breakpoint', rate: 1200, vus: undefined, duration: 60_000 });
  assert.deepEqual(
    measured.map(({ rate }) => rate),
    [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100, 1200],
  );
  assert.ok(measured.every(({ milliseconds }) => milliseconds === 5000));
});

test('without a warm-up, what is measured begins at once', () => {
  const load = { profile: 'smoke', rate: undefined, vus: 8, duration: 6000 } as const;
  const [plan, usual] = [planLoad('writes', { ...load, warmUp: 0 }), planLoad('writes', load)];
  assert.deepEqual(Object.keys(plan.scenarios), ['writes', 'verify']);
  assert.equal(plan.measured[0]?.start, 0);
  assert.equal(plan.warmUpOperations, 0);
  assert.equal(phaseAt(plan, 0), 'writes');
  assert.equal(planLoad('writes', { ...load, warmUp: 3000 }).loadEnds, usual.loadEnds + 1000);
});

test('a phase ends before the next one begins', () => {
  const plan = planLoad('writes', { profile: 'smoke', rate: undefined, vus: 8, duration: 6000 });
  const [{ start, milliseconds } = { start: 0, milliseconds: 0 }] = plan.measured;
  assert.equal(phaseEnd(plan, 0), plan.warmUp);
  assert.ok(plan.warmUp < start);
  assert.equal(phaseEnd(plan, start - 1), plan.warmUp, 'between two phases the last one has ended');
  assert.equal(phaseEnd(plan, start), start + milliseconds);
  assert.equal(phaseEnd(plan, plan.loadEnds), start + milliseconds);
});
