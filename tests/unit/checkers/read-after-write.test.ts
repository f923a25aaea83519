import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkReadAfterWrite } from '../../../lib/core/checkers/read-after-write.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn, operation } from '../../support/operations.ts';

const write = (value: unknown, outcome: Outcome = 'ok'): Fields => ({ f: 'write', key: 'k', value, outcome });
const read = (value: unknown, node = 'b'): Fields => ({ f: 'read', key: 'k', value, node });
const check = (...operations: Fields[]) => checkReadAfterWrite(inTurn(...operations));

test('reads that see creations, updates and deletions are right', () => {
  assertAnomalies(check(read(null), write(1), read(1), write(2), read(2), write(null), read(null)), []);
});

test('records are equal where their contents are', () => {
  assertAnomalies(check(write({ a: 1 }), read({ a: 1 })), []);
});

test('a write of unknown outcome may show at any later time', () => {
  assertAnomalies(check(write(1, 'unknown'), read(null), write(2), read(2), read(1), read(2)), []);
});

test('a write that overlaps a read may show or not', () => {
  const overlapping = (value: unknown) => [
    operation({ ...write(1), start: 0, end: 1 }),
    operation({ ...write(2), start: 5, end: 9 }),
    operation({ ...read(value), start: 6, end: 7 }),
  ];
  for (const value of [1, 2]) assertAnomalies(checkReadAfterWrite(overlapping(value)), []);
  assertAnomalies(checkReadAfterWrite(overlapping(null)), ['stale read']);
});

test('equal moments overlap', () => {
  const missed = [operation({ ...write(1), start: 0, end: 5 }), operation({ ...read(null), start: 5, end: 6 })];
  const seen = [operation({ ...read(1), start: 0, end: 5 }), operation({ ...write(1), start: 5, end: 6 })];
  assertAnomalies(checkReadAfterWrite(missed), []);
  assertAnomalies(checkReadAfterWrite(seen), []);
});

for (const { name, operations, kinds } of [
  { name: 'a read that misses a creation', operations: [write(1), read(null)], kinds: ['stale read'] },
  { name: 'a read that misses an update', operations: [write(1), write(2), read(1)], kinds: ['stale read'] },
  { name: 'a read that misses a deletion', operations: [write(1), write(null), read(1)], kinds: ['stale read'] },
  { name: 'a read of a refused write', operations: [write(1), write(2, 'conflict'), read(2)], kinds: ['dirty read'] },
  { name: 'a read of what nobody wrote', operations: [write(1), read(7)], kinds: ['unexpected'] },
  { name: 'a read of what will be written', operations: [read(1), write(1)], kinds: ['unexpected'] },
])
  test(`a read-after-write checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('in eventual mode a read may lag, within the limit', () => {
  const lagging = inTurn(write(1), read(null), read(1));
  assertAnomalies(checkReadAfterWrite(lagging, { mode: 'eventual', limit: 10 }), []);
  assertAnomalies(checkReadAfterWrite(lagging, { mode: 'eventual', limit: 5 }), ['not converged']);
});

test('stable read latency is measured per pair of nodes', () => {
  const { pairs } = check(
    write(1),
    read(null, 'b'),
    read(1, 'c'),
    read(1, 'b'),
    write(2),
    read(2, 'b'),
    write(3),
    read(2, 'b'),
  );
  const summary = pairs.map(({ latencies, ...pair }) => ({ ...pair, latencies: [...latencies] }));
  assert.deepEqual(summary, [
    { writer: 'a', reader: 'b', writes: 3, seenAtOnce: 1, neverSeen: 1, latencies: [9, 0] },
    { writer: 'a', reader: 'c', writes: 1, seenAtOnce: 1, neverSeen: 0, latencies: [0] },
  ]);
});

test('without any read nothing is known', () => {
  assert.equal(check(write(1)).valid, 'unknown');
});
