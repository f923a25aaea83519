import type { MicroOperation } from '../../lib/core/checkers/append/append-history.ts';
import { type IsolationLevel, orderOf } from '../../lib/core/checkers/transactions/isolation-levels.ts';
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

function keeps(order: readonly Operation[], before: (one: Operation, other: Operation) => boolean): boolean {
  return order.every((later, index) => order.slice(0, index).every((earlier) => !before(later, earlier)));
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
  for (const order of orders(timed, isOk)) if (keeps(order, precedes) && explainsRegister(order, initial)) return true;
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

/** A register is a list of which only the last element counts. */
type Lists = ReadonlyMap<string, readonly number[]>;

/** Whether the reads of a transaction are of registers: a value each, not a list. */
const isRegister = (value: unknown): boolean => (value as MicroOperation[]).every(([, , what]) => !Array.isArray(what));

/** Runs a transaction on a state; undefined where its reads do not fit. */
function apply({ value, outcome }: Operation, before: Lists): Map<string, readonly number[]> | undefined {
  const state = new Map(before);
  for (const [f, list, element] of value as MicroOperation[]) {
    const now = state.get(list as string) ?? [];
    if (f === 'append' || (f as string) === 'w') state.set(list as string, [...now, element as number]);
    else if (outcome === 'ok' && isRegister(value)) {
      if (element !== (now.at(-1) ?? null)) return undefined;
    } else if (outcome === 'ok' && JSON.stringify(element ?? []) !== JSON.stringify(now)) return undefined;
  }
  return state;
}

/** Whether one transaction must precede another by the order that a level keeps. */
type Precedes = (one: Operation, other: Operation) => boolean;

const PRECEDES: Readonly<Record<ReturnType<typeof orderOf>, Precedes>> = {
  none: () => false,
  process: (one, other) => one.process === other.process && precedes(one, other),
  realtime: precedes,
};

/** What reads everything after all others; empty if nothing does. */
const NOTHING: Operation = { process: -1, f: 'txn', value: [], node: '', protocol: '', start: Infinity, outcome: 'ok' };

/** Whether transactions over lists are consistent with an isolation level. @param last a transaction that stays last */
export function isConsistentWith(level: IsolationLevel, all: readonly Operation[], last = NOTHING): boolean {
  const before = PRECEDES[orderOf(level)];
  const applied = all.filter(({ outcome }) => outcome === 'ok' || outcome === 'unknown');
  if (level === 'read-uncommitted' || level === 'read-committed') return isWeaklyConsistent(level, [...all, last]);
  return level.endsWith('serializable')
    ? isSerializable(applied, last, before)
    : isSnapshotIsolated(applied, last, before);
}

/** Serializability (Papadimitriou 1979), by an order that keeps what must precede what. */
function isSerializable(transactions: readonly Operation[], last: Operation, before: Precedes): boolean {
  for (const order of orders(transactions, isOk)) {
    if (!keeps(order, before)) continue;
    let state: Lists | undefined = new Map();
    for (const transaction of [...order, last]) state = state && apply(transaction, state);
    if (state !== undefined) return true;
  }
  return false;
}

/**
 * Snapshot isolation by its operational definition (Berenson and others 1995, section 4.2): starts and commits in every
 * order; reads see what had been committed at the start; of two concurrent writers of a list only one commits.
 */
function isSnapshotIsolated(transactions: readonly Operation[], last: Operation, before: Precedes): boolean {
  for (const commits of orders(transactions, isOk))
    if (keeps(commits, before) && hasSnapshots(commits, last, before)) return true;
  return false;
}

function hasSnapshots(commits: readonly Operation[], last: Operation, before: Precedes): boolean {
  const states: Lists[] = [new Map()];
  for (const [index, transaction] of commits.entries()) {
    const earliest = commits.reduce((latest, other, at) => (before(other, transaction) ? at + 1 : latest), 0);
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
  return apply(last, states.at(-1) as Lists) !== undefined;
}

const written = ({ value }: Operation): Set<unknown> =>
  new Set((value as MicroOperation[]).filter(([f]) => f !== 'r').map(([, list]) => list));

function writeSameList(one: Operation, other: Operation): boolean {
  const lists = written(one);
  return [...written(other)].some((list) => lists.has(list));
}

function overlay(state: Lists, own: Lists, transaction: Operation): Lists {
  const lists = written(transaction);
  return new Map([...state, ...[...own].filter(([list]) => lists.has(list))]);
}

/** A read or an append of a list, and the transaction that did it. */
interface Access {
  readonly by: Operation;
  readonly step: number;
  readonly list: unknown;
}
type Read = Access & { readonly seen: readonly unknown[] };
type Append = Access & { readonly element: unknown };

/**
 * PL-1 and PL-2 of Adya 1999, section 4.2: the committed transactions have an order that keeps every version order (PL-1), and
 * also puts each writer before its readers (PL-2). The version order of a list is its longest read; committed appends that
 * no read saw follow it (Kingsbury and Alvaro 2020, section 3).
 */
function isWeaklyConsistent(level: 'read-uncommitted' | 'read-committed', all: readonly Operation[]): boolean {
  const steps = all.flatMap((by) => (by.value as MicroOperation[]).map((micro, step) => ({ by, step, micro })));
  const reads = steps.flatMap(({ by, step, micro: [f, list, seen] }): Read[] =>
    f === 'r' && isOk(by) ? [{ by, step, list, seen: seen ?? [] }] : [],
  );
  const appends = steps.flatMap(({ by, step, micro: [f, list, element] }): Append[] =>
    f === 'append' ? [{ by, step, list, element }] : [],
  );
  if (reads.some(({ seen }) => new Set(seen).size < seen.length)) return false;
  const find = (list: unknown, element: unknown): Append | undefined =>
    appends.find((append) => append.list === list && append.element === element);
  const isSeen = (append: Append): boolean =>
    reads.some(({ list, seen }) => list === append.list && seen.includes(append.element));
  const committed = all.filter(
    (by) => isOk(by) || (by.outcome === 'unknown' && appends.some((append) => append.by === by && isSeen(append))),
  );
  const pairs: [Operation, Operation][] = [];
  for (const list of new Set(appends.map((append) => append.list))) {
    const longest = reads
      .filter((read) => read.list === list)
      .map(({ seen }) => seen.filter((element) => find(list, element) !== undefined))
      .reduce((one, other) => (other.length > one.length ? other : one), [] as readonly unknown[]);
    const order = longest.map((element) => (find(list, element) as Append).by).filter((by) => committed.includes(by));
    for (const [index, by] of order.slice(1).entries()) pairs.push([order[index] as Operation, by]);
    const last = order.at(-1);
    for (const append of appends)
      if (last !== undefined && append.list === list && committed.includes(append.by) && !isSeen(append))
        pairs.push([last, append.by]);
    if (level === 'read-uncommitted') continue;
    for (const { by, step, seen } of reads.filter((read) => read.list === list)) {
      if (seen.some((element, index) => element !== longest[index])) return false;
      if (seen.some((element) => !committed.includes((find(list, element) as Append).by))) return false;
      if (appends.some((own) => own.by === by && own.list === list && own.step > step && seen.includes(own.element)))
        return false;
      const source = seen.length === 0 ? undefined : find(list, seen.at(-1));
      if (source === undefined || source.by === by) continue;
      if (appends.some((next) => next.by === source.by && next.list === list && next.step > source.step)) return false;
      pairs.push([source.by, by]);
    }
  }
  if (
    level === 'read-committed' &&
    reads.some(({ list, seen }) => seen.some((element) => find(list, element) === undefined))
  )
    return false;
  const strict = pairs.filter(([one, other]) => one !== other);
  for (const order of orders(committed, () => true))
    if (strict.every(([one, other]) => order.indexOf(one) < order.indexOf(other))) return true;
  return false;
}
