import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { planLoad, withBackground } from '../../../lib/core/load/load-plan.ts';
import { PROFILES } from '../../../lib/core/load/profiles.ts';
import { dueTime, timetablesOf, usersAt, usersOf, withOwnTime } from '../../../lib/core/load/timetable.ts';

const profiles = fc.constantFrom(...(Object.keys(PROFILES) as (keyof typeof PROFILES)[]));

test('the iterations of a phase are those that k6 plans, each after the one before', () => {
  fc.assert(
    fc.property(
      profiles,
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 60 }),
      (profile, rate, seconds) => {
        const plan = planLoad('writes', { profile, rate, vus: undefined, duration: seconds * 1000 });
        const timetables = timetablesOf(plan);
        assert.deepEqual(
          timetables.slice(1).map(({ name, start }) => ({ name, start })),
          plan.measured.map(({ name, start }) => ({ name, start })),
        );
        for (const [at, timetable] of timetables.slice(1).entries()) {
          const planned = plan.measured[at]?.planned ?? 0;
          let number = 0;
          let before = -1;
          for (
            let due = dueTime(timetable, 0);
            due !== undefined && number < 3000;
            due = dueTime(timetable, ++number)
          ) {
            assert.ok(due >= before && due < timetable.end - timetable.start, `${due} follows ${before}`);
            before = due;
          }
          if (number < 3000) assert.ok(Math.abs(number - planned) <= 1, `${number} of ${planned}`);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a rate is kept from the first iteration on', () => {
  const [, timetable] = timetablesOf(
    planLoad('writes', { profile: 'smoke', rate: 100, vus: undefined, duration: 2000 }),
  );
  assert.ok(timetable !== undefined);
  assert.deepEqual(
    [0, 1, 150, 199, 200].map((number) => dueTime(timetable, number)),
    [0, 10, 1500, 1990, undefined],
  );
});

test('users of the closed model come and go evenly', () => {
  const plan = planLoad('writes', { profile: 'stress', rate: undefined, vus: 40, duration: 60_000 });
  for (const timetable of timetablesOf(plan)) {
    const users = Array.from({ length: 50 }, (_, at) =>
      usersAt(timetable, ((timetable.end - timetable.start) * at) / 49),
    );
    assert.ok(users.every((count) => count >= 0 && count <= 40));
  }
});

test('a plan with its own time has one iteration of k6 a user, and what was beside the phases', () => {
  const plan = withBackground(
    planLoad('changefeed', { profile: 'smoke', rate: 50, vus: undefined, duration: 3000 }),
    4,
  );
  const own = withOwnTime(plan);
  assert.deepEqual(Object.keys(own.scenarios).toSorted(), ['background', 'load', 'verify']);
  assert.equal(own.scenarios.load?.vus, usersOf(plan));
  assert.equal(usersOf(plan) + 4, plan.vus);
});
