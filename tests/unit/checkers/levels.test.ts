import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import {
  ISOLATION_LEVELS,
  type IsolationLevel,
  includedLevels,
} from '../../../lib/core/checkers/transactions/isolation-levels.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { isConsistentWith } from '../../support/brute-force.ts';
import { historyOf, historyText, levelHistories } from '../../support/level-histories.ts';
import { RUNS } from '../../support/simulations.ts';

const validAt = (expect: IsolationLevel, history: readonly Operation[]): boolean =>
  checkAppend(history, { expect, order: 'realtime' }).valid !== 'invalid';

/** The smallest history that one level allows and the other forbids, by the definitions taken literally. */
function tellingApart(allows: IsolationLevel, forbids: IsolationLevel): string | undefined {
  const same = fc.property(
    levelHistories,
    (history) => !isConsistentWith(allows, history) || isConsistentWith(forbids, history),
  );
  const [history] = fc.check(same, { numRuns: 20_000, seed: 1 }).counterexample ?? [];
  return history && historyText(history);
}

for (const allows of ISOLATION_LEVELS)
  for (const forbids of ISOLATION_LEVELS)
    if (!includedLevels(allows).has(forbids))
      test(`a history tells ${allows} from ${forbids}, and the checker agrees`, (context) => {
        const text = tellingApart(allows, forbids);
        assert.ok(text !== undefined, 'no history was found');
        context.diagnostic(text);
        assert.ok(validAt(allows, historyOf(text)), `${allows} allows ${text}`);
        assert.ok(!validAt(forbids, historyOf(text)), `${forbids} forbids ${text}`);
      });
    else
      test(`whatever ${allows} allows, ${forbids} allows`, () => {
        fc.assert(
          fc.property(levelHistories, (history) => !validAt(allows, history) || validAt(forbids, history)),
          { numRuns: RUNS.numRuns / 4 },
        );
      });

for (const level of ['read-uncommitted', 'read-committed'] as const)
  test(`any small history is ${level} exactly if the definition says so`, () => {
    fc.assert(
      fc.property(levelHistories, (history) => {
        assert.equal(validAt(level, history), isConsistentWith(level, history), historyText(history));
      }),
      { numRuns: RUNS.numRuns * 10 },
    );
  });

// Without a read that shows all appends the checker may miss what only follows from trying every order of them.
for (const level of ISOLATION_LEVELS)
  test(`no small history is called a violation of ${level} if the definition allows it`, () => {
    fc.assert(
      fc.property(levelHistories, (history) => !isConsistentWith(level, history) || validAt(level, history)),
      { numRuns: RUNS.numRuns * 2 },
    );
  });

for (const { name, level, history, valid } of [
  {
    name: 'a read after an own append that ends in another append',
    level: 'read-committed',
    history: '0@0-9 ax1rx12, 1@0-9 ax2',
    valid: false,
  },
  {
    name: 'a circle through a failed transaction',
    level: 'read-uncommitted',
    history: '0@0-9! ax1ax3, 1@0-9 ryax2, 2@0-9 ay1rx123',
    valid: true,
  },
  {
    name: 'dirty writes across a failed transaction',
    level: 'read-uncommitted',
    history: '0@0-9 ax1ay1, 1@0-9! ax9ay9, 2@0-9 ax2ay2, 3@0-9 rx192ry291',
    valid: false,
  },
  {
    name: 'dirty writes by the longest of reads that contradict each other',
    level: 'read-uncommitted',
    history: '0@0-9 ay4ax5rx5ry4, 1@0-9 ax6ay7, 2@0-9 rx65',
    valid: false,
  },
  {
    name: 'appends of one transaction in another order',
    level: 'snapshot-isolation',
    history: '0@0-9 ax1ax2, 1@0-9 rx21',
    valid: false,
  },
] as const)
  test(`weak levels: ${name}`, () => assert.equal(validAt(level, historyOf(history)), valid));

test('a lost update is named although later reads contradict the reads before', () => {
  const history = historyOf('0@0-9 rxax1, 1@0-9 rxax2, 2@20-29 rx1, 3@30-39 rx23, 4@40-49 ax3');
  const kinds = checkAppend(history).anomalies.map(({ kind }) => kind);
  assert.deepEqual(kinds.sort(), ['incompatible order', 'lost update']);
});

test('a lost update is named although the version that both read is not in the version order', () => {
  const history = historyOf('0@0-9 ax9, 1@10-19 rx9ax1, 2@10-19 rx9ax2, 3@20-29 rx34, 4@20-29 ax3, 5@20-29 ax4');
  assert.ok(checkAppend(history).anomalies.some(({ kind }) => kind === 'lost update'));
});

test('transactions that never met say nothing about isolation', () => {
  const apart = historyOf('0@0-1 ax1, 1@2-3 ay1');
  assert.equal(checkAppend(apart).valid, 'valid');
  assert.deepEqual(checkAppend(apart).levels, []);
  assert.match(checkAppend(apart).explanation, /^Nothing could be inferred/);
  assert.equal(checkAppend(apart, { expect: 'serializable' }).valid, 'unknown');
});

test('evidence of a cycle gives its edges as data', () => {
  const [anomaly] = checkAppend(historyOf('0@0-9 ax1ay1, 1@0-9 ax2ry, 2@0-9 rx12')).anomalies;
  assert.deepEqual(anomaly?.first.cycle, [
    { from: 0, to: 1, kind: 'ww', key: 'x', versions: [1, 2] },
    { from: 1, to: 0, kind: 'rw', key: 'y', versions: [[], 1] },
  ]);
});
