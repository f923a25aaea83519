import type { History, Operation } from '../../lib/core/history/history.ts';
import type { Outcome } from '../../lib/core/protocols/outcome.ts';
import {
  type Change,
  type Entry,
  FEED_TABLES,
  isAfter,
  type PlannedChange,
  TABLE_WITH_ORIGINAL,
} from '../../lib/core/workloads/change-records.ts';
import { operation } from './operations.ts';

/** A whole number from 0 to below the limit. */
export type Pick = (limit: number) => number;

/** A history of scenario `changefeed` in parts that a test can damage before it is checked. */
export interface FeedHistory {
  readonly writes: Operation[];
  /** Entries of each table, in their order. */
  readonly feeds: Map<string, Entry[]>;
  /** What each consumer got, by its name and then by table: one list a poll, which may be empty. */
  readonly deliveries: Map<string, Map<string, Entry[][]>>;
  /** Version by record. */
  readonly tables: Map<string, number>;
  readonly end: number;
}

const NODES = ['a', 'b'];
const CLIENTS = 4;
const CONSUMERS = ['a', 'b', 'hop'];
/** Beyond 2^53, where neighbours are equal as doubles. */
const FIRST = 117_703_021_276_364_800n;

/**
 * A database whose changefeed is right: transactions take effect one after another at a moment between their invocation and their
 * answer, the feed has them in this order, and a consumer gets whatever it has not got yet.
 */
export function simulateFeed(
  pick: Pick,
  transactions = 40,
  outcomes: readonly Outcome[] = ['ok', 'ok', 'ok', 'ok', 'failed', 'unknown'],
): FeedHistory {
  const writes: Operation[] = [];
  const feeds = new Map<string, Entry[]>(FEED_TABLES.map((table) => [table, []]));
  const tables = new Map<string, number>();
  const deliveries = new Map(
    CONSUMERS.map((name) => [name, new Map(FEED_TABLES.map((table) => [table, [] as Entry[][]]))]),
  );
  const got = new Map<string, number>();
  const freeFrom = Array.from({ length: CLIENTS }, () => 0);
  /** Records of transactions of unknown outcome: their clients leave them alone. */
  const abandoned = new Set<string>();
  let effect = 0;
  let made = 0;

  const poll = (name: string): void => {
    for (const [table, entries] of feeds) {
      const from = got.get(name + table) ?? 0;
      deliveries.get(name)?.get(table)?.push(entries.slice(from));
      got.set(name + table, entries.length);
    }
  };

  for (let number = 0; number < transactions; number++) {
    const process = pick(CLIENTS);
    effect += 1 + pick(5);
    const start = Math.max(freeFrom[process] ?? 0, effect - pick(20));
    effect = Math.max(effect, start);
    const end = effect + pick(20);
    freeFrom[process] = end + 1;
    const outcome = outcomes[pick(outcomes.length)] ?? 'ok';
    const tx = `t${number}`;
    const changes = planned(pick, `:c${process}n`, tables, abandoned, () => made++);
    const isOpen = outcome === 'unknown';
    writes.push(
      operation({ process, f: 'write', value: { tx, changes }, start, end, outcome, node: NODES[pick(2)] ?? 'a' }),
    );
    if (outcome === 'ok' || (isOpen && pick(2) === 0))
      commit(feeds, tables, tx, changes, String(FIRST + BigInt(effect)));
    if (isOpen) for (const [, record] of changes) abandoned.add(record);
    if (pick(4) === 0) poll(CONSUMERS[pick(CONSUMERS.length)] ?? 'a');
  }
  for (const name of CONSUMERS) poll(name);
  return { writes, feeds, deliveries, tables, end: effect + 100 };
}

function planned(
  pick: Pick,
  prefix: string,
  tables: ReadonlyMap<string, number>,
  abandoned: ReadonlySet<string>,
  next: () => number,
): PlannedChange[] {
  const own = [...tables].filter(([record]) => record.includes(prefix) && !abandoned.has(record));
  const changes = new Map<string, PlannedChange>();
  for (let count = 1 + pick(3); count > 0; count--) {
    const [record, version] = own[pick(own.length + 2)] ?? [];
    const change: PlannedChange =
      record === undefined || version === undefined
        ? ['create', `${FEED_TABLES[pick(FEED_TABLES.length)]}${prefix}${next()}`, 1]
        : [pick(4) === 0 ? 'delete' : 'update', record, version + 1];
    changes.set(change[1], change);
  }
  return [...changes.values()];
}

function commit(
  feeds: ReadonlyMap<string, Entry[]>,
  tables: Map<string, number>,
  tx: string,
  changes: readonly PlannedChange[],
  versionstamp: string,
): void {
  for (const [table, entries] of feeds) {
    const own = changes.filter(([, record]) => record.startsWith(`${table}:`));
    const shown = own.map(([f, record, version]): Change => {
      const before = table === TABLE_WITH_ORIGINAL ? tables.get(record) : undefined;
      if (f === 'delete') return before === undefined ? ['delete', record] : ['delete', record, before];
      return before === undefined ? ['put', record, version, tx] : ['put', record, version, tx, before];
    });
    if (shown.length > 0) entries.push([versionstamp, shown]);
  }
  for (const [f, record, version] of changes)
    if (f === 'delete') tables.delete(record);
    else tables.set(record, version);
}

/** The history as the scenario records it. */
export function historyOf({ writes, feeds, deliveries, tables, end }: FeedHistory): History {
  let polled = 0;
  const polls = [...deliveries].flatMap(([key, byTable]) => {
    let after = '0';
    const [first = []] = byTable.values();
    return first.flatMap((_, poll) => {
      const entries = [...byTable.values()].flatMap((batches) => batches[poll] ?? []);
      if (entries.length === 0) return [];
      const value = { after, entries };
      for (const [versionstamp] of entries) if (isAfter(versionstamp, after)) after = versionstamp;
      const process = 90 + CONSUMERS.indexOf(key);
      return [operation({ process, f: 'poll', key, value, start: ++polled, end: polled, node: 'a' })];
    });
  });
  const finals = NODES.flatMap((node) => [
    ...[...feeds].map(([table, entries]) =>
      operation({
        f: 'final-read',
        key: 'feed',
        value: { table, entries, last: true },
        start: end,
        end: end + 1,
        node,
      }),
    ),
    ...FEED_TABLES.map((table) => {
      const own = [...tables].filter(([record]) => record.startsWith(`${table}:`));
      const value = own.map(([record, version]) => [record.slice(table.length + 1), version]);
      return operation({ f: 'final-read', key: table, value, start: end, end: end + 1, node });
    }),
  ]);
  return {
    header: { history: 1, scenario: 'changefeed', seed: 1, nodes: NODES, options: { resume: 'exclusive' } },
    operations: [...writes, ...polls, ...finals],
    damaged: 0,
  };
}
