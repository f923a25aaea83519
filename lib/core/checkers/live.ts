import type { History, Operation } from '../history/history.ts';
import {
  type Delivered,
  LIVE_PROMISES,
  LIVE_QUERIES,
  type LiveChange,
  type LivePromise,
  type LiveQuery,
  rankOf,
} from '../workloads/live-records.ts';
import type { Checker } from './checker.ts';
import type { Evidence } from './shared/check-verdict.ts';
import { describe } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';
import { PairMeters, type PairsVerdict, summaryOfPair } from './shared/node-pairs.ts';
import { quantiles } from './shared/quantiles.ts';

const ANOMALIES = {
  dropped: 'A subscriber never got an acknowledged change that its live query tells of.',
  duplicate: 'A subscriber got the same change twice.',
  'out of order': 'A subscriber got a change of a record after a later one of the same record.',
  dirty: 'A subscriber got a change of a transaction that was refused.',
  phantom: 'A subscriber got a change that nobody made.',
  'wrong link': "A change came with a linked record that is not as the change's transaction left it.",
  leaked: 'A subscriber got a change that its condition or its permissions exclude.',
  'after kill': 'A subscriber got a change that began after its live query had been ended.',
} as const;

type LiveAnomaly = keyof typeof ANOMALIES;

/** A live query from its begin to its end. */
interface Subscription {
  readonly name: string;
  readonly query: LiveQuery;
  readonly node: string;
  /** When the node had acknowledged it, when its end was asked for, and when that was acknowledged: milliseconds. */
  readonly from: number;
  until: number;
  ended: number;
  /** What began it. */
  readonly subscribed: Operation;
  readonly deliveries: { readonly delivered: Delivered; readonly operation: Operation }[];
}

/** Milliseconds that a notification may take, at the end of a subscription. */
const DELIVERY_TIME = 500;

/**
 * A live query tells of every change once, in the order of the record's versions, and of nothing else. What etcd's robustness
 * tests ask of a watch, as far as SurrealDB promises it: it documents live queries on the node that they were started on.
 *
 * Operations: `change` (key: the record; value: LiveChange) · `subscribe`, `unsubscribe` (key: NODE/QUERY) · `notify` (the same key;
 * value: Delivered). A record is changed by one client, and its versions rise.
 */
export function checkLive({ operations }: History, expect: LivePromise = 'same-node'): PairsVerdict<LiveAnomaly> {
  const findings = new Findings<LiveAnomaly>();
  const tally = new Tally();
  const changes = new Map<string, Operation>();
  const acknowledged = new Map<string, number>();
  const last = new Map<string, Subscription>();
  const subscriptions: Subscription[] = [];
  for (const operation of [...operations].sort((a, b) => a.start - b.start)) {
    const { f, key = '' } = operation;
    if (f === 'change') {
      tally.add(operation);
      const change = operation.value as LiveChange;
      changes.set(keyOf(key, change), operation);
      if (operation.outcome === 'ok' && change.action !== 'delete') acknowledged.set(key, change.version);
    } else if (f === 'subscribe' && operation.outcome === 'ok') {
      const subscription = subscriptionOf(operation);
      subscriptions.push(subscription);
      last.set(key, subscription);
    } else if (f === 'unsubscribe' && operation.outcome !== 'conflict') {
      const subscription = last.get(key);
      if (subscription === undefined) continue;
      subscription.until = operation.start;
      if (operation.outcome === 'ok') subscription.ended = operation.end ?? Number.POSITIVE_INFINITY;
    } else if (f === 'notify') last.get(key)?.deliveries.push({ delivered: operation.value as Delivered, operation });
  }
  const meters = new PairMeters();
  // A deletion may show the version that it ended; those of refused changes never were.
  const isLast = ([action, record, version]: Delivered): boolean =>
    action !== 'delete' || version === null || version === acknowledged.get(record);
  for (const subscription of subscriptions) {
    const got = checkDeliveries(subscription, changes, isLast, findings);
    const isDemanded = (node: string): boolean => expect === 'cluster' || node === subscription.node;
    findDropped(subscription, changes, got, isDemanded, meters, findings);
  }
  const gaps = gapsBetween(subscriptions, changes);
  const pairs = meters.pairs().map(summaryOfPair);
  const delivered = pairs.reduce((sum, { writes, neverSeen }) => sum + writes - neverSeen, 0);
  const counts = {
    changes: tally.counts.operations,
    ...tally.writes,
    subscriptions: subscriptions.length,
    notifications: subscriptions.reduce((sum, { deliveries }) => sum + deliveries.length, 0),
    ...gaps,
  };
  const verdict = conclude('live', counts, findings, {
    valid: delivered > 0 ? 'valid' : 'unknown',
    explanation:
      delivered > 0
        ? `Live queries told of every acknowledged change ${expect === 'cluster' ? 'on every node' : 'on their own node'} (--expect ${expect}), once, in order, and of nothing else.`
        : 'No change was due to any live query, so nothing is known about them.',
  });
  return { ...verdict, pairs };
}

/** What identifies a change: of a deletion a message may not hold the version, and a record is deleted once. */
const keyOf = (record: string, { action, version }: Pick<LiveChange, 'action' | 'version'>): string =>
  action === 'delete' ? `${record} deleted` : `${record} ${action} ${version}`;

const keyOfDelivered = ([action, record, version]: Delivered): string =>
  keyOf(record, { action, version: version ?? 0 });

function subscriptionOf(subscribed: Operation): Subscription {
  const { key = '', node, end, start } = subscribed;
  const name = key.slice(key.indexOf('/') + 1);
  const query = (LIVE_QUERIES as Readonly<Record<string, LiveQuery>>)[name.replace(/ .*$/, '')] ?? LIVE_QUERIES.all;
  const open = Number.POSITIVE_INFINITY;
  return { name: key, query, node, subscribed, from: end ?? start, until: open, ended: open, deliveries: [] };
}

/** @returns when each change was first delivered, by what identifies it */
function checkDeliveries(
  { name, query, ended, deliveries }: Subscription,
  changes: ReadonlyMap<string, Operation>,
  isLast: (delivered: Delivered) => boolean,
  findings: Findings<LiveAnomaly>,
): ReadonlyMap<string, number> {
  const got = new Map<string, number>();
  const newest = new Map<string, number>();
  for (const { delivered, operation } of deliveries) {
    const [action, record, version, linked] = delivered;
    const at = operation.start;
    const told = `Subscriber ${name} got ${JSON.stringify(delivered)} at ${at.toFixed(1)} ms`;
    const key = keyOfDelivered(delivered);
    const change = changes.get(key);
    const found = (kind: LiveAnomaly, says: string): void =>
      findings.add(
        kind,
        at,
        () => ({
          message: `${told}${says}`,
          operations: change === undefined ? [operation] : [change, operation],
        }),
        0,
        key,
      );
    if (change === undefined || change.start > at || !isLast(delivered)) {
      found('phantom', ', which nobody had written by then.');
      continue;
    }
    if (change.outcome === 'failed' || change.outcome === 'conflict')
      found('dirty', `, which was refused: ${describe(change)}.`);
    if (!query.tellsOf(change.value as LiveChange))
      found('leaked', `, which its live query must not tell: ${describe(change)}.`);
    if (linked !== undefined && action !== 'delete' && linked !== version)
      found('wrong link', `, with the linked record at version ${linked ?? 'none'}: ${describe(change)}.`);
    if (change.start > ended) found('after kill', ', which began after the live query had ended.');
    const rank = rankOf(delivered);
    const before = newest.get(record) ?? 0;
    newest.set(record, Math.max(rank, before));
    if (got.has(key)) {
      found('duplicate', ' again.');
      continue;
    }
    got.set(key, at);
    if (rank < before) found('out of order', ' after a later change of that record.');
  }
  return got;
}

function findDropped(
  { name, query, node, from, until, subscribed, deliveries }: Subscription,
  changes: ReadonlyMap<string, Operation>,
  got: ReadonlyMap<string, number>,
  isDemanded: (node: string) => boolean,
  meters: PairMeters,
  findings: Findings<LiveAnomaly>,
): void {
  for (const [key, change] of changes) {
    const { outcome, start, end = Number.POSITIVE_INFINITY } = change;
    const isDue = outcome === 'ok' && start >= from && end <= until - DELIVERY_TIME;
    if (!isDue || !query.tellsOf(change.value as LiveChange)) continue;
    const at = got.get(key);
    meters.add(change.node, node, at === undefined ? undefined : Math.max(0, at - end), at !== undefined && at <= end);
    if (at !== undefined || !isDemanded(change.node)) continue;
    const evidence = (): Evidence => {
      const next = deliveries.find(({ operation }) => operation.start > end)?.operation ?? subscribed;
      const text = next === subscribed ? 'began before the change' : 'got this later notification';
      return {
        message: `Subscriber ${name} never got this change: ${describe(change)}.`,
        operations: [change, next],
        contradiction: { earlier: 0, later: 1, reason: `subscriber ${name} ${text}, and never got that of the change` },
      };
    };
    findings.add('dropped', end, evidence, 0, key);
  }
}

/**
 * What subscribers missed whose connection broke and who subscribed again: changes on their node that were acknowledged after the
 * one subscription had ended, or began before the next was there, and that neither told of. Nothing promises these.
 */
function gapsBetween(
  subscriptions: readonly Subscription[],
  changes: ReadonlyMap<string, Operation>,
): Record<string, number> {
  const lengths: number[] = [];
  let missed = 0;
  for (const next of subscriptions) {
    const before = subscriptions.findLast(({ name, from }) => name === next.name && from < next.from);
    if (before === undefined) continue;
    lengths.push(next.from - before.until);
    const got = new Set([...before.deliveries, ...next.deliveries].map(({ delivered }) => keyOfDelivered(delivered)));
    for (const [key, { outcome, node, start, end = start, value }] of changes)
      if (outcome === 'ok' && node === next.node && end > before.until && start < next.from)
        if (next.query.tellsOf(value as LiveChange) && !got.has(key)) missed++;
  }
  if (lengths.length === 0) return {};
  return {
    'connections that broke': lengths.length,
    ...quantiles('gap ms,', Float64Array.from(lengths)),
    'changes missed in gaps': missed,
  };
}

export const live = {
  name: 'live',
  anomalies: ANOMALIES,
  among: { dropped: 'acknowledged', dirty: 'refused' },
  expects: LIVE_PROMISES,
  check: (history, { expect }) =>
    checkLive(
      history,
      LIVE_PROMISES.find((it) => it === expect),
    ),
} as const satisfies Checker<LiveAnomaly>;
