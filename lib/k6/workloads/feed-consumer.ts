import { classifySql, type RawAnswer } from '../../core/protocols/outcome.ts';
import { mapRequest, query, type Request } from '../../core/protocols/request.ts';
import { tableOf } from '../../core/verdict/table-shape.ts';
import {
  type Change,
  type Delivery,
  datetimeOf,
  type Entry,
  entriesOf,
  FEED_TABLES,
  type FeedPage,
  inTable,
  isAfter,
  MOST_ENTRIES,
  quoteVersionstamps,
  type Resume,
  since,
  versionstampAt,
} from '../../core/workloads/change-records.ts';
import { patiently } from '../operations/final-read.ts';
import { lineStart, record } from '../operations/recorder.ts';
import type { Route } from '../session/route.ts';
import { now } from '../test/execution.ts';

/**
 * One page of the feed of all tables, from a versionstamp on. Only an empty page is the last one: LIMIT counts what the server
 * looks at, not what it answers (SurrealDB 3.3.5, docs/findings.md).
 */
export const feedFrom = (versionstamp: string): Request<Entry[]> => {
  const request = query(`SHOW CHANGES FOR DATABASE SINCE ${versionstamp} LIMIT ${MOST_ENTRIES}`);
  const read = (raw: RawAnswer) => classifySql({ ...raw, body: raw.body && quoteVersionstamps(raw.body) });
  return mapRequest({ ...request, read }, ([rows]) => entriesOf(rows as Parameters<typeof entriesOf>[0]));
};

/** The entries of one table; those that hold nothing of it are left out. */
const ofTable = (entries: readonly Entry[], table: string): Entry[] =>
  entries
    .map(([versionstamp, changes]): Entry => [versionstamp, changes.filter(inTable(table))])
    .filter(([, changes]) => changes.length > 0);

/** Whether a page is as long as LIMIT allows, which counts the tables of an entry one by one. */
function isFull(page: readonly Entry[]): boolean {
  if (page.length * FEED_TABLES.length < MOST_ENTRIES) return false;
  const tables = page.map(([, changes]) => new Set(changes.map(([, record]) => tableOf(record))).size);
  return tables.reduce((sum, count) => sum + Math.max(1, count), 0) >= MOST_ENTRIES;
}

/** What is the same of an entry however often it is read. */
const partOf = (table: string, versionstamp: string): string => `${table} ${versionstamp}`;

const INCLUSIVE: Resume = { kind: 'inclusive', milliseconds: 0 };

interface Pending {
  readonly entries: readonly Entry[];
  /** Of the whole page; undefined if it was empty. */
  readonly newest: string | undefined;
  readonly isFull: boolean;
  readonly route: Route;
  readonly start: number;
  readonly end: number;
  isRecorded: boolean;
}

/** Follows the feed as an application does: remembers how far it has come, and goes on from there. */
export class FeedConsumer {
  /** The newest versionstamp that it has got. */
  position = '0';
  readonly #name: string;
  readonly #tables: readonly string[];
  readonly #resume: Resume;
  /** Entries that it has got, table by table. */
  readonly #seen = new Set<string>();
  /** Where the next page begins, if it is not the first one of those that are read again. */
  #from: string | undefined;
  /** What the last poll got, until all of it is taken. */
  #pending: Pending | undefined;

  /** Where it begins: milliseconds since 1970, to the first entry; undefined if at the beginning of the feed. */
  readonly #begin: number | undefined;
  #hasBegun = false;

  /** @param name its key in the history @param begin the present, to follow the feed from now on */
  constructor(name: string, tables: readonly string[], resume: Resume, begin?: number) {
    this.#name = name;
    this.#tables = tables;
    this.#resume = resume;
    this.#begin = begin;
  }

  /** Where the next page begins, as SINCE takes it. */
  #since(): string {
    if (this.position === '0' && this.#begin !== undefined) return datetimeOf(this.#begin);
    return since(this.#from ?? this.position, this.#from === undefined ? this.#resume : INCLUSIVE);
  }

  /** Reads the next page. @returns the number of entries that it had not got yet; undefined if the node did not answer */
  poll(route: Route): number | undefined {
    this.#finish();
    const start = now();
    const answer = route.ask('poll', feedFrom(this.#since()));
    if (answer.outcome !== 'ok') return undefined;
    const readsAgain = this.#resume.kind !== 'exclusive' || this.#from !== undefined;
    const read = readsAgain ? answer.value.map((entry) => this.#fresh(entry)) : answer.value;
    const entries = read.filter((entry) => entry[1].length > 0);
    this.#pending = {
      entries,
      newest: answer.value.at(-1)?.[0],
      isFull: isFull(answer.value),
      route,
      start,
      end: now(),
      isRecorded: false,
    };
    this.#finish();
    return entries.length;
  }

  /** What it has not got of an entry: one that was cut at the end of a page comes again with the tables that were missing. */
  #fresh(entry: Entry): Entry {
    const isNew = (change: Change) => !this.#seen.has(partOf(tableOf(change[1]), entry[0]));
    return entry[1].every(isNew) ? entry : [entry[0], entry[1].filter(isNew)];
  }

  /**
   * Takes what the last poll got. k6 may interrupt a VU between any two instructions, so this can be called again where it was
   * interrupted: nothing is recorded twice or not at all.
   */
  #finish(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const { entries, newest, isFull: hasMore, route, start, end } = pending;
    const begins = this.#begin !== undefined && !this.#hasBegun;
    const value: Delivery = { after: begins ? datetimeOf(this.#begin) : this.position, entries };
    if (!pending.isRecorded && (entries.length > 0 || begins))
      record(lineStart('poll', route.node, 'sql'), this.#name, value, { outcome: 'ok', value }, start, end);
    pending.isRecorded = true;
    this.#hasBegun = true;
    for (const entry of entries) for (const change of entry[1]) this.#seen.add(partOf(tableOf(change[1]), entry[0]));
    if (newest !== undefined && isAfter(newest, this.position)) this.position = newest;
    // The last entry of a full page may have been cut, so it is read again.
    this.#from = hasMore ? newest : undefined;
    this.#pending = undefined;
  }

  /** One that began at a time has passed all that was there when it had caught up, even if it got nothing. */
  #hasPassed(versionstamp: string): boolean {
    if (this.#begin === undefined) return !isAfter(versionstamp, this.position);
    return isAfter(versionstamp, versionstampAt(this.#begin + 1, versionstamp));
  }

  /** Entries, as `partOf` names them, that it has passed and never got. */
  skipped(whole: readonly Entry[]): string[] {
    return this.#tables.flatMap((table) =>
      ofTable(whole, table)
        .filter(([versionstamp]) => this.#hasPassed(versionstamp))
        .map(([versionstamp]) => partOf(table, versionstamp))
        .filter((part) => !this.#seen.has(part)),
    );
  }
}

/**
 * Reads the whole feed on a node after the load. Each page begins with the last entry of the one before, which may have been cut:
 * LIMIT counts the tables of a transaction one by one.
 * @returns undefined if the node did not answer to the end
 */
export function readWholeFeed(route: Route): Entry[] | undefined {
  const whole: Entry[] = [];
  for (let from = '0'; ; ) {
    const page = patiently(route, () => {
      const answer = route.ask('verify', feedFrom(from));
      return answer.outcome === 'ok' ? answer.value : undefined;
    });
    if (page === undefined) return undefined;
    const newest = page.at(-1)?.[0];
    if (page[0]?.[0] === from) whole.pop();
    for (const entry of page) whole.push(entry);
    if (newest === undefined || newest === from) return whole;
    from = newest;
  }
}

/** Keeps the whole feed of a table in the history, page by page. */
export function recordWholeFeed(route: Route, whole: readonly Entry[], table: string): void {
  const own = ofTable(whole, table);
  for (let at = 0; at === 0 || at < own.length; at += MOST_ENTRIES) {
    const value: FeedPage = { table, entries: own.slice(at, at + MOST_ENTRIES), last: at + MOST_ENTRIES >= own.length };
    const time = now();
    record(lineStart('final-read', route.node, 'sql'), 'feed', value, { outcome: 'ok', value }, time, time);
  }
}
