import type { Operation } from '../../lib/core/history/history.ts';

const STRANGER = 987_654;

/** Whether a list has a field for each column of the query, so that none can be missing, and none come twice. */
type IsRow = (list: readonly unknown[]) => boolean;

/** Values of several types are a row. All else is a list of any length. */
export const isMixed: IsRow = (list) => new Set(list.map((each) => typeof each)).size > 1;

/** All values that differ from one in a single place. */
export function changesOf(value: unknown, isRow: IsRow = isMixed): unknown[] {
  if (typeof value === 'number') return [value + 1, value - 1, STRANGER, null];
  if (typeof value === 'string') return /^\d{16,}$/.test(value) ? neighboursOf(value) : [`${value}x`];
  if (value === null || value === undefined) return [STRANGER];
  if (Array.isArray(value)) {
    const inside = changesInside(value, isRow);
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
    ...changesOf(each, isRow).map((other) => ({ ...value, [key]: other })),
  ]);
}

/** A list with a change in one of its items, which all stay. */
export const changesInside = (list: readonly unknown[], isRow: IsRow = isMixed): unknown[] =>
  list.flatMap((each, at) => changesOf(each, isRow).map((other) => replaceAt(list, at, 1, other)));

/** Digits of a whole number beyond 2^53. */
const neighboursOf = (digits: string): string[] => [1n, -1n].map((step) => String(BigInt(digits) + step));

export function replaceAt<T>(list: readonly T[], at: number, count: number, ...items: readonly T[]): T[] {
  const copy = [...list];
  copy.splice(at, count, ...items);
  return copy;
}

const ANSWERED: ReadonlySet<string> = new Set(['read', 'final-read', 'txn']);

/** What an operation might have been answered instead. Of a transaction only what its reads saw is an answer. */
export function answersInsteadOf({ f, outcome, value }: Operation): unknown[] {
  if (outcome !== 'ok' || !ANSWERED.has(f)) return [];
  const steps = value as readonly (readonly [f: string, key: string, seen: unknown])[];
  const isTransaction = Array.isArray(value) && steps.every((step) => Array.isArray(step) && step[0] === 'r');
  if (f !== 'txn' && !(isTransaction && steps.length > 0)) return changesOf(value);
  return steps.flatMap(([step, key, seen], at) =>
    step === 'r' ? changesOf(seen).map((other) => replaceAt(steps, at, 1, [step, key, other])) : [],
  );
}
