import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn, operation } from '../../support/operations.ts';

const write = (value: number): Fields => ({ f: 'write', key: 'k', value });
const read = (value: number | null): Fields => ({ f: 'read', key: 'k', value });
const cas = (expected: number | null, made: number): Fields => ({ f: 'cas', key: 'k', value: [expected, made] });
const unknown = (fields: Fields): Fields => ({ ...fields, outcome: 'unknown', error: 'timeout' });
const mismatch = (fields: Fields): Fields => ({ ...fields, outcome: 'failed', error: 'mismatch' });
const at = (start: number, end: number, fields: Fields): Operation => operation({ ...fields, start, end });
const valuesOf = (operations: readonly Operation[] | undefined): unknown[] =>
  (operations ?? []).map(({ f, value }) => [f, value]);

for (const { name, operations } of [
  {
    name: 'operations one after another',
    operations: inTurn(read(null), write(1), read(1), cas(1, 2), mismatch(cas(1, 3)), read(2)),
  },
  {
    name: 'a read during a write sees either value',
    operations: [at(0, 1, write(1)), at(2, 9, write(2)), at(3, 4, read(2)), at(5, 6, read(2))],
  },
  {
    name: 'writes that overlap take effect in any order',
    operations: [at(0, 9, write(1)), at(1, 8, write(2)), at(10, 11, read(1))],
  },
  { name: 'an unknown write never takes effect', operations: inTurn(write(1), unknown(write(2)), read(1)) },
  { name: 'or much later', operations: inTurn(unknown(write(2)), write(1), read(1), read(2)) },
  {
    name: 'an unknown compare-and-set takes effect where it fits',
    operations: inTurn(write(1), unknown(cas(1, 2)), read(1), read(2)),
  },
  {
    name: 'two unknown ones in a chain',
    operations: inTurn(write(1), unknown(cas(2, 3)), unknown(cas(1, 2)), read(3)),
  },
  {
    name: 'a refusal because of an unknown write',
    operations: inTurn(write(1), unknown(write(2)), mismatch(cas(1, 3)), read(2)),
  },
  {
    name: 'a compare-and-set that failed for another reason says nothing',
    operations: inTurn(write(1), { ...cas(1, 2), outcome: 'conflict' }, read(1)),
  },
  { name: 'equal moments overlap', operations: [at(0, 1, write(1)), at(1, 2, read(null))] },
  { name: 'values of any kind', operations: inTurn({ ...write(0), value: { a: 1 } }, { ...read(0), value: { a: 1 } }) },
])
  test(`linearizable: ${name}`, () => assertAnomalies(checkRegister(operations), []));

for (const { name, operations, evidence } of [
  {
    name: 'a read of an overwritten value',
    operations: inTurn(write(1), read(1), write(2), write(3), read(2)),
    evidence: [
      ['write', 3],
      ['read', 2],
    ],
  },
  {
    name: 'a value that goes back and forth',
    operations: [at(0, 1, write(1)), at(2, 9, write(2)), at(3, 4, read(2)), at(5, 6, read(1))],
    evidence: [
      ['write', 2],
      ['read', 2],
      ['read', 1],
    ],
  },
  {
    name: 'a value that nobody wrote',
    operations: inTurn(write(1), read(7)),
    evidence: [
      ['write', 1],
      ['read', 7],
    ],
  },
  {
    name: 'two winners of one compare-and-set',
    operations: inTurn(write(1), cas(1, 2), cas(1, 3)),
    evidence: [
      ['cas', [1, 2]],
      ['cas', [1, 3]],
    ],
  },
  {
    name: 'a refusal although the value was there',
    operations: inTurn(write(1), read(1), mismatch(cas(1, 2)), read(1)),
    evidence: [
      ['read', 1],
      ['cas', [1, 2]],
    ],
  },
  { name: 'a first read of what was never there', operations: inTurn(read(5)), evidence: [['read', 5]] },
])
  test(`not linearizable: ${name}`, () => {
    const verdict = checkRegister(operations);
    assertAnomalies(verdict, ['not linearizable']);
    assert.deepEqual(valuesOf(verdict.anomalies[0]?.first.operations), evidence);
  });

test('registers are checked one by one, and start with what the options say', () => {
  const operations = inTurn(read(0), { ...write(1), key: 'other' }, read(0));
  assertAnomalies(checkRegister(operations, { initial: 0 }), []);
  assert.equal(checkRegister(operations).anomalies[0]?.count, 1);
});

test('a search beyond its limit is unknown, not a verdict', () => {
  const writes = Array.from({ length: 12 }, (_, value) => at(value, 100 + value, write(value)));
  const hopeless = [...writes, at(200, 201, cas(1, 2)), at(202, 203, cas(1, 2))];
  const verdict = checkRegister(hopeless, { maxConfigurations: 10 });
  assert.equal(verdict.valid, 'unknown');
  assert.equal(verdict.counts.undecided, 1);
  assert.equal(checkRegister(hopeless).valid, 'invalid');
});

test('without any operation nothing is known', () => {
  assert.equal(checkRegister([]).valid, 'unknown');
});
