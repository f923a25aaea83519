import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import type { MicroOperation } from '../../../lib/core/checkers/append/append-history.ts';
import { type Booking, checkBank } from '../../../lib/core/checkers/bank.ts';
import { checkCounter } from '../../../lib/core/checkers/counter.ts';
import { checkReadAfterWrite } from '../../../lib/core/checkers/read-after-write.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { checkSession } from '../../../lib/core/checkers/session-guarantees.ts';
import { checkSetFull } from '../../../lib/core/checkers/set/set-full.ts';
import type { CheckVerdict } from '../../../lib/core/checkers/shared/check-verdict.ts';
import { checkUnique } from '../../../lib/core/checkers/unique.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { type Action, type Pick, simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import { anyClock, throughWrongClocks, wrongClocks } from '../../support/skewed-clocks.ts';
import * as workloads from '../../support/workloads.ts';

type Choose = <T>(items: readonly T[]) => T | undefined;

interface Mutation {
  readonly name: string;
  readonly act: (pick: Pick, number: number) => Action;
  readonly last?: readonly Action[];
  /** Spoils a right history; undefined where this one offers no opportunity. */
  readonly spoil: (history: Operation[], choose: Choose) => Operation[] | undefined;
  readonly check: (history: Operation[]) => CheckVerdict;
  readonly finds: RegExp;
}

const isOk = ({ outcome }: Operation): boolean => outcome === 'ok';
const isRead = (operation: Operation): boolean => isOk(operation) && operation.f === 'read';
const isFinal = ({ f }: Operation): boolean => f === 'final-read';
const before = (one: Operation, other: Operation): boolean => isOk(one) && (one.end ?? Infinity) < other.start;
const replace = (history: readonly Operation[], old: Operation, fields: Partial<Operation>): Operation[] =>
  history.map((operation) => (operation === old ? { ...operation, ...fields } : operation));

/** Has a read return what was overwritten before it began: a value that may be picked for it. */
function withStaleRead(history: Operation[], choose: Choose, mayBeRead: (write: Operation) => boolean) {
  const writes = history.filter((each) => isOk(each) && each.f === 'write');
  const stale = history.filter(isRead).flatMap((read) =>
    writes.filter(mayBeRead).flatMap((old) => {
      const isOverwritten = writes.some((newer) => newer.key === old.key && before(old, newer) && before(newer, read));
      return old.key === read.key && isOverwritten ? [{ read, value: old.value }] : [];
    }),
  );
  const chosen = choose(stale);
  return chosen && replace(history, chosen.read, { value: chosen.value });
}

const stepsOf = ({ value }: Operation): readonly MicroOperation[] => value as readonly MicroOperation[];
const appendsOf = (operation: Operation): (readonly [list: unknown, element: unknown])[] =>
  stepsOf(operation).flatMap(([f, list, element]) => (f === 'append' ? [[list, element] as const] : []));

/** Rewrites every list read. */
function mapReads(
  history: readonly Operation[],
  change: (list: unknown, elements: readonly (string | number)[], operation: Operation) => readonly (string | number)[],
): Operation[] {
  return history.map((operation) => ({
    ...operation,
    value: stepsOf(operation).map((step) =>
      step[0] === 'r' && isOk(operation) ? ['r', step[1], change(step[1], step[2] ?? [], operation)] : step,
    ),
  }));
}

const LISTS = 3;
const append = {
  act: workloads.appendWorkload(LISTS),
  last: [workloads.appendFinalRead(LISTS), workloads.appendFinalRead(LISTS)],
  check: (history: Operation[]) => checkAppend(history, { expect: 'strict-serializable' }),
};

const MUTATIONS: readonly Mutation[] = [
  {
    ...append,
    name: 'append: an acknowledged append is dropped',
    spoil(history, choose) {
      const last = history.findLast(isFinal) as Operation;
      const [list, element] = choose(history.filter((each) => before(each, last)).flatMap(appendsOf)) ?? [];
      if (list === undefined) return undefined;
      return mapReads(history, (other, elements) =>
        other === list ? elements.filter((each) => each !== element) : elements,
      );
    },
    finds: /^lost$/,
  },
  {
    ...append,
    name: 'append: a read is stale',
    spoil(history, choose) {
      const reads = history.filter((each) => isOk(each) && !isFinal(each) && stepsOf(each).length === 1);
      const stale = reads.flatMap((read) => {
        const [step] = stepsOf(read);
        if (step?.[0] !== 'r' || step[2] === null) return [];
        const [list, elements] = [step[1], step[2]];
        const missed = elements.findIndex((element) =>
          history.some((each) => before(each, read) && appendsOf(each).some(([l, e]) => l === list && e === element)),
        );
        return missed === -1 ? [] : [{ read, value: [['r', list, elements.slice(0, missed)]] }];
      });
      const chosen = choose(stale);
      return chosen && replace(history, chosen.read, { value: chosen.value });
    },
    // With one anti-dependency where only real time is broken; with two where the order of a process already is.
    finds: /^G-(single|nonadjacent)/,
  },
  {
    ...append,
    name: 'append: an aborted transaction is read',
    spoil(history, choose) {
      const seen = new Set(
        history.flatMap((each) =>
          isFinal(each) ? stepsOf(each).flatMap((step) => (step[0] === 'r' ? (step[2] ?? []) : [])) : [],
        ),
      );
      const writer = choose(
        history.filter((each) => isOk(each) && appendsOf(each).some(([, e]) => seen.has(e as number))),
      );
      return writer && replace(history, writer, { outcome: 'conflict' });
    },
    finds: /^G1a$/,
  },
  {
    ...append,
    name: 'append: two elements are swapped in one read',
    spoil(history, choose) {
      const [first] = history.filter(isFinal);
      const long = stepsOf(first as Operation).filter((step) => step[0] === 'r' && (step[2]?.length ?? 0) > 1);
      const list = choose(long)?.[1];
      if (list === undefined) return undefined;
      return mapReads(history, (other, elements, operation) =>
        operation === first && other === list
          ? [elements[1] as number, elements[0] as number, ...elements.slice(2)]
          : elements,
      );
    },
    finds: /^incompatible order$/,
  },
  {
    ...append,
    name: 'append: an append is applied twice',
    spoil(history) {
      let spoilt = false;
      const changed = mapReads(history, (_, elements, operation) => {
        if (!isFinal(operation) || elements.length === 0) return elements;
        spoilt = true;
        return [...elements, elements[0] as number];
      });
      return spoilt ? changed : undefined;
    },
    finds: /^duplicate$/,
  },
  {
    name: 'register: a read is stale',
    act: workloads.registerWorkload(2, 0),
    check: checkRegister,
    spoil(history, choose) {
      return withStaleRead(history, choose, () => true);
    },
    finds: /^not linearizable$/,
  },
  {
    name: 'bank: half a transfer is read',
    act: workloads.bankWorkload,
    check: (history) => checkBank(history, { initial: workloads.INITIAL_BALANCES }),
    spoil(history, choose) {
      const read = choose(history.filter(isRead));
      const balances = read?.value as Record<string, number>;
      return read && replace(history, read, { value: { ...balances, a: (balances.a ?? 0) + 1 } });
    },
    finds: /^wrong total$/,
  },
  ...(['lost', 'duplicate'] as const).map((kind) => ({
    name: `bank: a booking is ${kind}`,
    act: workloads.bankWorkload,
    last: [workloads.bankFinalRead],
    check: (history: Operation[]) => checkBank(history, { initial: workloads.INITIAL_BALANCES }),
    spoil(history: Operation[], choose: Choose) {
      const final = history.find(isFinal) as Operation;
      const { balances, ledger } = final.value as { balances: unknown; ledger: Booking[] };
      const acknowledged = history.filter((each) => before(each, final)).map(({ value }) => value);
      const booking = choose(ledger.filter(([id]) => acknowledged.some((each) => (each as { id: unknown }).id === id)));
      if (booking === undefined) return undefined;
      const spoilt = kind === 'duplicate' ? [...ledger, booking] : ledger.filter((each) => each !== booking);
      return replace(history, final, { value: { balances, ledger: spoilt } });
    },
    finds: new RegExp(`^${kind}$`),
  })),
  ...(
    [
      ['lost update', -1],
      ['duplicate', 1],
    ] as const
  ).map(([kind, change]) => ({
    name: `counter: ${kind}`,
    act: workloads.counterWorkload(false),
    last: workloads.counterFinalReads,
    check: checkCounter,
    spoil(history: Operation[]) {
      if (history.some(({ outcome }) => outcome === 'unknown')) return undefined;
      return history.map((each) => (isFinal(each) ? { ...each, value: ((each.value as number) ?? 0) + change } : each));
    },
    finds: new RegExp(`^${kind}$`),
  })),
  ...(['lost', 'stale'] as const).map((kind) => ({
    name: `set: an element is ${kind}`,
    act: workloads.setWorkload,
    last: [workloads.setFinalRead],
    check: (history: Operation[]) => checkSetFull(history),
    spoil(history: Operation[], choose: Choose) {
      const adds = history.filter((each) => isOk(each) && each.f === 'add');
      const reads = history.filter((each) => isRead(each) || (kind === 'lost' && isFinal(each)));
      const pairs = adds.flatMap((add) => reads.filter((read) => before(add, read)).map((read) => ({ add, read })));
      const chosen = choose(pairs);
      if (chosen === undefined) return undefined;
      return history.map((each) => {
        const isSpoilt = kind === 'stale' ? each === chosen.read : Array.isArray(each.value);
        if (!isSpoilt) return each;
        return { ...each, value: (each.value as unknown[]).filter((element) => element !== chosen.add.value) };
      });
    },
    finds: new RegExp(`^${kind}$`),
  })),
  {
    name: 'unique: a second insert wins',
    act: workloads.uniqueWorkload,
    check: checkUnique,
    spoil(history, choose) {
      const won = new Set(history.filter(isOk).map(({ key }) => key));
      const loser = choose(history.filter((each) => each.error === 'AlreadyExists' && won.has(each.key)));
      return loser && replace(history, loser, { outcome: 'ok' });
    },
    finds: /^duplicate$/,
  },
  {
    name: 'session: a process does not read its own write',
    act: workloads.sessionWorkload,
    check: (history) => checkSession(history),
    spoil(history, choose) {
      const read = choose(
        history.filter(
          (each) =>
            isRead(each) &&
            history.some(
              (write) =>
                isOk(write) &&
                write.f === 'write' &&
                write.key === each.key &&
                write.process === each.process &&
                write.start < each.start,
            ),
        ),
      );
      return read && replace(history, read, { value: null });
    },
    finds: /^read your writes$/,
  },
  {
    name: 'read-after-write: a read is stale',
    act: workloads.readAfterWriteWorkload,
    check: (history) => checkReadAfterWrite(history),
    spoil(history, choose) {
      return withStaleRead(history, choose, ({ value }) => value !== null);
    },
    finds: /^stale read$/,
  },
];

/** Of a simulation's smallest gap: what an error and its bound may add on either side must be less. */
const LESS_THAN_THE_GAPS = 0.15;

for (const { name, act, last, spoil, check, finds } of MUTATIONS)
  for (const [how, most] of [
    ['', 0],
    [', by clocks that are wrong by less than its operations lie apart', LESS_THAN_THE_GAPS],
  ] as const)
    test(`found under its name${how}: ${name}`, () => {
      let found = 0;
      fc.assert(
        fc.property(
          simulations('strict-serializable', 60),
          fc.nat(),
          wrongClocks(most),
          anyClock,
          (simulation, chance, clocks, clock) => {
            const right = simulate(simulation, act, last);
            const spoilt = spoil(right, (items) => items[chance % Math.max(1, items.length)]);
            if (spoilt === undefined) return;
            const { anomalies, explanation } = check(most === 0 ? spoilt : throughWrongClocks(spoilt, clocks, clock));
            assert.ok(
              anomalies.some(({ kind }) => finds.test(kind)),
              explanation,
            );
            found++;
          },
        ),
        RUNS,
      );
      assert.ok(found > RUNS.numRuns / 20, `only ${found} histories could be spoilt`);
    });
