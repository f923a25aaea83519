import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCounter } from '../../../lib/core/checkers/counter.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn, operation } from '../../support/operations.ts';

const add = (value: number, outcome: Outcome = 'ok') => ({ f: 'add', key: 'c', value, outcome }) as const;
const read = (value: unknown) => ({ f: 'read', key: 'c', value }) as const;
const check = (...operations: Fields[]) => checkCounter(inTurn(...operations));

test('a counter that counts is right', () => {
  assertAnomalies(check(read(null), add(2), read(2), add(-3), read(-1)), []);
});

test('an add of unknown outcome may count, at any later time', () => {
  assertAnomalies(check(add(1, 'unknown'), read(0), read(1)), []);
  assertAnomalies(check(add(-1, 'unknown'), read(0), read(-1)), []);
});

test('an add that overlaps a read may count or not', () => {
  const overlapping = [
    operation({ ...add(1), start: 0, end: 10 }),
    operation({ ...read(0), start: 5, end: 6 }),
    operation({ ...read(1), start: 7, end: 8 }),
  ];
  assertAnomalies(checkCounter(overlapping), []);
});

test('equal moments overlap', () => {
  const missed = [operation({ ...add(1), start: 0, end: 5 }), operation({ ...read(0), start: 5, end: 6 })];
  const seen = [operation({ ...read(1), start: 0, end: 5 }), operation({ ...add(1), start: 5, end: 6 })];
  const last = operation({ ...read(1), start: 9, end: 10 });
  assertAnomalies(checkCounter([...missed, last]), []);
  assertAnomalies(checkCounter([...seen, last]), []);
});

for (const { name, operations, kinds } of [
  { name: 'an acknowledged add that never shows', operations: [add(1), add(1), read(1)], kinds: ['lost update'] },
  { name: 'an add that counts twice', operations: [add(1), read(2)], kinds: ['duplicate'] },
  {
    name: 'an add that counts although it was refused',
    operations: [add(1, 'conflict'), read(1)],
    kinds: ['duplicate'],
  },
  { name: 'a read of the past', operations: [add(1), read(0), read(1)], kinds: ['stale read'] },
  { name: 'a read of what was never committed', operations: [add(1), read(5), read(1)], kinds: ['dirty read'] },
  {
    name: 'a counter that goes back',
    operations: [add(1, 'unknown'), read(1), read(0), read(1)],
    kinds: ['non-monotonic read'],
  },
  { name: 'a counter that is not a number', operations: [read('x'), read(0)], kinds: ['corrupted'] },
])
  test(`a counter checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('counters are apart', () => {
  assertAnomalies(check(add(1), { ...read(0), key: 'other' }, read(1)), []);
});

test('without any read nothing is known', () => {
  assert.equal(check(add(1)).valid, 'unknown');
});
