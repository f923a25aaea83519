import { classifySql, type RawAnswer } from '../../core/protocols/outcome.ts';
import { mapRequest, query, type Request } from '../../core/protocols/request.ts';
import {
  type Entry,
  entriesOf,
  type FeedPage,
  inTable,
  isAfter,
  MOST_ENTRIES,
  quoteVersionstamps,
  type Resume,
  since,
} from '../../core/workloads/change-records.ts';
import { patiently } from '../operations/final-read.ts';
import { lineStart, record } from '../operations/recorder.ts';
import type { Route } from '../session/route.ts';
import { now } from '../test/execution.ts';

/**
 * One page of the feed of all tables, from a versionstamp on. Only an empty page is the last one: LIMIT counts what the server
 * looks at, not what it answers (SurrealDB 3.3.5, docs/findings.md).
 */
const feedFrom = (versionstamp: string): Request<Entry[]> => {
  const request = query(`SHOW CHANGES FOR DATABASE SINCE ${versionstamp} LIMIT ${MOST_ENTRIES}`);
  const read = (raw: RawAnswer) => classifySql({ ...raw, body: raw.body && quoteVersionstamps(raw.body) });
  return mapRequest({ ...request, read }, ([rows]) => entriesOf(rows as Parameters<typeof entriesOf>[0]));
};

/** The entries of one table; those that hold nothing of it are left out. */
const ofTable = (entries: readonly Entry[], table: string): Entry[] =>
  entries
    .map(([versionstamp, changes]): Entry => [versionstamp, changes.filter(inTable(table))])
    .filter(([, changes]) => changes.length > 0);

/** What is the same of an entry however often it is read. */
const partOf = (table: string, versionstamp: string): string => `${table} ${versionstamp}`;

/** Follows the feed as an application does: remembers how far it has come, and goes on from there. */
export class FeedConsumer {
  /** The newest versionstamp that it has got. */
  position = '0';
  /** Entries that came behind one that it already had. */
  misordered = 0;
  readonly #name: string;
  readonly #tables: readonly string[];
  readonly #resume: Resume;
  /** Entries that it has got, table by table. */
  readonly #seen = new Set<string>();

  /** @param name its key in the history */
  constructor(name: string, tables: readonly string[], resume: Resume) {
    this.#name = name;
    this.#tables = tables;
    this.#resume = resume;
  }

  /** Reads what is new, page by page. @returns the number of new entries; undefined if the node did not answer */
  poll(route: Route): number | undefined {
    let got = 0;
    for (let from = since(this.position, this.#resume); ; ) {
      const start = now();
      const answer = route.ask('poll', feedFrom(from));
      if (answer.outcome !== 'ok') return undefined;
      const page = answer.value;
      const fresh = this.#deliver(route, page, start);
      got += fresh;
      const newest = page.at(-1)?.[0];
      // What is read again ends where nothing new follows.
      if (newest === undefined || (fresh === 0 && !isAfter(newest, from))) return got;
      from = since(newest, NEXT_PAGE[this.#resume.kind]);
    }
  }

  /** @returns the number of entries that it had not got yet */
  #deliver(route: Route, page: readonly Entry[], start: number): number {
    const after = this.position;
    let delivered = 0;
    for (const table of this.#tables) {
      const entries = ofTable(page, table).filter(
        ([versionstamp]) => this.#resume.kind === 'exclusive' || !this.#seen.has(partOf(table, versionstamp)),
      );
      for (const [versionstamp] of entries) {
        this.#seen.add(partOf(table, versionstamp));
        if (this.#resume.kind === 'exclusive' && !isAfter(versionstamp, after)) this.misordered++;
      }
      delivered += entries.length;
      const value = { table, after, entries };
      const line = lineStart('poll', route.node, 'sql');
      if (entries.length > 0) record(line, this.#name, value, { outcome: 'ok', value }, start, now());
    }
    const newest = page.at(-1)?.[0] ?? '0';
    if (isAfter(newest, after)) this.position = newest;
    return delivered;
  }

  /** Entries, as `partOf` names them, that it has passed and never got. */
  skipped(whole: readonly Entry[]): string[] {
    return this.#tables.flatMap((table) =>
      ofTable(whole, table)
        .filter(([versionstamp]) => !isAfter(versionstamp, this.position))
        .map(([versionstamp]) => partOf(table, versionstamp))
        .filter((part) => !this.#seen.has(part)),
    );
  }
}

const INCLUSIVE: Resume = { kind: 'inclusive', milliseconds: 0 };
const EXCLUSIVE: Resume = { kind: 'exclusive', milliseconds: 0 };
/** How a consumer goes from page to page. */
const NEXT_PAGE: Readonly<Record<Resume['kind'], Resume>> = {
  exclusive: EXCLUSIVE,
  inclusive: INCLUSIVE,
  overlap: INCLUSIVE,
};

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
    if (newest === undefined || newest === from) return whole;
    if (page[0]?.[0] === from) whole.pop();
    for (const entry of page) whole.push(entry);
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
