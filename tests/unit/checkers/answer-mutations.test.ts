// Every change of an answer is found, or is listed with the reason why it makes no difference. One client at a time: what each answer had
// to be is then determined by the operations before it, so that a change which is not found is a gap of the checker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import { checkBank } from '../../../lib/core/checkers/bank.ts';
import { checkCounter } from '../../../lib/core/checkers/counter.ts';
import { checkReadAfterWrite } from '../../../lib/core/checkers/read-after-write.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { checkRwRegister } from '../../../lib/core/checkers/rw-register/rw-register.ts';
import { checkSession } from '../../../lib/core/checkers/session-guarantees.ts';
import { checkSetFull } from '../../../lib/core/checkers/set/set-full.ts';
import type { CheckVerdict } from '../../../lib/core/checkers/shared/check-verdict.ts';
import { checkUnique } from '../../../lib/core/checkers/unique.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { type Action, type Pick, simulate } from '../../support/simulation.ts';
import * as workloads from '../../support/workloads.ts';

/** A change that makes no difference to what the answers say. */
interface Undetectable {
  readonly reason: string;
  readonly covers: (was: unknown, became: unknown) => boolean;
}

interface Subject {
  readonly act: (pick: Pick, number: number) => Action;
  readonly last?: readonly Action[];
  readonly check: (history: Operation[]) => CheckVerdict;
  readonly undetectable?: readonly Undetectable[];
}

const STRANGER = 987_654;

/** All values that differ from one in a single place. */
function changesOf(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, value - 1, STRANGER, null];
  if (typeof value === 'string') return [`${value}x`];
  if (value === null || value === undefined) return [STRANGER];
  if (Array.isArray(value)) {
    const inside = value.flatMap((each, at) => changesOf(each).map((other) => replaceAt(value, at, 1, other)));
    if (isRow(value)) return inside;
    return [
      ...inside,
      ...value.flatMap((each, at) => [replaceAt(value, at, 1), replaceAt(value, at, 0, each)]),
      ...value.slice(1).map((next, at) => replaceAt(value, at, 2, next, value[at])),
    ];
  }
  return Object.entries(value).flatMap(([key, each]) => [
    // A database may leave out an account, but not a field of an answer whose fields the query names.
    ...(typeof each === 'number' ? [Object.fromEntries(Object.entries(value).filter(([other]) => other !== key))] : []),
    ...changesOf(each).map((other) => ({ ...value, [key]: other })),
  ]);
}

/** A row has a field for each column of the query: values of several types. All else is a list of any length. */
const isRow = (value: readonly unknown[]): boolean => new Set(value.map((each) => typeof each)).size > 1;

function replaceAt(list: readonly unknown[], at: number, count: number, ...items: readonly unknown[]): unknown[] {
  const copy = [...list];
  copy.splice(at, count, ...items);
  return copy;
}

const ANSWERED: ReadonlySet<string> = new Set(['read', 'final-read', 'txn']);

/** What an operation might have been answered instead. Of a transaction only what its reads saw is an answer. */
function answersInsteadOf({ f, outcome, value }: Operation): unknown[] {
  if (outcome !== 'ok' || !ANSWERED.has(f)) return [];
  const steps = value as readonly (readonly [f: string, key: string, seen: unknown])[];
  const isTransaction = Array.isArray(value) && steps.every((step) => Array.isArray(step) && step[0] === 'r');
  if (f !== 'txn' && !(isTransaction && steps.length > 0)) return changesOf(value);
  return steps.flatMap(([step, key, seen], at) =>
    step === 'r' ? changesOf(seen).map((other) => replaceAt(steps, at, 1, [step, key, other])) : [],
  );
}

/** One after the other, with pauses: operations that touch would count as concurrent. */
const apart = (history: readonly Operation[]): Operation[] =>
  history.map((operation, index) => ({ ...operation, start: 10 * index, end: 10 * index + 5 }));

/** The same whatever the order of lists. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? isRow(value)
      ? value
      : value
          .map(sorted)
          .map((each) => JSON.stringify(each))
          .sort()
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sorted(each)]))
      : value;
const UNORDERED: Undetectable = {
  reason: 'the order of these rows means nothing: the query does not ask for one',
  covers: (was, became) => isDeepStrictEqual(sorted(was), sorted(became)),
};

const ONE_CLIENT = {
  level: 'strict-serializable',
  processes: 1,
  operations: 12,
  refused: 0,
  conflict: 0,
  unknown: 0,
} as const;

const SUBJECTS: Readonly<Record<string, Subject>> = {
  append: {
    act: workloads.appendWorkload(3),
    last: [workloads.appendFinalRead(3)],
    check: (history) => checkAppend(history, { expect: 'strict-serializable' }),
  },
  'rw-register': {
    act: workloads.registerTransactions(3),
    check: (history) => checkRwRegister(history, { expect: 'strict-serializable' }),
  },
  register: { act: workloads.registerWorkload(2, 0), check: checkRegister },
  bank: {
    act: workloads.bankWorkload,
    last: [workloads.bankFinalRead],
    check: (history) => checkBank(history, { initial: workloads.INITIAL_BALANCES }),
    undetectable: [UNORDERED],
  },
  counter: { act: workloads.counterWorkload(false), last: workloads.counterFinalReads, check: checkCounter },
  set: {
    act: workloads.setWorkload,
    last: [workloads.setFinalRead],
    check: (history) => checkSetFull(history),
    undetectable: [UNORDERED],
  },
  unique: {
    act: workloads.uniqueWorkload,
    last: [workloads.uniqueFinalRead],
    check: checkUnique,
    undetectable: [UNORDERED],
  },
  session: { act: workloads.sessionWorkload, check: (history) => checkSession(history) },
  'read-after-write': {
    act: workloads.readAfterWriteWorkload,
    check: (history) => checkReadAfterWrite(history),
  },
};

const SEEDS = 25;

for (const [name, { act, last, check, undetectable = [] }] of Object.entries(SUBJECTS))
  test(`${name}: every change of an answer is found, or is one of those that make no difference`, () => {
    const met = new Set<Undetectable>();
    let found = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const history = apart(simulate({ ...ONE_CLIENT, seed }, act, last));
      assert.equal(check(history).valid === 'invalid', false);
      for (const [index, operation] of history.entries())
        for (const became of answersInsteadOf(operation)) {
          const reason = undetectable.find(({ covers }) => covers(operation.value, became));
          if (reason !== undefined) met.add(reason);
          if (reason !== undefined || isDeepStrictEqual(operation.value, became)) continue;
          const { valid } = check(replaceAt(history, index, 1, { ...operation, value: became }) as Operation[]);
          const change = `${JSON.stringify(operation.value)} became ${JSON.stringify(became)}`;
          assert.equal(valid, 'invalid', `seed ${seed}, ${operation.f} ${operation.key}: ${change}`);
          found++;
        }
    }
    assert.ok(found > SEEDS, `only ${found} changes`);
    for (const each of undetectable) assert.ok(met.has(each), `never met: ${each.reason}`);
  });
