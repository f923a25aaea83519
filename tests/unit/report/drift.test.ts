// Slow drift over many runs is found, and noise is not taken for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../../../lib/core/random/random.ts';
import { driftOf, FEWEST_RUNS } from '../../../lib/node/report/drift.ts';

/** p95 of runs: 10 ms with noise of some per cent, and a rise a run. */
function invented(seed: number, runs: number, { noise, rise }: { noise: number; rise: number }): number[] {
  const random = randomStream(seed);
  // The sum of twelve uniform numbers is nearly normal.
  const normal = () => Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6;
  return Array.from({ length: runs }, (_, run) => 10 * (1 + rise * run) * (1 + noise * normal()));
}

const flagged = (trials: number, runs: number, how: { noise: number; rise: number }): number =>
  Array.from({ length: trials }, (_, seed) => driftOf(invented(seed + 1, runs, how))).filter(Boolean).length;

test('a rise of one per cent a run is found among noise of five', () => {
  assert.ok(flagged(200, 30, { noise: 0.05, rise: 0.01 }) >= 190);
  const { change = 0 } = driftOf(invented(1, 30, { noise: 0.05, rise: 0.01 })) ?? {};
  assert.ok(change > 0.1 && change < 0.5, String(change));
});

test('noise alone is flagged in less than one of fifty', () => {
  for (const noise of [0.05, 0.3]) assert.ok(flagged(500, 20, { noise, rise: 0 }) <= 10, `noise ${noise}`);
});

test('a fall is a drift as well, and one outlier is none', () => {
  const falling = invented(3, 20, { noise: 0.02, rise: -0.02 });
  assert.ok((driftOf(falling)?.change ?? 0) < -0.1);
  const calm = invented(4, 20, { noise: 0.02, rise: 0 });
  assert.equal(driftOf([...calm.slice(0, -1), 100]), undefined);
});

test('too few runs, or runs that are all the same, are not drift', () => {
  assert.equal(driftOf(Array.from({ length: FEWEST_RUNS - 1 }, (_, run) => run)), undefined);
  assert.equal(driftOf(Array.from({ length: 20 }, () => 5)), undefined);
});
