import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricComparison } from '../../../lib/core/comparison/compare-rounds.ts';
import {
  change,
  comparisonMarkdown,
  comparisonTable,
  markdownText,
} from '../../../lib/core/comparison/comparison-text.ts';
import { conclude, type JudgedRound, validPairs } from '../../../lib/core/comparison/comparison-verdict.ts';

const metric = (name: string, verdict: MetricComparison['verdict'], by = 0.2): MetricComparison => ({
  name,
  unit: 'ms',
  better: 'lower',
  scale: 'ratio',
  a: 1,
  b: 1 + by,
  change: by,
  interval: [by - 0.05, by + 0.05],
  p: 0.002,
  noise: 0.03,
  verdict,
});

const rounds = (pairs: number, trouble: Record<string, JudgedRound['findings']> = {}): JudgedRound[] =>
  Array.from({ length: pairs }, (_, pair) =>
    ['a', 'b'].map((arm) => ({ arm, pair, findings: trouble[`${arm}${pair}`] ?? [] })),
  ).flat();

const LOST = [{ kind: 'correctness', message: 'lost × 1: x was acknowledged but is not there' }];
const BUSY = [{ kind: 'validity', message: 'k6 did not keep its schedule.' }];

test('a broken invariant in either arm voids the comparison, however much faster it is', () => {
  for (const arm of ['a', 'b']) {
    const { state, headline } = conclude(rounds(10, { [`${arm}7`]: LOST }), [metric('p50', 'better', -0.5)], {
      wanted: 10,
    });
    assert.equal(state, 'void');
    assert.match(headline, new RegExp(`^${arm.toUpperCase()} broke an invariant: lost`));
  }
});

test('pairs with an invalid round are excluded; too many make the comparison invalid', () => {
  const two = rounds(10, { a3: BUSY, b5: BUSY });
  assert.deepEqual(validPairs(two), [0, 1, 2, 4, 6, 7, 8, 9]);
  assert.equal(conclude(two, [metric('p50', 'worse')], { wanted: 10 }).state, 'worse');
  const three = conclude(rounds(10, { a3: BUSY, b5: BUSY, b6: BUSY }), [metric('p50', 'worse')], { wanted: 10 });
  assert.equal(three.state, 'invalid');
  assert.match(three.headline, /^3 of 20 rounds are invalid\. k6 did not keep its schedule\.$/);
  assert.deepEqual(validPairs(rounds(3).slice(0, -1)), [0, 1], 'an interrupted pair');
});

test('the conclusion names what is worse, the largest first', () => {
  assert.equal(
    conclude(rounds(8), [metric('p50', 'worse', 0.1), metric('p95', 'worse', 0.4), metric('errors', 'same')], {
      wanted: 8,
    }).headline,
    'B is worse: p95 +40.0 % (+35.0 % … +45.0 %), p50 +10.0 % (+5.0 % … +15.0 %).',
  );
  assert.equal(
    conclude(rounds(8), [metric('p50', 'worse'), metric('p95', 'better', -0.3)], { wanted: 8 }).state,
    'mixed',
  );
  assert.equal(
    conclude(rounds(8), [metric('p50', 'same'), metric('p95', 'inconclusive')], { wanted: 8 }).state,
    'inconclusive',
  );
  assert.equal(conclude(rounds(8), [metric('p50', 'same')], { wanted: 8 }).state, 'same');
  assert.equal(conclude(rounds(8), [], { wanted: 8 }).state, 'invalid');
});

test('changes are written with their sign and unit', () => {
  assert.equal(change(0.2034, { scale: 'ratio' }), '+20.3 %');
  assert.equal(change(-0.5, { scale: 'ratio' }), '−50.0 %');
  assert.equal(change(1.5, { scale: 'ratio' }), '+150 %');
  assert.equal(change(-0.00001, { scale: 'ratio' }), '0.0 %');
  assert.equal(change(0.123, { scale: 'difference' }), '+0.12 pp');
});

test('names of other people’s making cannot become markup, a cell, a mention or a line', () => {
  const hostile = 'p50 of a|b<img src=x>`@everyone`\n# title [x](y)';
  const markdown = comparisonMarkdown([metric(hostile, 'worse')]);
  assert.equal(markdown.split('\n').length, 3);
  assert.ok(!markdown.includes('<img') && !markdown.includes('@everyone') && !markdown.includes('a|b'));
  assert.equal(markdownText('a*b_c'), 'a&#42;b&#95;c');
  assert.ok(comparisonTable([metric('p50', 'worse')]).includes('+20.0 %'));
});
