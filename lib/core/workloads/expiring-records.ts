/**
 * Records of scenario `changefeed` whose changes are kept for a short time. They have a database of their own: SurrealDB 3.3.5 keeps
 * all changes of a database for the longest retention of its tables.
 */

/** How long the feed must keep a change: milliseconds. */
export const RETENTION = 2000;

export const EXPIRING_SCHEMA = `
DEFINE TABLE IF NOT EXISTS brief SCHEMAFULL CHANGEFEED ${RETENTION}ms;
DEFINE FIELD IF NOT EXISTS version ON brief TYPE int;`;

/** A record of a client, which makes them one after another. @param number from 1 */
export const briefRecord = (client: number, number: number | ''): string => `brief:u${client}n${number}`;

/** Operations in the history: a client makes record `value`, and then reads the feed from a position that it holds until that has expired. */
export const EXPIRING_WRITE = 'expiring-write';
export const EXPIRING_POLL = 'expiring-poll';

/** Value of an `expiring-poll`. */
export interface ExpiringPoll {
  /** Number of the record at the position; 0 at the beginning of the feed. */
  readonly after: number;
  /** Numbers of the client's records that the feed showed; none if it answered with an error. */
  readonly got: readonly number[];
  /** Whether more may follow: the answer was as long as LIMIT allows. */
  readonly full: boolean;
}
