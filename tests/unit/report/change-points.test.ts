// A change of level over many runs is found where it is, and noise is not taken for one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../../../lib/core/random/random.ts';
import { changePointsOf, FEWEST, MOST } from '../../../lib/node/report/trends/change-points.ts';

/** Nearly normal noise: the sum of twelve uniform numbers. */
function noise(seed: number): () => number {
  const random = randomStream(seed);
  return () => Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6;
}

/** Values around 10 with noise of so much; each level lasts so many values. */
function levels(seed: number, sigma: number, ...steps: readonly (readonly [level: number, count: number])[]): number[] {
  const next = noise(seed);
  return steps.flatMap(([level, count]) => Array.from({ length: count }, () => level * (1 + sigma * next())));
}

const shares = (trials: number, values: (seed: number) => number[], holds: (at: number[]) => boolean): number =>
  Array.from({ length: trials }, (_, seed) => changePointsOf(values(seed + 1)).map(({ at }) => at)).filter(holds)
    .length / trials;

test('a step of three times the noise is found where it is, whatever its place and direction', () => {
  const cases = fc.record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    before: fc.integer({ min: 10, max: 30 }),
    after: fc.integer({ min: 10, max: 30 }),
    factor: fc.constantFrom(1.2, 1 / 1.2, 2, 0.5),
  });
  fc.assert(
    fc.property(cases, ({ seed, before, after, factor }) => {
      const values = levels(seed, 0.03, [10, before], [10 * factor, after]);
      const nearest = changePointsOf(values).find(({ at }) => Math.abs(at - before) <= 2);
      assert.ok(nearest, `none near ${before}`);
      assert.ok(Math.abs(nearest.after / nearest.before / factor - 1) < 0.1, `${nearest.before} to ${nearest.after}`);
      assert.ok(nearest.p <= 0.01);
    }),
    { numRuns: 60 },
  );
});

test('noise alone has a change point in about one of a hundred series, whatever its distribution', () => {
  const normal = (seed: number) => levels(seed, 0.05, [10, 30]);
  const skewed = (seed: number) => normal(seed).map((value) => Math.exp(value * 2));
  // 300 series, each flagged with probability 0.01: more than 10 happen once in 3000 times.
  for (const values of [normal, skewed]) assert.ok(shares(300, values, ({ length }) => length > 0) <= 10 / 300);
});

test('two steps are two changes, each with the medians beside it', () => {
  const [up, down, ...more] = changePointsOf(levels(7, 0.02, [10, 15], [12, 15], [10.5, 15]));
  assert.deepEqual([up?.at, down?.at, more], [15, 30, []]);
  assert.ok(Math.abs((up?.after ?? 0) - 12) < 0.3 && Math.abs((down?.before ?? 0) - 12) < 0.3);
});

test('a rise of one per cent a run is found among noise of five', () => {
  const rising = (seed: number) => levels(seed, 0.05, [10, 30]).map((value, run) => value * (1 + 0.01 * run));
  assert.ok(shares(60, rising, ({ length }) => length > 0) >= 0.9);
});

test('one outlier, even the newest, does not change the level', () => {
  const calm = levels(4, 0.02, [10, 20]);
  assert.deepEqual(changePointsOf([...calm.slice(0, -1), 100]), []);
  assert.deepEqual(changePointsOf([...calm.slice(0, 10), 100, ...calm.slice(11)]), []);
});

test('too few values, or values that are all the same, have no change', () => {
  const step = [...Array.from({ length: FEWEST }, () => 1), ...Array.from({ length: FEWEST - 1 }, () => 2)];
  assert.deepEqual(changePointsOf(step), []);
  assert.deepEqual(changePointsOf(Array.from({ length: 20 }, () => 5)), []);
  assert.deepEqual(changePointsOf([]), []);
});

test('places count from the oldest value, although only the newest are looked at', () => {
  const values = levels(5, 0.02, [10, MOST], [12, 20]);
  assert.deepEqual(
    changePointsOf(values).map(({ at }) => at),
    [MOST],
  );
});

test('the same values give the same answer', () => {
  const values = levels(9, 0.05, [10, 20], [10.6, 20]);
  assert.deepEqual(changePointsOf(values), changePointsOf(values));
});
