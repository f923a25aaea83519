import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkInvariants, INVARIANT } from '../../../lib/core/checkers/invariants.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, historyOn, inTurn } from '../../support/operations.ts';

const reading = (rows: readonly unknown[], node = 'a'): Fields => ({
  f: INVARIANT,
  key: 'stock is never negative',
  value: rows,
  node,
});
const buy = (product: string): Fields => ({ f: 'buy', key: product, value: { with: { product } } });
const check = (...operations: Fields[]) => checkInvariants(historyOn(['a', 'b'], inTurn(...operations)));

test('readings without rows are right', () => {
  const verdict = check(buy('product:1'), reading([]), reading([], 'b'));
  assertAnomalies(verdict, []);
  assert.equal(verdict.counts.invariants, 1);
});

test('a row breaks the invariant; the evidence names invariant, node, row, and the operations on that record before', () => {
  const verdict = check(
    buy('product:1'),
    buy('product:2'),
    reading([{ id: 'product:1', stock: -1 }], 'b'),
    buy('product:1'),
  );
  assertAnomalies(verdict, ['broken invariant']);
  const [anomaly] = verdict.anomalies;
  assert.match(
    anomaly?.first.message ?? '',
    /"stock is never negative" was broken on b at 0\.02 s by 1 row: .*"product:1"/,
  );
  assert.deepEqual(
    anomaly?.first.operations.map(({ f, start }) => [f, start]),
    [
      ['buy', 0],
      [INVARIANT, 20],
    ],
  );
});

test('an operation that names the record as a parameter only is part of the evidence', () => {
  const note: Fields = { f: 'note', key: 'note:7', value: { with: { note: 'note:7', about: 'product:1' } } };
  const verdict = check(note, reading([{ id: 'product:1' }]));
  assert.deepEqual(
    verdict.anomalies[0]?.first.operations.map(({ f }) => f),
    ['note', INVARIANT],
  );
});

test('readings that were never answered leave the verdict unknown', () => {
  assert.equal(check({ ...reading([]), outcome: 'unknown' }).valid, 'unknown');
});

test('as many violations are counted as readings have rows', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (sizes) => {
      const verdict = check(
        ...sizes.map((size) => reading(Array.from({ length: size }, (_, at) => ({ id: `t:${at}` })))),
      );
      const broken = sizes.filter((size) => size > 0).length;
      assert.equal(verdict.anomalies[0]?.count ?? 0, broken);
      assert.equal(verdict.valid === 'invalid', broken > 0);
    }),
  );
});
