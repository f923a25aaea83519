import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSession } from '../../../lib/core/checkers/session-guarantees.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn, operation } from '../../support/operations.ts';

const write = (process: number, version: number) => ({ f: 'write', key: 'k', value: version, process }) as const;
const read = (process: number, version: number | null) => ({ f: 'read', key: 'k', value: version, process }) as const;
const lostWrite: Fields = { f: 'write', key: 'k', outcome: 'unknown' };
const check = (...operations: Fields[]) => checkSession(inTurn(...operations));

test('versions that only grow are right', () => {
  assertAnomalies(check(read(1, null), write(1, 1), read(2, 1), write(2, 2), read(1, 2)), []);
});

test('a write of unknown outcome may make a version at any later time', () => {
  assertAnomalies(check(lostWrite, read(1, 0), read(1, 1)), []);
});

for (const { name, operations, kinds } of [
  {
    name: 'a process that does not read its own write',
    operations: [write(1, 1), read(1, 0)],
    kinds: ['read your writes'],
  },
  {
    name: 'a process that reads backwards',
    operations: [write(2, 1), read(1, 1), read(1, 0)],
    kinds: ['non-monotonic read'],
  },
  {
    name: 'a process whose second write is older',
    operations: [write(2, 1), write(1, 3), write(1, 2)],
    kinds: ['non-monotonic write'],
  },
  {
    name: 'a write older than what its process had read',
    operations: [lostWrite, lostWrite, read(1, 2), write(1, 1)],
    kinds: ['writes follow reads'],
  },
  { name: 'a read that misses what others had written', operations: [write(1, 1), read(2, 0)], kinds: ['stale read'] },
  {
    name: 'a later transaction with an earlier version',
    operations: [lostWrite, write(1, 2), write(2, 1)],
    kinds: ['commit order'],
  },
  { name: 'a version that nobody made', operations: [write(1, 1), read(1, 2)], kinds: ['dirty read'] },
  {
    name: 'a version before it was made',
    operations: [read(1, 1), write(2, 1)],
    kinds: ['commit order', 'unexpected'],
  },
  {
    name: 'an answer without a version',
    operations: [{ ...read(1, 0), value: 'x' }, read(1, 0)],
    kinds: ['corrupted'],
  },
] as const)
  test(`a session checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('a session checker finds two writes that made one version', () => {
  const concurrent = [
    operation({ ...write(1, 1), start: 0, end: 5 }),
    operation({ ...write(2, 1), start: 1, end: 4 }),
    operation({ ...read(3, 1), start: 6, end: 7 }),
  ];
  assertAnomalies(checkSession(concurrent), ['lost update']);
});

test('operations that overlap have no order', () => {
  const overlapping = [
    operation({ ...write(1, 1), start: 0, end: 5 }),
    operation({ ...read(2, 0), start: 5, end: 6 }),
    operation({ ...read(3, 1), start: 1, end: 2 }),
  ];
  assertAnomalies(checkSession(overlapping.slice(0, 2)), []);
  assertAnomalies(checkSession(overlapping), ['stale read']);
});

test('without real time, others may lag behind, but no process behind itself', () => {
  const lagging = inTurn(write(1, 1), read(2, 0));
  assertAnomalies(checkSession(lagging, { realtime: false }), []);
  assertAnomalies(checkSession(inTurn(write(1, 1), read(1, 0)), { realtime: false }), ['read your writes']);
});

test('without any read nothing is known', () => {
  assert.equal(check(write(1, 1)).valid, 'unknown');
});
