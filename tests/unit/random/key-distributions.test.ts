import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  latestOf,
  scrambledZipfian,
  uniform,
  ZIPFIAN_CONSTANT,
  zeta,
  zipfianRanks,
} from '../../../lib/core/random/key-distributions.ts';
import { quickStream } from '../../../lib/core/random/random.ts';

const DRAWS = 200_000;

function exactZeta(n: number): number {
  let sum = 0;
  for (let i = n; i >= 1; i--) sum += i ** -ZIPFIAN_CONSTANT;
  return sum;
}

test('zeta is within its stated error of the sum, and of the constant that YCSB has computed for its ten thousand million', () => {
  for (const n of [1, 2, 99, 100, 101, 1000, 123_456, 1_000_000])
    assert.ok(Math.abs(zeta(n) - exactZeta(n)) < 1e-9, `zeta(${n})`);
  assert.ok(Math.abs(zeta(1e10) - 26.46902820178302) < 1e-7);
});

/** Pearson's statistic over buckets; for k buckets it has mean k-1 and variance 2(k-1). */
function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const draws = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count, at) => {
    const expected = draws * (probabilities[at] ?? 0);
    return sum + (count - expected) ** 2 / expected;
  }, 0);
}

/** Five standard deviations: with fixed seeds a failure is a defect, not bad luck. */
function assertFits(counts: readonly number[], probabilities: readonly number[]): void {
  const freedom = counts.length - 1;
  const statistic = chiSquare(counts, probabilities);
  assert.ok(Math.abs(statistic - freedom) < 5 * Math.sqrt(2 * freedom), `χ² ${statistic} of ${freedom}`);
}

/** Share of draws with a rank below k, by Gray's formula solved for its random number. */
function grayBelow(items: number, k: number): number {
  const zetaN = zeta(items);
  const eta = (1 - (2 / items) ** (1 - ZIPFIAN_CONSTANT)) / (1 - zeta(2) / zetaN);
  if (k === 1) return 1 / zetaN;
  return ((k / items) ** (1 - ZIPFIAN_CONSTANT) - 1 + eta) / eta;
}

for (const [items, seed] of [
  [1000, 1],
  [1_000_000, 2],
] as const)
  test(`zipfian ranks of ${items} follow Gray's law bucket by bucket`, () => {
    const bounds = [0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, items];
    const below = bounds.map((k) =>
      k === 0 ? 0 : k === items ? 1 : k === 2 ? zeta(2) / zeta(items) : grayBelow(items, k),
    );
    const probabilities = bounds.slice(1).map((_, at) => (below[at + 1] ?? 0) - (below[at] ?? 0));
    const counts = probabilities.map(() => 0);
    const draw = zipfianRanks(items, quickStream(seed));
    for (let i = 0; i < DRAWS; i++) {
      const rank = draw();
      const bucket = bounds.findIndex((bound) => bound > rank) - 1;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    assertFits(counts, probabilities);
  });

test("Gray's law is the Zipf law: exact for the two most frequent ranks, within three hundredths of all draws below any rank", () => {
  const items = 1_000_000;
  for (const k of [1, 2, 4, 16, 100, 1000, 100_000]) {
    const exact = exactZeta(k) / exactZeta(items);
    const gray = k === 2 ? zeta(2) / zeta(items) : grayBelow(items, k);
    assert.ok(Math.abs(gray - exact) < (k <= 2 ? 1e-9 : 0.03), `below ${k}: ${gray}, exact ${exact}`);
  }
});

test('scrambled zipfian: the frequent items are as frequent as in YCSB, and lie anywhere', () => {
  const items = 1000;
  const counts = new Map<number, number>();
  const draw = scrambledZipfian(items, quickStream(3));
  for (let i = 0; i < DRAWS; i++) {
    const key = draw();
    assert.ok(key >= 0 && key < items);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  // The first rank of ten thousand million has 1/26.469 of the draws; other ranks that fall on its item add a thousandth.
  assert.ok(Math.abs((sorted[0]?.[1] ?? 0) / DRAWS - 1 / 26.469) < 0.004);
  const top = sorted.slice(0, 10).map(([key]) => key);
  assert.ok(Math.max(...top) > items / 2 && Math.min(...top) < items / 2, String(top));
  assert.equal(counts.size, items);
});

test('uniform draws fit the uniform law', () => {
  const draw = uniform(50, quickStream(4));
  const drawn = Array<number>(50).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const key = draw();
    drawn[key] = (drawn[key] ?? 0) + 1;
  }
  assertFits(drawn, Array<number>(50).fill(1 / 50));
});

test('latest: the newest item is the most frequent, also while their number grows, and none is out of range', () => {
  const draw = latestOf(quickStream(5));
  let newest = 0;
  for (let i = 0; i < 20_000; i++) {
    const items = 1000 + Math.floor(i / 20);
    const key = draw(items);
    assert.ok(key >= 0 && key < items);
    if (key === items - 1) newest++;
  }
  assert.ok(Math.abs(newest / 20_000 - 1 / zeta(1500)) < 0.02, String(newest));
});
