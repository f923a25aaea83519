import type { Operation } from '../../history/history.ts';
import {
  type Change,
  type Entry,
  inTable,
  isAfter,
  type PlannedTransaction,
  TABLE_WITH_ORIGINAL,
} from '../../workloads/change-records.ts';
import { describe } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';

export const ANOMALIES = {
  lost: 'A transaction was acknowledged, but the feed of a node lacks it at the end.',
  skipped:
    'A transaction was acknowledged and the feed shows it at the end, but a consumer that had passed it never got it.',
  diverged: 'The feed, replayed from its beginning, does not lead to what the table holds, each record once.',
  dirty: 'The feed shows a change of a transaction that was refused.',
  phantom: 'The feed shows a change that nobody wrote.',
  torn: 'An entry of the feed shows a part of a transaction without the rest of it.',
  duplicate: 'The feed shows a change twice.',
  'out of order': 'A feed shows changes in another order than they were made in.',
  moved: 'One reader got a transaction under another versionstamp than another one.',
  'wrong original': 'A change shows another version as the one before than the record had.',
  'expired early': 'The feed lacks a change that is younger than the retention.',
} as const;

export type ChangefeedAnomaly = keyof typeof ANOMALIES;

/** A transaction that a client asked for. */
export interface Transaction extends PlannedTransaction {
  readonly number: number;
  readonly operation: Operation;
}

/** Under which versionstamp a reader got a transaction. */
interface KnownEntry {
  readonly versionstamp: string;
  readonly reader: string;
  /** When: milliseconds. */
  readonly at: number;
}

/** Every transaction of a history. */
export class Transactions {
  readonly all: Transaction[] = [];
  readonly #byId = new Map<string, Transaction>();
  readonly #deleting = new Map<string, Transaction>();
  /** By table and number of the transaction. */
  readonly #entries = new Map<string, KnownEntry[]>();

  add(operation: Operation): void {
    const { tx, changes } = operation.value as PlannedTransaction;
    const transaction = { tx, changes, number: this.all.length, operation };
    this.all.push(transaction);
    this.#byId.set(tx, transaction);
    for (const [f, record] of changes) if (f === 'delete') this.#addDelete(record, transaction);
  }

  /** One that was refused does not stand before one that was not: a record is deleted once. */
  #addDelete(record: string, transaction: Transaction): void {
    const known = this.#deleting.get(record);
    if (known === undefined || isRefused(known)) this.#deleting.set(record, transaction);
  }

  /** The entry of a transaction in the feed of a table: as the first reader of all got it. */
  entryOf({ number }: Transaction, table: string, got: KnownEntry): KnownEntry {
    const known = this.#entries.get(table) ?? [];
    this.#entries.set(table, known);
    known[number] ??= got;
    return known[number];
  }

  /** Whether more operations cannot change what `of` returns. */
  isSettled(change: Change): boolean {
    const transaction = this.of(change);
    return transaction !== undefined && (change[0] === 'put' || !isRefused(transaction));
  }

  /** The transaction that made a change; undefined if nobody asked for it. */
  of(change: Change): Transaction | undefined {
    return change[0] === 'put' ? this.#byId.get(change[3]) : this.#deleting.get(change[1]);
  }
}

export const isRefused = ({ operation: { outcome } }: Transaction): boolean =>
  outcome === 'failed' || outcome === 'conflict';

/** Changes of a transaction to one table, which stand in one entry of its feed. */
export const changesIn = ({ changes }: PlannedTransaction, table: string): PlannedTransaction['changes'] =>
  changes.filter(inTable(table));

/** What one reader sees of the feed of a table: a consumer, entry by entry as they come, or the whole at the end. */
export class FeedReader {
  /** The newest versionstamp, as text and as steps since the first. */
  position = '0';
  readonly table: string;
  readonly #name: string;
  readonly #transactions: Transactions;
  readonly #findings: Findings<ChangefeedAnomaly>;
  /** Changes that were delivered: a bit for each, by number of the transaction. */
  #seen = new Uint32Array(1024);
  /** Versions by record, as the changes so far left them; a deleted record has none. */
  readonly state = new Map<string, number>();
  #latestStart = Number.NEGATIVE_INFINITY;
  #latest: Transaction | undefined;

  /** @param name for sentences: `consumer surreal-1` */
  constructor(name: string, table: string, transactions: Transactions, findings: Findings<ChangefeedAnomaly>) {
    this.#name = name;
    this.table = table;
    this.#transactions = transactions;
    this.#findings = findings;
  }

  /** Whether any change of a transaction was delivered. */
  hasSeen({ number }: Transaction): boolean {
    return (this.#seen[number] ?? 0) !== 0;
  }

  /**
   * Takes the next entry.
   * @param mayBeLate whether the reader asks for what is before its position again, so that an entry may come behind it
   * @param by the operation that delivered it
   */
  take([versionstamp, changes]: Entry, mayBeLate: boolean, by: Operation): void {
    const isLate = !isAfter(versionstamp, this.position);
    if (isLate && !mayBeLate)
      this.#report(
        'out of order',
        by,
        `entry ${versionstamp}`,
        [],
        `entry ${versionstamp} came after entry ${this.position}`,
      );
    if (!isLate) this.position = versionstamp;
    const expected = new Map<Transaction, number>();
    for (const change of changes) {
      const transaction = this.#takeChange(change, versionstamp, isLate, by);
      if (transaction !== undefined) expected.set(transaction, (expected.get(transaction) ?? 0) + 1);
    }
    for (const [transaction, count] of expected) {
      const planned = changesIn(transaction, this.table).length;
      if (count < planned)
        this.#report(
          'torn',
          by,
          transaction.tx,
          [transaction],
          `entry ${versionstamp} has ${count} of the ${planned} changes of ${transaction.tx} to ${this.table}`,
        );
      if (!isLate) this.#checkRealTime(transaction, versionstamp, by);
    }
  }

  #takeChange(change: Change, versionstamp: string, isLate: boolean, by: Operation): Transaction | undefined {
    const [, record] = change;
    const transaction = this.#transactions.of(change);
    const index = transaction?.changes.findIndex((planned) => isSame(planned, change)) ?? -1;
    if (transaction === undefined || index < 0) {
      this.#report(
        'phantom',
        by,
        record,
        [],
        `entry ${versionstamp} has ${JSON.stringify(change)}, which nobody wrote`,
      );
      return undefined;
    }
    if (isRefused(transaction)) {
      this.#report(
        'dirty',
        by,
        record,
        [transaction],
        `entry ${versionstamp} has ${JSON.stringify(change)} of a refused transaction`,
      );
      return undefined;
    }
    const bit = 1 << index;
    const seen = this.#seen[transaction.number] ?? 0;
    if ((seen & bit) !== 0) {
      this.#report(
        'duplicate',
        by,
        record,
        [transaction],
        `${record} of ${transaction.tx} came again in entry ${versionstamp}`,
      );
      return undefined;
    }
    this.#mark(transaction.number, seen | bit);
    const got = { versionstamp, reader: this.#name, at: by.start };
    const known = this.#transactions.entryOf(transaction, this.table, got);
    if (known.versionstamp !== versionstamp)
      this.#report(
        'moved',
        by,
        transaction.tx,
        [transaction],
        `${transaction.tx} is entry ${versionstamp} of ${this.table}; at ${known.at.toFixed(1)} ms it was entry ${known.versionstamp} (${known.reader})`,
      );
    if (this.table === TABLE_WITH_ORIGINAL) this.#checkOriginal(change, transaction, index, versionstamp, by);
    if (!isLate) this.#replay(change, transaction, versionstamp, by);
    return transaction;
  }

  #mark(number: number, bits: number): void {
    if (number >= this.#seen.length) {
      const larger = new Uint32Array(Math.max(2 * this.#seen.length, number + 1));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    this.#seen[number] = bits;
  }

  /** Each version follows the one before; what a reader got does not matter, because it may have skipped that one. */
  #checkOriginal(change: Change, transaction: Transaction, index: number, versionstamp: string, by: Operation): void {
    const [f, record] = change;
    const previous = f === 'put' ? change[4] : change[2];
    const version = (transaction.changes[index]?.[2] ?? 0) - 1;
    if ((previous ?? 0) === version) return;
    this.#report(
      'wrong original',
      by,
      record,
      [transaction],
      `entry ${versionstamp} says that ${record} had version ${previous ?? 'none'} before, but it had version ${version}`,
    );
  }

  #replay(change: Change, transaction: Transaction, versionstamp: string, by: Operation): void {
    const [f, record] = change;
    const before = this.state.get(record);
    if (f === 'delete') {
      this.state.delete(record);
      return;
    }
    const [, , version] = change;
    if (before !== undefined && version < before)
      this.#report(
        'out of order',
        by,
        record,
        [transaction],
        `${record} went from version ${before} to ${version} in entry ${versionstamp}`,
      );
    this.state.set(record, version);
  }

  /** A transaction that was acknowledged before another was asked for stands before it. */
  #checkRealTime(transaction: Transaction, versionstamp: string, by: Operation): void {
    const { start, end, outcome } = transaction.operation;
    if (outcome === 'ok' && end !== undefined && end < this.#latestStart && this.#latest !== undefined)
      this.#report(
        'out of order',
        by,
        transaction.tx,
        [transaction, this.#latest],
        `${transaction.tx} was acknowledged before ${this.#latest.tx} began, but entry ${versionstamp} has it after that`,
      );
    if (start > this.#latestStart) {
      this.#latestStart = start;
      this.#latest = transaction;
    }
  }

  /** @param about the transactions that the finding is about; the first one is the element of the picture */
  #report(kind: ChangefeedAnomaly, by: Operation, subject: string, about: readonly Transaction[], what: string): void {
    const [first] = about;
    this.#findings.add(kind, by.start, () => ({
      message: `${this.#name}: ${what}${first === undefined ? '' : ` (${describe(first.operation)})`}.`,
      operations: [...about.map(({ operation }) => operation), by],
      subject,
      ...(about.length === 0 ? {} : { contradiction: { earlier: 0, later: about.length, reason: what } }),
    }));
  }
}

const isSame = ([f, record, version]: PlannedTransaction['changes'][number], change: Change): boolean =>
  record === change[1] && (f === 'delete' ? change[0] === 'delete' : change[0] === 'put' && change[2] === version);
