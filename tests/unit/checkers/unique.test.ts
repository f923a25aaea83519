import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUnique } from '../../../lib/core/checkers/unique.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn } from '../../support/operations.ts';

const insert = (who: number, outcome: Outcome = 'ok') => ({ f: 'insert', key: 'k', value: who, outcome }) as const;
const table = (...rows: [string, number][]) => ({ f: 'final-read', value: rows }) as const;
const check = (...operations: Fields[]) => checkUnique(inTurn(...operations));

test('one winner per key is right', () => {
  assertAnomalies(check(insert(1), insert(2, 'failed'), insert(3, 'conflict'), table(['k', 1])), []);
});

test('an insert of unknown outcome may have won, or not', () => {
  assertAnomalies(check(insert(1, 'unknown'), insert(2, 'failed'), table(['k', 1])), []);
  assertAnomalies(check(insert(1, 'unknown'), table()), []);
  assertAnomalies(check(insert(1, 'unknown'), insert(2), table(['k', 2])), []);
});

test('an insert that had not ended when the final read began may be missing', () => {
  assertAnomalies(check({ ...insert(1), end: 10 }, table()), []);
});

for (const { name, operations, kinds } of [
  { name: 'two winners', operations: [insert(1), insert(2)], kinds: ['duplicate'] },
  {
    name: 'two rows of one key',
    operations: [insert(1), insert(2, 'unknown'), table(['k', 1], ['k', 2])],
    kinds: ['duplicate', 'lost update'],
  },
  { name: 'a winner that is gone', operations: [insert(1), table()], kinds: ['lost'] },
  {
    name: 'a winner that was overwritten',
    operations: [insert(1), insert(2, 'unknown'), table(['k', 2])],
    kinds: ['lost update'],
  },
  { name: 'a row of one that was refused', operations: [insert(1, 'failed'), table(['k', 1])], kinds: ['dirty read'] },
  { name: 'a row of nobody', operations: [insert(1), table(['k', 1], ['other', 7])], kinds: ['unexpected'] },
] as const)
  test(`a unique checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('without inserts nothing is known', () => {
  assert.equal(check().valid, 'unknown');
});
