import type { History, HistoryHeader, Operation } from '../../history/history.ts';
import {
  type Change,
  type Delivery,
  type Entry,
  FEED_TABLES,
  type FeedPage,
  inTable,
  isAfter,
  isDatetime,
  stepsInMillisecond,
} from '../../workloads/change-records.ts';
import type { Checker, RunningCheck } from '../checker.ts';
import type { CheckVerdict, Evidence } from '../shared/check-verdict.ts';
import { describe } from '../shared/describe.ts';
import { conclude, Findings, Tally } from '../shared/findings.ts';
import { quantiles } from '../shared/quantiles.ts';
import { ExpiryCheck } from './expiry.ts';
import {
  ANOMALIES,
  type ChangefeedAnomaly,
  changesIn,
  FeedReader,
  type Transaction,
  Transactions,
} from './feed-reader.ts';

/** The feed of a table that was read from its beginning to its end after the load, on one node. */
interface FinalFeed {
  readonly node: string;
  readonly reader: FeedReader;
  /** Versionstamps of the entries that hold a transaction. */
  readonly at: Map<Transaction, string>;
  /** When the reading began: milliseconds. */
  readonly start: number;
  /** The last page of it. */
  page: Operation;
  isComplete: boolean;
}

interface Consumer {
  readonly name: string;
  readonly readers: ReadonlyMap<string, FeedReader>;
  /** How far it has come: one feed of all tables orders their entries. */
  position: string;
  /** Its first poll, if that asked for all changes since a date and time, and not for the feed from its beginning. */
  opening: Operation | undefined;
  /** How late it got changes at most, milliseconds. */
  lag: number;
  /** Polls that took it further, each with the newest of its entries. */
  readonly passing: Operation[];
}

/**
 * Every acknowledged transaction reaches every consumer of a changefeed: once, whole, in order, with nothing that was refused; and
 * the feed from its beginning leads to what the tables hold. After the guarantees that etcd's robustness tests ask of a
 * watch: ordered, unique, atomic, reliable, resumable, with the value before.
 *
 * A subtle case, which SurrealDB 3.3.5 shows. A consumer resumes after the newest versionstamp that it saw:
 *
 *     writer A:   timestamp 7 ................ commit
 *     writer B:            timestamp 8 . commit
 *     consumer:                              polls: [8]   polls since 9: []
 *
 * Entry 7 becomes visible behind the consumer's position: the feed has it at the end, the consumer never does.
 *
 * Operations: `write` {tx, changes} · `poll` {after, entries}, key: the consumer · after the load `final-read`, key `feed`:
 * pages {table, entries, last}; key `item0` …: pairs of id and version. The consumer `observer` reads what is behind its position again
 * and again, which measures how late entries become visible. What expires: `ExpiryCheck`.
 */
export const checkChangefeed = ({ header, operations }: History): CheckVerdict<ChangefeedAnomaly> => {
  const check = new ChangefeedCheck(header);
  for (const operation of operations) check.take(operation);
  return check.verdict();
};

/**
 * The check while a history is read: entries are checked and forgotten, so that memory grows by the transactions, and not by what
 * every consumer got of them.
 */
export class ChangefeedCheck implements RunningCheck<ChangefeedAnomaly> {
  readonly #header: HistoryHeader;
  readonly #mayBeLate: boolean;
  readonly #findings = new Findings<ChangefeedAnomaly>();
  readonly #tally = new Tally();
  readonly #transactions = new Transactions();
  /** Polls and final feeds, until all transactions in them are known: a client prints a write after a consumer has got it. */
  readonly #waiting: Operation[] = [];
  #waitsFor: Change | undefined;
  readonly #consumers = new Map<string, Consumer>();
  readonly #feeds = new Map<string, FinalFeed>();
  readonly #tables: Operation[] = [];
  readonly #lags: number[] = [];
  readonly #late = new Lateness();
  readonly #expiry = new ExpiryCheck(this.#findings);
  readonly #lastStart = new Map<number, number>();
  #verdict: CheckVerdict<ChangefeedAnomaly> | undefined;

  constructor(header: HistoryHeader) {
    this.#header = header;
    this.#mayBeLate = header.options?.resume !== 'exclusive' && header.options?.resume !== undefined;
    // Each node has a consumer, even one that gets nothing.
    for (const node of header.nodes) this.#consumerNamed(node);
  }

  take(operation: Operation): Operation {
    const { f, outcome, key } = operation;
    if (this.#expiry.take(operation)) return operation;
    if (f === 'write') {
      this.#tally.add(operation);
      this.#transactions.add(operation);
      this.#takeWaiting();
    } else if (outcome === 'ok' && (f === 'poll' || (f === 'final-read' && key === 'feed'))) {
      this.#waiting.push(operation);
      this.#takeWaiting();
      return { ...operation, value: null };
    } else if (outcome === 'ok' && f === 'final-read') this.#tables.push(operation);
    return operation;
  }

  /** In the order in which they were recorded, as far as their transactions are known. */
  #takeWaiting(): void {
    if (this.#waitsFor !== undefined && !this.#transactions.isSettled(this.#waitsFor)) return;
    this.#waitsFor = undefined;
    let taken = 0;
    for (const operation of this.#waiting) {
      const { entries } = operation.value as Pick<Delivery, 'entries'>;
      for (const [, changes] of entries)
        this.#waitsFor ??= changes.find((change) => !this.#transactions.isSettled(change));
      if (this.#waitsFor !== undefined) break;
      this.#read(operation);
      taken++;
    }
    this.#waiting.splice(0, taken);
  }

  #read(operation: Operation): void {
    if (operation.f === 'poll') this.#readPoll(operation);
    else this.#readFinalPage(operation);
  }

  verdict(): CheckVerdict<ChangefeedAnomaly> {
    this.#verdict ??= this.#conclude();
    return this.#verdict;
  }

  #conclude(): CheckVerdict<ChangefeedAnomaly> {
    for (const operation of this.#waiting) this.#read(operation);
    const { nodes } = this.#header;
    const complete = [...this.#feeds.values()].filter(({ isComplete }) => isComplete);
    const behind = new Set<string>();
    for (const table of FEED_TABLES) {
      const feed = complete.find(({ reader }) => reader.table === table);
      if (feed === undefined) continue;
      for (const consumer of this.#consumers.values()) {
        findSkipped(consumer, table, feed, this.#findings, this.#late);
        if (consumer.opening === undefined && isAfter(feed.reader.position, consumer.position))
          behind.add(consumer.name);
      }
    }
    findLost(this.#transactions, complete, this.#findings);
    for (const node of nodes) {
      const own = complete.filter((feed) => feed.node === node);
      if (own.length < FEED_TABLES.length) continue;
      findSplit(own, this.#findings);
      compareTables(own, this.#tables, this.#transactions, this.#findings);
    }
    const counts = {
      transactions: this.#transactions.all.length,
      ...this.#tally.writes,
      consumers: this.#consumers.size,
      'consumers behind at the end': behind.size,
      ...quantiles('delivered after ms,', Float64Array.from(this.#lags)),
      ...this.#late.counts(),
      ...this.#expiry.counts(),
    };
    const reached = [...this.#consumers.values()].filter(({ position }) => position !== '0');
    const problem = problemOf(reached.length, [...behind], complete, nodes);
    return conclude('changefeed', counts, this.#findings, {
      valid: problem === undefined ? 'valid' : 'unknown',
      explanation:
        problem ??
        `All ${counts.acknowledged} acknowledged transactions reached each of ${counts.consumers} consumers once, whole and in order, and the feed leads to what the tables hold.${fallingBehind(this.#consumers.values())}${this.#expiry.sentence()}`,
    });
  }

  #readFinalPage(page: Operation): void {
    const { node } = page;
    const { table, entries, last } = page.value as FeedPage;
    const key = `${node} ${table}`;
    const name = `The feed of ${table} on ${node} at the end`;
    const reader = () => new FeedReader(name, table, this.#transactions, this.#findings);
    const feed = this.#feeds.get(key) ?? {
      node,
      reader: reader(),
      at: new Map(),
      start: page.start,
      page,
      isComplete: false,
    };
    this.#feeds.set(key, feed);
    for (const entry of entries) {
      feed.reader.take(entry, false, page);
      for (const change of entry[1]) {
        const transaction = this.#transactions.of(change);
        if (transaction !== undefined) feed.at.set(transaction, entry[0]);
      }
    }
    feed.page = page;
    feed.isComplete = last;
  }

  #readPoll(poll: Operation): void {
    const { key: name = '', process, start } = poll;
    // One that k6 interrupted while it was printed is printed once more.
    if (this.#lastStart.get(process) === start) return;
    this.#lastStart.set(process, start);
    const { after, entries } = poll.value as Delivery;
    const consumer = this.#consumerNamed(name);
    if (isDatetime(after)) consumer.opening = poll;
    const mayBeLate = this.#mayBeLate || name === OBSERVER;
    for (const entry of entries) {
      const [versionstamp, changes] = entry;
      for (const [table, reader] of consumer.readers) {
        const own = changes.filter(inTable(table));
        if (own.length > 0) reader.take([versionstamp, own], mayBeLate, poll);
      }
      if (isAfter(versionstamp, consumer.position)) {
        consumer.position = versionstamp;
        if (consumer.passing.at(-1)?.start !== start) consumer.passing.push(poll);
        consumer.passing[consumer.passing.length - 1] = { ...poll, value: { after, entries: [entry] } };
      }
      if (name === OBSERVER) this.#observe(after, versionstamp);
      else if (name !== LATE) this.#time(consumer, entry, poll);
    }
  }

  #consumerNamed(name: string): Consumer {
    const known = this.#consumers.get(name);
    if (known !== undefined) return known;
    const reader = (table: string) =>
      new FeedReader(`Consumer ${name} of ${table}`, table, this.#transactions, this.#findings);
    const consumer: Consumer = {
      name,
      readers: new Map(FEED_TABLES.map((table) => [table, reader(table)])),
      position: '0',
      opening: undefined,
      lag: 0,
      passing: [],
    };
    this.#consumers.set(name, consumer);
    return consumer;
  }

  /** How long after its acknowledgement a transaction came. */
  #time(consumer: Consumer, [, [change]]: Entry, { end, start }: Operation): void {
    const acknowledged = change && this.#transactions.of(change)?.operation.end;
    if (acknowledged === undefined) return;
    const lag = Math.max(0, (end ?? start) - acknowledged);
    this.#lags.push(lag);
    consumer.lag = Math.max(consumer.lag, lag);
  }

  #observe(after: string, versionstamp: string): void {
    this.#late.isMeasured = true;
    if (isAfter(after, versionstamp)) this.#late.add(versionstamp, after);
  }
}

/**
 * How far behind the newest entry an entry became visible, in versionstamps: by what the observer got late, and, at least, by what
 * a consumer passed and never got, as the answer that took it further lacked it.
 */
class Lateness {
  isMeasured = false;
  readonly #steps = new Map<string, number>();
  #stepsInMillisecond = 1;

  /** @param newest the newest versionstamp that was visible while this entry was not */
  add(versionstamp: string, newest: string): void {
    const steps = Number(BigInt(newest) - BigInt(versionstamp));
    this.#steps.set(versionstamp, Math.max(steps, this.#steps.get(versionstamp) ?? 0));
    this.#stepsInMillisecond = stepsInMillisecond(versionstamp);
  }

  counts(): Record<string, number> {
    if (!this.isMeasured && this.#steps.size === 0) return {};
    const steps = [...this.#steps.values()];
    const milliseconds = Float64Array.from(steps, (each) => Math.ceil((each / this.#stepsInMillisecond) * 1000) / 1000);
    return {
      'entries that became visible behind newer ones': steps.length,
      ...quantiles('behind by ms,', milliseconds),
      'behind by versionstamps, max': steps.reduce((most, each) => Math.max(most, each), 0),
    };
  }
}

/** Of a poll that took its consumer further. */
const newestIn = (poll: Operation): string => (poll.value as Delivery).entries[0]?.[0] ?? '0';

/** The consumer that starts in the middle of the load. */
export const LATE = 'late';
/** Milliseconds: a consumer that got changes later than that was not able to follow. */
const FELL_BEHIND = 1000;

/** The consumer that measures how late entries become visible. */
export const OBSERVER = 'observer';

/** What was acknowledged before the feed of a node was read is in it. */
function findLost({ all }: Transactions, feeds: readonly FinalFeed[], findings: Findings<ChangefeedAnomaly>): void {
  for (const { node, reader, start, page } of feeds)
    for (const transaction of all) {
      const { operation, tx } = transaction;
      const { outcome, end = Number.POSITIVE_INFINITY } = operation;
      if (outcome !== 'ok' || end > start || reader.hasSeen(transaction)) continue;
      if (changesIn(transaction, reader.table).length === 0) continue;
      const evidence = (): Evidence => ({
        message: `${tx} was acknowledged, but the feed of ${reader.table} on ${node} lacks it: ${describe(operation)}.`,
        operations: [operation, page],
        subject: tx,
        contradiction: { earlier: 0, later: 1, reason: `${tx} was acknowledged before the feed was read to its end` },
      });
      findings.add('lost', operation.start, evidence, 0, `${reader.table} ${tx}`);
    }
}

/** One that began at a time has passed all that was there when it had caught up, even if it got nothing. */
function findSkipped(
  { name, readers, position, passing, opening }: Consumer,
  table: string,
  feed: FinalFeed,
  findings: Findings<ChangefeedAnomaly>,
  late: Lateness,
): void {
  const reader = readers.get(table) as FeedReader;
  const passes = (versionstamp: string) => (poll: Operation) =>
    (poll.value as Delivery).entries.some(([each]) => isAfter(each, versionstamp));
  for (const [transaction, versionstamp] of feed.at) {
    const { operation, tx } = transaction;
    if (operation.outcome !== 'ok' || reader.hasSeen(transaction)) continue;
    if (opening === undefined ? isAfter(versionstamp, position) : operation.start <= opening.start) continue;
    const how = opening === undefined ? 'passed entry' : `asked since ${(opening.value as Delivery).after} for entry`;
    const passed = passing.find(passes(versionstamp));
    if (opening === undefined && passed !== undefined) late.add(versionstamp, newestIn(passed));
    const changes = changesIn(transaction, reader.table).map(([f, record]) => `${f} ${record}`);
    findings.add('skipped', operation.start, () => ({
      message: `Consumer ${name} ${how} ${versionstamp} of ${reader.table} and never got it; the feed of ${feed.node} has it at the end: ${changes.join(', ')} of ${tx} (${describe(operation)}).`,
      operations: [operation, opening ?? passed ?? feed.page],
      subject: tx,
      contradiction: {
        earlier: 0,
        later: 1,
        reason: `consumer ${name} ${how} ${versionstamp} by this poll, and no poll brought it`,
      },
    }));
  }
}

/** A transaction over several tables has one versionstamp in all of their feeds. */
function findSplit(feeds: readonly FinalFeed[], findings: Findings<ChangefeedAnomaly>): void {
  const at = new Map<Transaction, string>();
  for (const { node, at: own, reader, page } of feeds)
    for (const [transaction, versionstamp] of own) {
      const known = at.get(transaction) ?? versionstamp;
      at.set(transaction, known);
      if (known === versionstamp) continue;
      findings.add('torn', transaction.operation.start, () => ({
        message: `On ${node} ${transaction.tx} is entry ${known} of one table and entry ${versionstamp} of ${reader.table}: ${describe(transaction.operation)}.`,
        operations: [transaction.operation, page],
        subject: transaction.tx,
      }));
    }
}

/** Records of transactions of unknown outcome are left out: such a one may take effect between the two reads. */
function compareTables(
  feeds: readonly FinalFeed[],
  tables: readonly Operation[],
  { all }: Transactions,
  findings: Findings<ChangefeedAnomaly>,
): void {
  const node = feeds[0]?.node;
  const own = tables.filter((table) => table.node === node);
  if (FEED_TABLES.some((name) => !own.some(({ key }) => key === name))) return;
  const open = new Set<string>();
  for (const { operation, changes } of all)
    if (operation.outcome === 'unknown') for (const [, record] of changes) open.add(record);
  const found = new Map<string, number>();
  for (const read of own)
    for (const [id, version] of read.value as [string, number][]) {
      const record = `${read.key}:${id}`;
      if (found.has(record))
        findings.add('diverged', read.start, () => ({
          message: `On ${node} the table has ${record} twice.`,
          operations: [read],
          subject: record,
        }));
      found.set(record, version);
    }
  const report = (record: string, feed: FinalFeed, fed: number | undefined, held: number | undefined): void => {
    if (fed === held || open.has(record)) return;
    const read = own.find(({ key }) => key === feed.reader.table) as Operation;
    findings.add('diverged', read.start, () => {
      const last = all.findLast(({ changes }) => changes.some(([, each]) => each === record))?.operation;
      return {
        message: `On ${node} the feed leaves ${record} ${versionText(fed)}, but the table has it ${versionText(held)}.`,
        operations: [...(last === undefined ? [] : [last]), feed.page, read],
        subject: record,
        contradiction: {
          earlier: last === undefined ? 0 : 1,
          later: last === undefined ? 1 : 2,
          reason: `the feed leaves ${record} ${versionText(fed)}, the table has it ${versionText(held)}`,
        },
      };
    });
  };
  for (const feed of feeds) {
    const { reader } = feed;
    for (const [record, version] of reader.state) report(record, feed, version, found.get(record));
    for (const [record, version] of found)
      if (record.startsWith(`${reader.table}:`) && !reader.state.has(record)) report(record, feed, undefined, version);
  }
}

const versionText = (version: number | undefined): string =>
  version === undefined ? 'deleted or never made' : `at version ${version}`;

/** Consumers that could not follow for a while, though they had everything at the end. */
function fallingBehind(consumers: Iterable<Consumer>): string {
  const slow = [...consumers].filter(({ lag }) => lag > FELL_BEHIND);
  return slow.map(({ name, lag }) => ` Consumer ${name} fell behind by up to ${(lag / 1000).toFixed(1)} s.`).join('');
}

function problemOf(
  consumers: number,
  behind: readonly string[],
  complete: readonly FinalFeed[],
  nodes: readonly string[],
): string | undefined {
  if (consumers === 0) return 'No consumer got anything of the feed, so nothing is known about it.';
  const unread = nodes.filter((node) => complete.filter((feed) => feed.node === node).length < FEED_TABLES.length);
  if (unread.length > 0) return `The feed was not read to its end on ${unread.join(', ')} after the load.`;
  if (behind.length > 0) return `${behind.join(', ')} fell behind and had not caught up at the end: use a lower rate.`;
  return undefined;
}

export const changefeed = {
  name: 'changefeed',
  anomalies: ANOMALIES,
  among: { lost: 'acknowledged', skipped: 'acknowledged', torn: 'transactions', dirty: 'refused' },
  begin: (header) => new ChangefeedCheck(header),
  check: checkChangefeed,
} as const satisfies Checker<ChangefeedAnomaly>;
