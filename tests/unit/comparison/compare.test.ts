import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type CompareOptions,
  compareRounds,
  DEFAULT_TOLERANCE,
  type MetricComparison,
  MOST_ROUNDS,
  type Round,
} from '../../../lib/core/comparison/compare-rounds.ts';
import { inventRounds } from '../../support/rounds.ts';

const PAIRED: CompareOptions = { design: 'paired', tolerance: DEFAULT_TOLERANCE };

function verdictsOf(a: readonly Round[], b: readonly Round[], options = PAIRED): Record<string, MetricComparison> {
  return Object.fromEntries(compareRounds(a, b, options).map((metric) => [metric.name, metric]));
}

test('a slower arm is worse, a faster one better, one without difference the same', () => {
  const a = inventRounds(1, 12, 1, 0.02);
  assert.equal(verdictsOf(a, inventRounds(2, 12, 1.3, 0.02)).p50?.verdict, 'worse');
  assert.equal(verdictsOf(a, inventRounds(2, 12, 0.7, 0.02)).p50?.verdict, 'better');
  const same = verdictsOf(a, inventRounds(2, 12, 1, 0.02));
  assert.equal(same.p50?.verdict, 'same');
  assert.equal(same.errors?.verdict, 'same');
});

test('more of a rate is better, and a share is compared by its difference', () => {
  const arm = (rate: number, errors: number): Round[] =>
    Array.from({ length: 8 }, (_, index) => [
      { name: 'throughput', unit: '/s', better: 'higher', scale: 'ratio', value: rate + index },
      { name: 'errors', unit: '%', better: 'lower', scale: 'difference', value: errors },
    ]);
  const { throughput, errors } = verdictsOf(arm(1000, 0), arm(700, 0.5));
  assert.equal(throughput?.verdict, 'worse');
  assert.equal(errors?.verdict, 'worse');
  assert.equal(errors?.change, 0.5);
});

test('the change is the ratio of what both arms took', () => {
  const a = inventRounds(5, 10);
  const twice = a.map((round) => round.map((metric) => ({ ...metric, value: metric.value * 2 })));
  const { p50 } = verdictsOf(a, twice);
  assert.equal(p50?.change.toFixed(9), '1.000000000');
  assert.deepEqual(
    p50?.interval?.map((bound) => bound.toFixed(9)),
    ['1.000000000', '1.000000000'],
  );
});

test('swapping the arms turns better and worse around, and leaves the rest', () => {
  const seeds = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }));
  const turned = { better: 'worse', worse: 'better', same: 'same', inconclusive: 'inconclusive' } as const;
  fc.assert(
    fc.property(
      seeds,
      fc.integer({ min: 6, max: 14 }),
      fc.double({ min: 0.6, max: 1.6, noNaN: true }),
      ([x, y], n, level) => {
        const [a, b] = [inventRounds(x, n), inventRounds(y, n, level)];
        const [there, back] = [verdictsOf(a, b), verdictsOf(b, a)];
        for (const [name, metric] of Object.entries(there)) {
          assert.equal(back[name]?.verdict, turned[metric.verdict], name);
          assert.ok(Math.abs((back[name]?.p ?? Number.NaN) - metric.p) < 1e-9, `${name}: p ${metric.p}`);
        }
      },
    ),
  );
});

test('an arm against itself is never different', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 20 }), (seed, n) => {
      const arm = inventRounds(seed, n, 1, 0.2);
      for (const { verdict, change } of compareRounds(arm, arm, PAIRED)) {
        assert.equal(change, 0);
        assert.ok(verdict === 'same' || (verdict === 'inconclusive' && n < 6));
      }
    }),
  );
});

test('of two hundred comparisons of like with like, no more than one in twenty calls any metric different', () => {
  for (const design of ['paired', 'unpaired'] as const) {
    let wrong = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const metrics = compareRounds(inventRounds(seed, 10, 1, 0.1), inventRounds(seed + 5000, 10, 1, 0.1), {
        ...PAIRED,
        design,
      });
      if (metrics.some(({ verdict }) => verdict === 'worse' || verdict === 'better')) wrong++;
    }
    assert.ok(wrong <= 10, `${design}: ${wrong} of 200`);
  }
});

test('a drift that hits both arms does not hide a difference between neighbours', () => {
  const drift = (rounds: Round[]): Round[] =>
    rounds.map((round, index) => round.map((metric) => ({ ...metric, value: metric.value * 1.15 ** index })));
  const [a, b] = [drift(inventRounds(3, 12, 1, 0.02)), drift(inventRounds(4, 12, 1.2, 0.02))];
  assert.equal(verdictsOf(a, b, { ...PAIRED, tolerance: { percent: 5, points: 0.1 } }).p50?.verdict, 'worse');
  assert.equal(verdictsOf(a, b, { ...PAIRED, design: 'unpaired' }).p50?.verdict, 'inconclusive');
});

test('what is open says how many rounds would decide it, and they do', () => {
  const options = PAIRED;
  const few = verdictsOf(inventRounds(11, 6, 1, 0.08), inventRounds(12, 6, 1.12, 0.08), options).p50;
  assert.equal(few?.verdict, 'inconclusive');
  const { roundsToDecide = 0 } = few ?? {};
  assert.ok(roundsToDecide > 6 && roundsToDecide <= MOST_ROUNDS);
  const n = Math.max(roundsToDecide, 40);
  assert.equal(
    verdictsOf(inventRounds(11, n, 1, 0.08), inventRounds(12, n, 1.12, 0.08), options).p50?.verdict,
    'worse',
  );
});

test('fewer than six rounds prove nothing, however large the difference', () => {
  const { p50 } = verdictsOf(inventRounds(1, 5), inventRounds(2, 5, 10));
  assert.equal(p50?.verdict, 'inconclusive');
  assert.ok((p50?.roundsToDecide ?? 0) >= 6);
});

test('slices of one run each call nothing different that is less than twofold', () => {
  const slices: CompareOptions = { ...PAIRED, design: 'slices' };
  const a = inventRounds(1, 10, 1, 0.02);
  const near = verdictsOf(a, inventRounds(2, 10, 1.6, 0.02), slices).p50;
  assert.equal(near?.verdict, 'inconclusive');
  assert.equal(near?.roundsToDecide, undefined);
  assert.equal(verdictsOf(a, inventRounds(2, 10, 2.5, 0.02), slices).p50?.verdict, 'worse');
});

test('metrics that a round lacks are left out; others may be chosen by kind', () => {
  const a = inventRounds(1, 8);
  const without = inventRounds(2, 8).map((round, index) => (index === 3 ? round.slice(0, 1) : round));
  assert.deepEqual(Object.keys(verdictsOf(a, without)), ['p50']);
  assert.deepEqual(Object.keys(verdictsOf(a, a, { ...PAIRED, kinds: ['p95', 'errors'] })), ['p95', 'errors']);
  assert.deepEqual(compareRounds([], [], PAIRED), []);
});

test('a ratio to nothing is not compared', () => {
  const nothing = inventRounds(1, 8).map((round) => round.map((metric) => ({ ...metric, value: 0 })));
  assert.deepEqual(Object.keys(verdictsOf(nothing, nothing)), ['errors']);
});
