import type { MicroOperation } from '../../lib/core/checkers/append/append-history.ts';
import type { Operation } from '../../lib/core/history/history.ts';

/*
 * Definitions taken literally, for histories of a handful of operations: every order is tried.
 */

/** Every subset that holds the required items, in every order. */
function* orders<T>(
  items: readonly T[],
  required: (item: T) => boolean,
  chosen: readonly T[] = [],
): Generator<readonly T[]> {
  if (!items.some(required)) yield chosen;
  for (const item of items)
    yield* orders(
      items.filter((other) => other !== item),
      required,
      [...chosen, item],
    );
}

const isOk = ({ outcome }: Operation): boolean => outcome === 'ok';
const end = (operation: Operation): number => (isOk(operation) ? (operation.end ?? Infinity) : Infinity);

/**
 * Whether one is over before the other begins; within a process also where the clock shows one moment for both. Nothing precedes
 * itself, not even what began and ended at one moment.
 */
function precedes(one: Operation, other: Operation): boolean {
  if (one === other) return false;
  return end(one) < other.start || (isOk(one) && one.process === other.process && end(one) === other.start);
}

function keepsRealTime(order: readonly Operation[]): boolean {
  return order.every((later, index) => order.slice(0, index).every((earlier) => !precedes(later, earlier)));
}

/** Linearizability of one register (Herlihy and Wing 1990). */
export function isLinearizable(operations: readonly Operation[], initial: unknown = null): boolean {
  const refusedByValue = (operation: Operation): boolean => operation.error === 'mismatch';
  const relevant = operations.filter(
    (operation) =>
      isOk(operation) || refusedByValue(operation) || (operation.outcome === 'unknown' && operation.f !== 'read'),
  );
  const timed = relevant.map((operation) =>
    refusedByValue(operation) ? { ...operation, outcome: 'ok' as const, f: 'mismatch' } : operation,
  );
  for (const order of orders(timed, isOk)) if (keepsRealTime(order) && explainsRegister(order, initial)) return true;
  return false;
}

function explainsRegister(order: readonly Operation[], initial: unknown): boolean {
  let state = initial;
  for (const { f, value } of order) {
    if (f === 'read' && value !== state) return false;
    if (f === 'write') state = value;
    if (f !== 'cas' && f !== 'mismatch') continue;
    const [expected, made] = value as [unknown, unknown];
    if ((expected === state) !== (f === 'cas')) return false;
    if (f === 'cas') state = made;
  }
  return true;
}

type Lists = ReadonlyMap<string, readonly number[]>;

/** Runs a transaction on a state; undefined where its reads do not fit. */
function apply({ value, outcome }: Operation, before: Lists): Map<string, readonly number[]> | undefined {
  const state = new Map(before);
  for (const [f, list, element] of value as MicroOperation[]) {
    const now = state.get(list as string) ?? [];
    if (f === 'append') state.set(list as string, [...now, element as number]);
    else if (outcome === 'ok' && JSON.stringify(element ?? []) !== JSON.stringify(now)) return undefined;
  }
  return state;
}

/** Serializability, strict where real time is to be kept (Papadimitriou 1979). The last transaction stays last. */
export function isSerializable(transactions: readonly Operation[], last: Operation, realtime: boolean): boolean {
  for (const order of orders(transactions, isOk)) {
    if (realtime && !keepsRealTime(order)) continue;
    let state: Lists | undefined = new Map();
    for (const transaction of [...order, last]) state = state && apply(transaction, state);
    if (state !== undefined) return true;
  }
  return false;
}

/**
 * Snapshot isolation by its operational definition (Berenson and others 1995, section 4.2): starts and commits in every
 * order; reads see what had been committed at the start; of two concurrent writers of a list only one commits. Strong where
 * real time is to be kept.
 */
export function isSnapshotIsolated(transactions: readonly Operation[], last: Operation, realtime: boolean): boolean {
  for (const commits of orders(transactions, isOk)) if (hasSnapshots(commits, last, realtime)) return true;
  return false;
}

function hasSnapshots(commits: readonly Operation[], last: Operation, realtime: boolean): boolean {
  const states: Lists[] = [new Map()];
  for (const [index, transaction] of commits.entries()) {
    const earliest = realtime ? latestCommitBefore(transaction, commits) : 0;
    // A later snapshot sees more, and conflicts with fewer: each is tried.
    let after: Lists | undefined;
    for (let snapshot = index; snapshot >= earliest && after === undefined; snapshot--) {
      const conflict = commits.slice(snapshot, index).some((other) => writeSameList(other, transaction));
      const own = apply(transaction, states[snapshot] as Lists);
      if (!conflict && own !== undefined) after = overlay(states[index] as Lists, own, transaction);
    }
    if (after === undefined) return false;
    states.push(after);
  }
  if (realtime && !keepsCommitOrder(commits)) return false;
  return apply(last, states.at(-1) as Lists) !== undefined;
}

/** How many commits must be in a transaction's snapshot, by real time. */
function latestCommitBefore(transaction: Operation, commits: readonly Operation[]): number {
  return commits.reduce((latest, other, place) => (precedes(other, transaction) ? place + 1 : latest), 0);
}

function keepsCommitOrder(commits: readonly Operation[]): boolean {
  return commits.every((later, index) => latestCommitBefore(later, commits) <= index);
}

const written = ({ value }: Operation): Set<unknown> =>
  new Set((value as MicroOperation[]).filter(([f]) => f === 'append').map(([, list]) => list));

function writeSameList(one: Operation, other: Operation): boolean {
  const lists = written(one);
  return [...written(other)].some((list) => lists.has(list));
}

function overlay(state: Lists, own: Lists, transaction: Operation): Lists {
  const lists = written(transaction);
  return new Map([...state, ...[...own].filter(([list]) => lists.has(list))]);
}
