import { ExpiryCheck } from '../checkers/changefeed/expiry.ts';
import { isRuns, timesInRuns } from '../checkers/set/runs-of-numbers.ts';
import { Findings } from '../checkers/shared/findings.ts';
import type { FaultWindow } from '../faults/window.ts';
import { conflictsOf, type Operation } from '../history/history.ts';
import { isOfTheLoad } from '../history/load-operations.ts';
import type { SituationName } from './situations.ts';

/** What a run recorded, as far as it shows whether the run tested anything. */
export interface RecordedRun {
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultWindow[];
  /** In how many regions the data were; absent if that is not known. */
  readonly regions?: number | undefined;
  /** How many regions had another leader after a fault than before; absent if that is not known. */
  readonly leaderChanges?: number | undefined;
}

/** A read this soon after a write was acknowledged elsewhere would show a node that lags behind. */
const PROMPT_MS = 10;

/** Whether each situation happened in a run. */
export const HAPPENED: Readonly<Record<SituationName, (run: RecordedRun) => boolean>> = {
  'several nodes': ({ operations }) => new Set(acknowledged(operations).map(({ node }) => node)).size > 1,
  conflict: ({ operations }) => operations.some((it) => conflictsOf(it) > 0),
  'retry that won': ({ operations }) => operations.some((it) => it.outcome === 'ok' && conflictsOf(it) > 0),
  refusal: ({ operations }) => operations.some(({ refused }) => refused === true),
  'overlap on one key': ({ operations }) => overlap(operations),
  'prompt read on another node': ({ operations }) => promptRead(operations),
  'expired position': ({ operations }) => positionExpired(operations),
  'several regions': ({ regions = 0 }) => regions > 1,
  'operation in flight at a fault': inFlight,
  'unknown applied': ({ operations }) => unknownWrites(operations).some((it) => wasApplied(it, operations)),
  'unknown not applied': ({ operations }) =>
    operations.some(isFinalRead) && unknownWrites(operations).some((it) => !wasApplied(it, operations)),
  'leader change under a fault': ({ leaderChanges = 0 }) => leaderChanges > 0,
};

const isFinalRead = ({ f }: Operation): boolean => f === 'final-read';
const isRead = ({ f }: Operation): boolean => f === 'read' || f === 'final-read';
const acknowledged = (operations: readonly Operation[]): Operation[] =>
  operations.filter((it) => it.outcome === 'ok' && isOfTheLoad(it));

/** What an operation reads or writes: its key, both accounts of a transfer, the lists of a transaction. */
function keysOf({ key, value }: Operation): readonly string[] {
  if (key !== undefined) return [key];
  if (Array.isArray(value)) return value.flatMap((step) => (Array.isArray(step) ? [String(step[1])] : []));
  const { from, to } = (value ?? {}) as { from?: unknown; to?: unknown };
  return [from, to].filter((it): it is string => typeof it === 'string');
}

/** Whether two clients had an operation in flight on one key at the same time, one of them a write. */
function overlap(operations: readonly Operation[]): boolean {
  const open = new Map<string, Operation[]>();
  for (const operation of operations.filter(isOfTheLoad).toSorted((a, b) => a.start - b.start))
    for (const key of keysOf(operation)) {
      const still = (open.get(key) ?? []).filter(({ end = Number.POSITIVE_INFINITY }) => end > operation.start);
      if (still.some((other) => other.process !== operation.process && !(isRead(other) && isRead(operation))))
        return true;
      open.set(key, [...still, operation]);
    }
  return false;
}

/** Whether a key was read within 10 ms after a write of it was acknowledged by another node. A read without a key covers all. */
function promptRead(operations: readonly Operation[]): boolean {
  const done = acknowledged(operations);
  const writes = done.filter((it) => !isRead(it)).toSorted((a, b) => endOf(a) - endOf(b));
  const reads = done.filter((it) => it.f !== 'write').toSorted((a, b) => a.start - b.start);
  let first = 0;
  for (const read of reads) {
    while (endOf(writes[first]) < read.start - PROMPT_MS) first++;
    const keys = isRead(read) && read.key === undefined ? undefined : keysOf(read);
    for (let index = first; endOf(writes[index]) <= read.start; index++) {
      const write = writes[index];
      if (write !== undefined && write.node !== read.node && (keys?.some((key) => keysOf(write).includes(key)) ?? true))
        return true;
    }
  }
  return false;
}

/** Whether a consumer of a changefeed resumed from a position that had expired. */
function positionExpired(operations: readonly Operation[]): boolean {
  const check = new ExpiryCheck(new Findings());
  for (const operation of operations) check.take(operation);
  return check.expired > 0;
}

const endOf = (operation: Operation | undefined): number => operation?.end ?? Number.POSITIVE_INFINITY;

function inFlight({ operations, faults }: RecordedRun): boolean {
  const moments = faults.flatMap(({ began }) => (began === undefined ? [] : [began]));
  const load = operations.filter(isOfTheLoad);
  return moments.some((at) => load.some(({ start, end }) => start < at && (end ?? Number.POSITIVE_INFINITY) > at));
}

const unknownWrites = (operations: readonly Operation[]): Operation[] =>
  operations.filter((it) => it.outcome === 'unknown' && isOfTheLoad(it) && !isRead(it) && marksOf(it).length > 0);

/** Whether a read shows what a write of unknown outcome wrote. */
function wasApplied(write: Operation, operations: readonly Operation[]): boolean {
  const marks = marksOf(write);
  return operations.some(
    (it) =>
      it.outcome === 'ok' &&
      it.start > write.start &&
      (isFinalRead(it) || (isRead(it) && it.key !== undefined && it.key === write.key)) &&
      marks.some((mark) => holds(it.value, mark)),
  );
}

type Mark = string | number;
const isMark = (value: unknown): value is Mark => typeof value === 'string' || typeof value === 'number';

/** What only this write can have put there: the id of a transfer, the elements of a transaction, the value, or its key if it has no value. */
function marksOf({ key, value }: Operation): Mark[] {
  if (isMark(value)) return [value];
  if (Array.isArray(value)) {
    const steps = value.filter(Array.isArray);
    if (steps.length > 0)
      return steps.filter(([f]) => f === 'append').flatMap(([, , element]) => (isMark(element) ? [element] : []));
    return value.slice(-1).filter(isMark);
  }
  const { id } = (value ?? {}) as { id?: unknown };
  if (isMark(id)) return [id];
  return value === undefined && key !== undefined ? [key] : [];
}

function holds(value: unknown, mark: Mark): boolean {
  if (isRuns(value)) return timesInRuns(value, Number(mark)) > 0;
  if (Array.isArray(value)) return value.some((each) => holds(each, mark));
  if (typeof value === 'object' && value !== null) return Object.values(value).some((each) => holds(each, mark));
  return value === mark;
}
