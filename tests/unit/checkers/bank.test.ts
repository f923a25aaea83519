import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Booking, checkBank } from '../../../lib/core/checkers/bank.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { balancesIn } from '../../../lib/core/workloads/bank-books.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn } from '../../support/operations.ts';

const initial = { x: 10, y: 10 };
const transfer = (id: number, outcome: Outcome = 'ok') =>
  ({ f: 'transfer', value: { id, from: 'x', to: 'y', amount: 3 }, outcome }) as const;
const read = (balances: Record<string, unknown>) => ({ f: 'read', value: balances }) as const;
const finalRead = (balances: Record<string, number>, ...ledger: Booking[]) =>
  ({ f: 'final-read', value: { balances, ledger } }) as const;
const booking = (id: number): Booking => [id, 'x', 'y', 3];

const check = (...operations: Fields[]) => checkBank(inTurn(...operations), { initial });

test('a bank in which transfers move money is right', () => {
  assertAnomalies(check(transfer(1), read({ x: 7, y: 13 }), finalRead({ x: 7, y: 13 }, booking(1))), []);
});

test('a transfer of unknown outcome may be booked or not', () => {
  assertAnomalies(check(transfer(1, 'unknown'), finalRead({ x: 7, y: 13 }, booking(1))), []);
  assertAnomalies(check(transfer(1, 'unknown'), finalRead({ x: 10, y: 10 })), []);
});

test('a transfer that had not ended before the final read began may be missing', () => {
  const [moved, read] = inTurn({ ...transfer(1), end: 10 }, finalRead({ x: 10, y: 10 })) as [Operation, Operation];
  assertAnomalies(checkBank([moved, read], { initial }), []);
});

for (const { name, operations, kinds } of [
  { name: 'half a transfer', operations: [read({ x: 7, y: 10 })], kinds: ['wrong total'] },
  { name: 'an overdraft', operations: [read({ x: -1, y: 21 })], kinds: ['negative balance'] },
  { name: 'an account that nobody opened', operations: [read({ x: 10, y: 10, z: 0 })], kinds: ['unexpected account'] },
  {
    name: 'an account that is listed twice',
    operations: [
      read(
        balancesIn([
          ['x', 10],
          ['y', 10],
          ['x', 10],
        ]),
      ),
    ],
    kinds: ['duplicate account'],
  },
  { name: 'an account that is gone', operations: [read({ x: 20 })], kinds: ['missing account'] },
  { name: 'a balance that is not a number', operations: [read({ x: 20, y: null })], kinds: ['corrupted'] },
  {
    name: 'no balances at all',
    operations: [read([] as never), { f: 'read', value: 'x' }],
    kinds: ['missing account', 'wrong total', 'corrupted'],
  },
  {
    name: 'an acknowledged transfer that is not in the ledger',
    operations: [transfer(1), finalRead({ x: 10, y: 10 })],
    kinds: ['lost'],
  },
  {
    name: 'a transfer booked twice',
    operations: [transfer(1), finalRead({ x: 4, y: 16 }, booking(1), booking(1))],
    kinds: ['duplicate'],
  },
  {
    name: 'a transfer that was refused and booked all the same',
    operations: [transfer(1, 'failed'), finalRead({ x: 7, y: 13 }, booking(1))],
    kinds: ['refused but booked'],
  },
  {
    name: 'balances that the ledger does not explain',
    operations: [transfer(1), finalRead({ x: 10, y: 10 }, booking(1))],
    kinds: ['ledger mismatch'],
  },
  {
    name: 'a booking that nobody asked for',
    operations: [finalRead({ x: 7, y: 13 }, booking(9))],
    kinds: ['unexpected'],
  },
  {
    name: 'a booking of another amount',
    operations: [transfer(1), finalRead({ x: 6, y: 14 }, [1, 'x', 'y', 4])],
    kinds: ['corrupted'],
  },
])
  test(`a bank checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('the worst wrong total is shown beside the first', () => {
  const [anomaly] = check(read({ x: 9, y: 10 }), read({ x: 1, y: 10 }), read({ x: 8, y: 10 })).anomalies;
  assert.equal(anomaly?.count, 3);
  assert.match(anomaly.first.message, /19 in total instead of 20/);
  assert.match(anomaly.worst?.message ?? '', /11 in total/);
});

test('without any read nothing is known', () => {
  assert.equal(check(transfer(1)).valid, 'unknown');
});

test('evidence holds the beginning of a ledger, not all of it', () => {
  const ledger = Array.from({ length: 1000 }, (_, id): Booking => [id, 'x', 'x', 1]);
  const [anomaly] = check(transfer(5000), finalRead({ x: 10, y: 10 }, ...ledger)).anomalies;
  const final = anomaly?.first.operations.find(({ f }) => f === 'final-read');
  assert.match(String(final?.value), /^\{"balances":\{"x":10,"y":10\},"ledger":\[\[0,.*… \(\d+ characters\)$/);
  assert.ok(JSON.stringify(anomaly).length < 10_000);
});

test('a transfer that was booked and not carried out is named', () => {
  const one = check(transfer(1), transfer(2), finalRead({ x: 7, y: 13 }, booking(1), booking(2)));
  assert.match(one.anomalies[0]?.first.message ?? '', /as if transfer 1 had been booked, and neither debited nor cred/);
  // With nobody's transfer, or one that does not explain it, none is.
  for (const books of [finalRead({ x: 8, y: 12 }, booking(1)), finalRead({ x: 10, y: 13 }, booking(1))])
    assert.doesNotMatch(
      check(transfer(1), books)
        .anomalies.map((it) => it.first.message)
        .join(),
      /as if/,
    );
});
