// Transactions over several tables, while consumers follow their changefeed: each must get every change, once, whole, in order.

import { Counter } from 'k6/metrics';
import { LATE, OBSERVER } from '../lib/core/checkers/changefeed/changefeed.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { query } from '../lib/core/protocols/request.ts';
import {
  FEED_TABLES,
  MOST_ENTRIES,
  type PlannedChange,
  type PlannedTransaction,
  type Resume,
} from '../lib/core/workloads/change-records.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Node } from '../lib/k6/session/nodes.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { pause } from '../lib/k6/test/pause.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { CAN_EXPIRE, createExpiring, ExpiringFeed } from '../lib/k6/workloads/expiring-feed.ts';
import { FeedConsumer, readWholeFeed, recordWholeFeed } from '../lib/k6/workloads/feed-consumer.ts';
import { readRange } from '../lib/k6/workloads/read-range.ts';
import schema from '../schemas/changefeed.surql';
import thresholds from '../thresholds/changefeed.json';

const skippedEntries = new Counter('skipped_entries');
/** One for each consumer, until it has compared what it got with the feed at the end. */
const unverifiedConsumers = new Counter('unverified_consumers');

export const run = defineScenario({
  name: 'changefeed',
  protocols: SURREALQL,
  checkers: ['changefeed'],
  settings: ['resume', 'lateFrom'],
  alone: true,
  situations: ['several nodes', 'retry that won', 'refusal', 'expired position'],
  schema,
  thresholds,
  checkerOptions: { resume: settings.resume.kind },
  operations: ['write'],
  iterate: (route) => () => write(route),
  seed: (route) => {
    if (CAN_EXPIRE) createExpiring(route);
  },
  background: () => {
    const consumers = run.nodes.length + OTHERS.length;
    return {
      vus: consumers + (CAN_EXPIRE ? 1 : 0),
      run: (number, share) => (number < consumers ? consume(number, share) : expire(share)),
    };
  },
  verify,
});

const REFUSED = 'refused on purpose';
const writing = operation({ f: 'write', refusal: REFUSED });

const MOST_CHANGES = 3;
const REFUSED_IN_HUNDRED = 3;
/** Transactions that also raise a tally, so that they meet and one of them is retried. */
const MEETING_IN_HUNDRED = 20;
const TALLIES = 64;
/** Records of one client that may change, so that some live on and some die soon. */
const MOST_RECORDS = 50;

interface OwnRecord {
  readonly id: string;
  version: number;
}

/** This client's records, which nobody else writes: to draw one, and by id. */
const records: OwnRecord[] = [];
const byId = new Map<string, OwnRecord>();
let made = 0;
let begun = 0;

async function write(route: Route): Promise<void> {
  const transaction = nextTransaction();
  const isRefused = run.random(100) < REFUSED_IN_HUNDRED;
  const { outcome } = await writing(route)(query(textOf(transaction, isRefused)), undefined, transaction);
  if (outcome === 'ok') transaction.changes.forEach(apply);
  // What the records hold is unknown: they are not written any more.
  else if (outcome === 'unknown') for (const [, id] of transaction.changes) forget(id);
}

function nextTransaction(): PlannedTransaction {
  const changes: PlannedChange[] = [];
  for (let count = 1 + run.random(MOST_CHANGES); count > 0; count--) {
    const change = nextChange();
    if (!changes.some((other) => other[1] === change[1])) changes.push(change);
  }
  return { tx: `t${userId()}n${begun++}`, changes };
}

function nextChange(): PlannedChange {
  const chosen = records[run.random(MOST_RECORDS)];
  if (chosen === undefined)
    return ['create', `${FEED_TABLES[run.random(FEED_TABLES.length)]}:u${userId()}n${made++}`, 1];
  return [run.random(4) === 0 ? 'delete' : 'update', chosen.id, chosen.version + 1];
}

/** A single statement is a transaction of its own. Elements by their index: for an array pattern k6's engine runs an iterator. */
function textOf({ tx, changes }: PlannedTransaction, isRefused: boolean): string {
  const statements = changes.map((change) =>
    change[0] === 'delete'
      ? `DELETE ${change[1]} RETURN NONE`
      : `${change[0].toUpperCase()} ${change[1]} SET version = ${change[2]}, tx = '${tx}' RETURN NONE`,
  );
  if (run.random(100) < MEETING_IN_HUNDRED)
    statements.push(`UPSERT tally:${run.random(TALLIES)} SET n += 1 RETURN NONE`);
  if (isRefused) statements.push(`THROW '${REFUSED}'`);
  return statements.length === 1 ? (statements[0] ?? '') : `BEGIN; ${statements.join('; ')}; COMMIT;`;
}

function apply(change: PlannedChange): void {
  const id = change[1];
  const version = change[2];
  const known = byId.get(id);
  if (change[0] === 'create') remember({ id, version });
  else if (change[0] === 'delete') forget(id);
  else if (known !== undefined) known.version = version;
}

function remember(record: OwnRecord): void {
  records.push(record);
  byId.set(record.id, record);
}

function forget(id: string): void {
  const known = byId.get(id);
  if (known === undefined) return;
  records.splice(records.indexOf(known), 1);
  byId.delete(id);
}

/** Consumers beside the one of each node: one moves from node to node, one starts in mid-run, one measures how late entries come. */
const OTHERS = ['hop', LATE, OBSERVER] as const;
/** Reads again what is within this time behind the newest entry. */
const OBSERVING: Resume = { kind: 'overlap', milliseconds: 1000 };
/** Entries of a page that is full: LIMIT counts the tables of each one by one. */
const FULL = MOST_ENTRIES / FEED_TABLES.length;
/** Seconds between two polls. */
const PAUSE = 0.02;
/**
 * How many times as long as a poll took the observer rests, at most OBSERVER_PAUSE: it reads a second of the feed again with each
 * poll, so without a rest its share of the CPU would grow with the load.
 */
const OBSERVER_RESTS = 4;
const OBSERVER_PAUSE = 0.2;

/** The consumer that this VU is; undefined of a client that writes. */
let consumer: { readonly name: string; readonly node: Node | undefined; readonly feed: FeedConsumer } | undefined;

/** Follows the feed until the load ends. @param share of the load that has passed, from 0 to 1 and above */
async function consume(number: number, share: () => number): Promise<void> {
  const node = run.nodes[number];
  const name = node?.name ?? OTHERS[number - run.nodes.length] ?? 'hop';
  while (name === LATE && share() < 0.5) await pause(PAUSE);
  const begin = name === LATE && settings.lateFrom === 'datetime' ? Date.now() : undefined;
  const feed = new FeedConsumer(name, FEED_TABLES, name === OBSERVER ? OBSERVING : settings.resume, begin);
  consumer = { name, node, feed };
  unverifiedConsumers.add(1);
  while (share() < 1) {
    const route = routeTo(node);
    route.session.renewWhenDue(route.node);
    const asked = now();
    const got = feed.poll(route) ?? 0;
    // A page that is not full is the last one for now.
    if (got < FULL) await pause(name === OBSERVER ? restOf(got, now() - asked) : PAUSE);
  }
}

/** Seconds that the observer waits. @param took milliseconds of its poll */
const restOf = (got: number, took: number): number =>
  got === 0 ? OBSERVER_PAUSE : Math.min(OBSERVER_PAUSE, Math.max(PAUSE, (OBSERVER_RESTS * took) / 1000));

const routeTo = (node: Node | undefined): Route => (node === undefined ? run.hop() : run.to(node));

/** The feed that this VU writes and reads, if that is what it is there for. */
let expiring: ExpiringFeed | undefined;
/** Seconds between two steps. */
const EXPIRING_PAUSE = 0.25;

/** Writes and reads changes that expire until the load ends. */
async function expire(share: () => number): Promise<void> {
  expiring = new ExpiringFeed(run.hop().session);
  while (share() < 1) {
    expiring.step(run.hop());
    await pause(EXPIRING_PAUSE);
  }
}

/** Milliseconds that a consumer may take to catch up after the load. */
const CATCH_UP = 30_000;

async function verify(): Promise<void> {
  expiring?.step(run.hop());
  if (consumer === undefined) return;
  const { name, node, feed } = consumer;
  const until = now() + CATCH_UP;
  for (let empty = 0; empty < 3 && now() < until; ) empty = feed.poll(routeTo(node)) === 0 ? empty + 1 : 0;
  const route = routeTo(node);
  const whole = readWholeFeed(route);
  if (whole === undefined) return;
  unverifiedConsumers.add(-1);
  const skipped = feed.skipped(whole);
  skippedEntries.add(skipped.length);
  if (skipped.length > 0) console.error(`Consumer ${name} passed entries and never got them: ${skipped.join(', ')}`);
  if (node === undefined) return;
  for (const table of FEED_TABLES) {
    recordWholeFeed(route, whole, table);
    readRange(route, table, 'version', '', '', table);
  }
}
