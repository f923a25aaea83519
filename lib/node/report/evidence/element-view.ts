import { INVARIANT } from '../../../core/checkers/invariants.ts';
import { isRuns, timesInRuns } from '../../../core/checkers/set/runs-of-numbers.ts';
import type { Evidence } from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import { bareFunction } from '../../../core/history/history-parts.ts';
import { subjectOf } from '../../../core/verdict/check-findings.ts';
import {
  type Change,
  type Delivery,
  type FeedPage,
  inTable,
  type PlannedChange,
  type PlannedTransaction,
} from '../../../core/workloads/change-records.ts';
import type { Delivered, LiveChange } from '../../../core/workloads/live-records.ts';
import { covers, type Found, LETTERS, lettersOf, type Range } from '../../../core/workloads/scattered.ts';

/** What one operation showed of an element. */
export interface Reading {
  /** Who read: a node, or a consumer of a feed. A row of the picture. */
  readonly reader: string;
  /** How often each part of the element was there. */
  readonly counts: readonly number[];
}

/** How the readings of a history show one element: what a picture of its life is drawn from. */
export interface ElementView {
  readonly element: string;
  readonly written: Operation | undefined;
  readonly parts: number;
  /** @returns undefined if the operation says nothing about the element */
  readonly readingOf: (operation: Operation) => Reading | undefined;
  /** Whether the readings of a reader are pages of one whole, so that their counts add up. */
  readonly addsUp: boolean;
  /** How a sentence says that it was seen, or missing, and in what. */
  readonly words: {
    readonly seen: string;
    readonly missing: string;
    readonly look: 'read' | 'notification' | 'answer';
  };
}

type MakeView = (evidence: Evidence) => ElementView | undefined;

/** An element of a collection that is read as a whole. */
const collection: MakeView = (evidence) => heldIn(evidence, false);

/** A record that its client reads back, with its others, on each node: in pages. */
const ownRecords: MakeView = (evidence) => heldIn(evidence, true);

/**
 * By checker, how to follow the element that its evidence is about. To show the life of elements of another checker, add it
 * here; checkers of keys, registers and lists have none, because their operations name what they contradict.
 */
const VIEWS: Readonly<Record<string, MakeView>> = {
  set: collection,
  unique: collection,
  bank: collection,
  writes: ownRecords,
  created: ownRecords,
  changefeed,
  atomicity: transaction,
  invariants: invariant,
  live: liveChange,
};

const SEEN = { seen: 'seen', missing: 'missing', look: 'read' } as const;

export const viewOf = (checker: string, evidence: Evidence): ElementView | undefined => VIEWS[checker]?.(evidence);

const isRead = ({ f }: Operation): boolean => bareFunction(f).endsWith('read');

function heldIn({ operations: [written], subject }: Evidence, isOwn: boolean): ElementView | undefined {
  if (written === undefined || isRead(written)) return undefined;
  const element = subject ?? subjectOf(written);
  if (element === undefined) return undefined;
  return {
    element,
    written,
    parts: 1,
    addsUp: isOwn,
    words: SEEN,
    readingOf(operation) {
      if (!isRead(operation) || (isOwn && operation.process !== written.process)) return undefined;
      const times = timesIn(operation.value, element);
      return times === undefined ? undefined : { reader: operation.node, counts: [times] };
    },
  };
}

/** A change of a record on its way to the live queries: a subscriber holds what all its notifications told. */
function liveChange({ operations: [written] }: Evidence): ElementView | undefined {
  if (written?.f !== 'change' || written.key === undefined) return undefined;
  const { key: record } = written;
  const { action, version } = written.value as LiveChange;
  return {
    element: action === 'delete' ? `${record}, deleted` : `${record}, version ${version}`,
    written,
    parts: 1,
    addsUp: true,
    words: { seen: 'delivered', missing: 'not delivered', look: 'notification' },
    readingOf({ f, key, value }) {
      if (f !== 'notify') return undefined;
      const [told, of, its] = value as Delivered;
      if (of !== record) return undefined;
      const isIt = told === action && (action === 'delete' || its === version);
      return { reader: `subscriber ${key}`, counts: [isIt ? 1 : 0] };
    },
  };
}

/** A transaction on its way through a changefeed: a consumer holds what all its polls brought, a feed what all its pages do. */
function changefeed({ operations: [written] }: Evidence): ElementView | undefined {
  if (written === undefined || bareFunction(written.f) !== 'write') return undefined;
  const { tx, changes } = written.value as Partial<PlannedTransaction>;
  if (tx === undefined || changes === undefined) return undefined;
  // A poll that k6 interrupted while it was printed is printed once more.
  const lastStart = new Map<number, number>();
  const countsIn = (shown: readonly Change[]) =>
    changes.map((planned) => shown.filter((change) => isOf(planned, tx, change)).length);
  return {
    element: tx,
    written,
    parts: changes.length,
    addsUp: true,
    words: { seen: 'delivered', missing: 'not delivered', look: 'answer' },
    readingOf({ f, key, node, value, process, start }) {
      if (bareFunction(f) === 'poll') {
        if (lastStart.get(process) === start) return undefined;
        lastStart.set(process, start);
        const shown = (value as Delivery).entries.flatMap(([, own]) => own);
        return { reader: `consumer ${key}`, counts: countsIn(shown) };
      }
      if (bareFunction(f) !== 'final-read' || key !== 'feed') return undefined;
      const { entries, table } = value as FeedPage;
      const shown = entries.flatMap(([, own]) => own).filter(inTable(table));
      return { reader: `feed of ${node}`, counts: countsIn(shown) };
    },
  };
}

/** Deletes name no transaction, but a record is deleted once. */
const isOf = ([f, record, version]: PlannedChange, tx: string, change: Change): boolean =>
  change[1] === record &&
  (f === 'delete' ? change[0] === 'delete' : change[0] === 'put' && change[2] === version && change[3] === tx);

/** A transaction over several tables, with a record in each. */
function transaction({ operations: [written] }: Evidence): ElementView | undefined {
  if (written?.key === undefined || isRead(written)) return undefined;
  const { key: id } = written;
  const tables = [...lettersOf(id)].map((letter) => LETTERS.indexOf(letter as (typeof LETTERS)[number]));
  const countsIn = (found: Found) => tables.map((table) => (found[table] ?? []).filter((it) => it === id).length);
  return {
    element: id,
    written,
    parts: tables.length,
    addsUp: false,
    words: SEEN,
    readingOf({ f, node: reader, value }) {
      if (bareFunction(f) === 'final-read') return { reader, counts: countsIn(value as Found) };
      if (bareFunction(f) !== 'read') return undefined;
      const [range, found] = value as [Range, Found];
      return covers(range, id) ? { reader, counts: countsIn(found) } : undefined;
    },
  };
}

/** Readings of the invariant that was broken. */
function invariant({ operations }: Evidence): ElementView | undefined {
  const name = operations.at(-1)?.key;
  if (name === undefined) return undefined;
  return {
    element: `"${name}"`,
    written: undefined,
    parts: 1,
    addsUp: false,
    words: { seen: 'kept', missing: 'broken', look: 'read' },
    readingOf({ f, key, node: reader, value }) {
      if (bareFunction(f) !== INVARIANT || key !== name) return undefined;
      return { reader, counts: [(value as readonly unknown[]).length === 0 ? 1 : 0] };
    },
  };
}

/** How often a collection that was read holds an element; undefined if the value is not a collection. */
export function timesIn(value: unknown, element: string): number | undefined {
  if (Array.isArray(value))
    return value.filter((entry) => String(Array.isArray(entry) ? entry[0] : entry) === element).length;
  if (typeof value !== 'object' || value === null) return undefined;
  if (isRuns(value)) return timesInRuns(value, Number(element));
  const { ledger } = value as { readonly ledger?: unknown };
  return Array.isArray(ledger) ? timesIn(ledger, element) : undefined;
}
