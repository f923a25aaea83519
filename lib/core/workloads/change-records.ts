/**
 * Records of scenario `changefeed` and the changes that its feed shows. A record belongs to one client and its id is used once, so
 * its versions have one right order; each write names its transaction.
 */

/** Tables under the feed. `INCLUDE ORIGINAL` applies to the last one: its changes also carry the version before. */
export const FEED_TABLES: readonly string[] = ['item0', 'item1', 'item2'];
export const TABLE_WITH_ORIGINAL = 'item2';

/** Whether a change is one of a table. */
export const inTable =
  (table: string) =>
  (change: readonly [f: string, record: string, ...rest: unknown[]]): boolean =>
    change[1].startsWith(`${table}:`);

/** What a transaction does to a record: `item0:u1n5` becomes version 3. */
export type PlannedChange = readonly [f: 'create' | 'update' | 'delete', record: string, version: number];

/** Value of an operation `write`. */
export interface PlannedTransaction {
  readonly tx: string;
  readonly changes: readonly PlannedChange[];
}

/**
 * A change as a feed delivers it. A delete names neither version nor transaction; `previous` is the version before, of a table
 * that includes it.
 */
export type Change =
  | readonly [f: 'put', record: string, version: number, tx: string, previous?: number]
  | readonly [f: 'delete', record: string, previous?: number];

/** Changes of one transaction, under the versionstamp that orders them: a whole number beyond 2^53, so text. */
export type Entry = readonly [versionstamp: string, changes: readonly Change[]];

/**
 * Value of an operation `poll`: what a consumer got, and the newest versionstamp that it had before; of the first one that asked
 * since a date and time, that as SurrealQL has it.
 */
export interface Delivery {
  readonly after: string;
  readonly entries: readonly Entry[];
}

/** Value of a `final-read` of the feed of a table: one page of it. */
export interface FeedPage {
  readonly table: string;
  readonly entries: readonly Entry[];
  /** Whether nothing follows. */
  readonly last: boolean;
}

/** The highest LIMIT of SHOW CHANGES. */
export const MOST_ENTRIES = 1000;

/** Puts versionstamps into quotes: JSON.parse makes doubles of numbers, which lose the last digits beyond 2^53. */
export const quoteVersionstamps = (json: string): string =>
  json.replace(/"versionstamp":(\d+)/g, '"versionstamp":"$1"');

type Content = { readonly id: string; readonly version: number; readonly tx: string };
type Patch = readonly { readonly op: string; readonly path: string; readonly value?: unknown }[];
interface RawChange {
  readonly create?: Content | Patch;
  readonly update?: Content | Patch;
  readonly current?: Content;
  readonly delete?: { readonly id: string; readonly original?: Content };
}

/** Reads rows of SHOW CHANGES, whose versionstamps are text. Changes of definitions are left out. */
export const entriesOf = (rows: readonly { versionstamp: string; changes: readonly RawChange[] }[]): Entry[] =>
  rows.map(({ versionstamp, changes }) => [versionstamp, changes.flatMap(changeOf)]);

function changeOf({ create, update = create, current, delete: removed }: RawChange): Change[] {
  if (removed !== undefined) {
    const { id, original } = removed;
    return [original === undefined ? ['delete', id] : ['delete', id, original.version]];
  }
  // With INCLUDE ORIGINAL an update is the record as it is, and the patch that leads back.
  if (current !== undefined) return [put(current, versionIn(update as Patch))];
  return update === undefined ? [] : [put(update as Content)];
}

const put = ({ id, version, tx }: Content, previous?: number): Change =>
  previous === undefined ? ['put', id, version, tx] : ['put', id, version, tx, previous];

const versionIn = (patch: Patch): number | undefined =>
  patch.find(({ path }) => path === '/version')?.value as number | undefined;

/** Versionstamps of this many digits or more come from the store's own timestamps (TiKV: milliseconds × 2^18). */
const HYBRID_LIMIT = 4e12 * 2 ** 16;

/** Steps of a versionstamp in a millisecond: SurrealDB 3 counts milliseconds × 2^16, over TiKV milliseconds × 2^18. */
export const stepsInMillisecond = (versionstamp: string): number =>
  Number(versionstamp) < HYBRID_LIMIT ? 2 ** 16 : 2 ** 18;

/** The versionstamp that is so many milliseconds older; never below 0. */
export function olderBy(versionstamp: string, milliseconds: number): string {
  const older = BigInt(versionstamp) - BigInt(Math.ceil(milliseconds * stepsInMillisecond(versionstamp)));
  return older < 0n ? '0' : String(older);
}

/** A date and time as SINCE takes it. @param time milliseconds since 1970 */
export const datetimeOf = (time: number): string => `d'${new Date(time).toISOString()}'`;
export const isDatetime = (position: string): boolean => position.startsWith('d');

/** The versionstamp of a time, in the steps of another versionstamp. @param time milliseconds since 1970 */
export const versionstampAt = (time: number, like: string): string =>
  String(BigInt(time) * BigInt(stepsInMillisecond(like)));

export const nextVersionstamp = (versionstamp: string): string => String(BigInt(versionstamp) + 1n);

/** Whether one versionstamp is above another. */
export const isAfter = (one: string, other: string): boolean =>
  one.length === other.length ? one > other : one.length > other.length;

/** How a consumer goes on after the newest versionstamp that it has seen. */
export interface Resume {
  readonly kind: 'exclusive' | 'inclusive' | 'overlap';
  /** What `overlap` reads again, milliseconds. */
  readonly milliseconds: number;
}

/** Where the next poll begins. Position `0` is the beginning of the feed. */
export function since(position: string, { kind, milliseconds }: Resume): string {
  if (position === '0' || kind === 'inclusive') return position;
  return kind === 'exclusive' ? nextVersionstamp(position) : olderBy(position, milliseconds);
}
