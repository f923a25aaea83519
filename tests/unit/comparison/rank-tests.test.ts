import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leastP, median, pairedShift, unpairedShift } from '../../../lib/core/comparison/rank-tests.ts';

const near = (actual: number, expected: number, by = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= by, `${actual} is not ${expected}`);

/** Two-sided signed-rank p by looking at all 2ⁿ signs. */
function exactP(differences: readonly number[]): number {
  const ranked = [...differences].sort((x, y) => Math.abs(x) - Math.abs(y));
  const sumOf = (positive: (index: number) => boolean) =>
    ranked.reduce((sum, _, index) => sum + (positive(index) ? index + 1 : 0), 0);
  const seen = sumOf((index) => (ranked[index] ?? 0) > 0);
  const all = Array.from({ length: 2 ** ranked.length }, (_, signs) => sumOf((index) => ((signs >> index) & 1) === 1));
  const tail = Math.min(all.filter((sum) => sum <= seen).length, all.filter((sum) => sum >= seen).length);
  return Math.min(1, (2 * tail) / all.length);
}

const distinct = fc
  .uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 10 })
  .chain((sizes) =>
    fc
      .array(fc.boolean(), { minLength: sizes.length, maxLength: sizes.length })
      .map((signs) => sizes.map((size, index) => (signs[index] ? size : -size))),
  );

test('the p of pairs is that of all possible signs', () => {
  fc.assert(
    fc.property(distinct, (differences) => {
      near(
        pairedShift(
          differences.map(() => 0),
          differences,
        ).p,
        exactP(differences),
      );
    }),
  );
});

test('Hollander and Wolfe, example 3.1: the published estimate and p', () => {
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const { estimate, interval, p } = pairedShift(before, after);
  near(estimate, -0.46, 1e-9);
  near(p, 0.0390625);
  assert.deepEqual(
    interval?.map((bound) => Number(bound.toFixed(3))),
    [-0.786, -0.01],
  );
});

test('swapping the arms turns the shift around and nothing else', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 8, maxLength: 8 });
  for (const shift of [pairedShift, unpairedShift])
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [there, back] = [shift(a, b), shift(b, a)];
        near(there.estimate, -back.estimate);
        near(there.p, back.p);
        near(there.interval?.[0] ?? 0, -(back.interval?.[1] ?? 0));
      }),
    );
});

test('adding a constant to one arm moves estimate and interval by it', () => {
  const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 10, maxLength: 10 });
  for (const shift of [pairedShift, unpairedShift])
    fc.assert(
      fc.property(values, values, fc.integer({ min: -50, max: 50 }), (a, b, more) => {
        const moved = shift(
          a,
          b.map((value) => value + more),
        );
        const still = shift(a, b);
        near(moved.estimate, still.estimate + more, 1e-6);
        near(moved.interval?.[0] ?? 0, (still.interval?.[0] ?? 0) + more, 1e-6);
      }),
    );
});

test('too few rounds have no interval and can prove nothing', () => {
  for (const rounds of [1, 2, 3, 4, 5]) {
    const { p, interval } = pairedShift(Array(rounds).fill(1), [2, 3, 4, 5, 6].slice(0, rounds));
    assert.equal(interval, undefined);
    assert.ok(p > 0.05, `${rounds} pairs`);
  }
  near(leastP(6), 2 / 64);
});

test('arms without any scatter: nothing, and something', () => {
  assert.deepEqual(pairedShift([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]), { estimate: 0, p: 1, interval: [0, 0] });
  assert.equal(unpairedShift([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]).p, 1);
  assert.ok(unpairedShift([0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]).p < 0.01);
});

test('median', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});
