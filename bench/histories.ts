import type { MicroOperation } from '../lib/core/checkers/append/append-history.ts';
import { OBSERVER } from '../lib/core/checkers/changefeed/changefeed.ts';
import type { Operation } from '../lib/core/history/history.ts';
import { randomStream } from '../lib/core/random/random.ts';
import {
  type Change,
  type Entry,
  FEED_TABLES,
  inTable,
  MOST_ENTRIES,
  type PlannedChange,
  type PlannedTransaction,
  TABLE_WITH_ORIGINAL,
} from '../lib/core/workloads/change-records.ts';

/** When one operation of a simulated client began, took effect and ended. */
interface Slot {
  readonly process: number;
  readonly start: number;
  readonly effect: number;
  readonly end: number;
}

const NODES = ['surreal-1', 'surreal-2', 'surreal-3'];

/**
 * A strictly serializable database under `processes` clients that never pause: operations take effect one at a time, each at
 * some moment between its start and its end. The perfect history is the hardest to check: nothing ends a search early.
 */
export function strictHistory(
  size: number,
  processes: number,
  seed: number,
  act: (random: () => number, index: number, slot: Slot) => Pick<Operation, 'f' | 'key' | 'value'> & Partial<Operation>,
): Operation[] {
  const random = randomStream(seed);
  const clocks = new Float64Array(processes);
  const slots: Slot[] = [];
  for (let index = 0; index < size; index++) {
    const process = index % processes;
    const start = clocks[process] as number;
    const effect = start + 0.05 + random();
    const end = effect + 0.05 + random();
    clocks[process] = end + 0.01 + random() * 0.1;
    slots.push({ process, start, effect, end });
  }
  slots.sort((a, b) => a.effect - b.effect);
  const operations = slots.map((slot, index): Operation => {
    const { process, start, end } = slot;
    const node = NODES[Math.floor(random() * NODES.length)] as string;
    return { process, node, protocol: 'sql', start, end, outcome: 'ok', ...act(random, index, slot) };
  });
  return operations.sort((a, b) => (a.end ?? 0) - (b.end ?? 0));
}

export function appendHistory(size: number, processes: number): Operation[] {
  const lists = new Map<number, number[]>();
  let firstList = 0;
  return strictHistory(size, processes, 1, (random) => {
    const steps: MicroOperation[] = [];
    for (let step = 1 + Math.floor(random() * 4); step > 0; step--) {
      const name = firstList + Math.floor(random() * 10);
      let list = lists.get(name);
      if (list === undefined) {
        list = [];
        lists.set(name, list);
      }
      if (random() < 0.5) steps.push(['r', name, [...list]]);
      else {
        list.push(list.length + 1);
        steps.push(['append', name, list.length]);
        if (list.length >= 64) lists.delete(firstList++);
      }
    }
    return { f: 'txn', value: steps };
  });
}

/**
 * As before, under snapshot isolation: a transaction reads what was there when it began, and only one of two writers of a
 * list that overlap succeeds. Full of write skew, so that cycles are everywhere, and all are allowed.
 */
export function skewedHistory(size: number, processes: number): Operation[] {
  const lists = new Map<number, { readonly elements: number[]; readonly times: number[] }>();
  let firstList = 0;
  return strictHistory(size, processes, 9, (random, _, { start, effect }) => {
    const steps: MicroOperation[] = [];
    for (let step = 2 + Math.floor(random() * 3); step > 0; step--) {
      const name = firstList + Math.floor(random() * 40);
      if (steps.some((other) => other[1] === name)) continue;
      let list = lists.get(name);
      if (list === undefined) {
        list = { elements: [], times: [] };
        lists.set(name, list);
      }
      const { elements, times } = list;
      const isFree = (times.at(-1) ?? 0) <= start;
      if (random() < 0.5 && isFree) {
        elements.push(elements.length + 1);
        times.push(effect);
        steps.push(['append', name, elements.length]);
        if (elements.length >= 64) lists.delete(firstList++);
      } else steps.push(['r', name, elements.slice(0, times.filter((time) => time <= start).length)]);
    }
    return { f: 'txn', value: steps };
  });
}

export const BANK_BALANCES: Readonly<Record<string, number>> = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [`account:${index}`, 100]),
);

export function bankHistory(size: number, processes: number): Operation[] {
  const balances = { ...BANK_BALANCES };
  const ledger: [number, string, string, number][] = [];
  const operations = strictHistory(size, processes, 2, (random, index) => {
    if (random() < 0.5) return { f: 'read', value: { ...balances } };
    const from = `account:${Math.floor(random() * 10)}`;
    const to = `account:${Math.floor(random() * 10)}`;
    const amount = 1 + Math.floor(random() * 5);
    const value = { id: index, from, to, amount };
    if (from === to || (balances[from] ?? 0) < amount)
      return { f: 'transfer', value, outcome: 'failed', error: 'insufficient' };
    balances[from] = (balances[from] ?? 0) - amount;
    balances[to] = (balances[to] ?? 0) + amount;
    ledger.push([index, from, to, amount]);
    return { f: 'transfer', value };
  });
  const end = operations.at(-1)?.end ?? 0;
  for (const node of NODES)
    operations.push({
      process: 0,
      f: 'final-read',
      value: { balances, ledger },
      node,
      protocol: 'sql',
      start: end + 10,
      end: end + 20,
      outcome: 'ok',
    });
  return operations;
}

export function counterHistory(size: number, processes: number): Operation[] {
  const counters = new Map<string, number>();
  return strictHistory(size, processes, 3, (random) => {
    const key = `counter:${Math.floor(random() * 10)}`;
    const before = counters.get(key) ?? 0;
    if (random() < 0.3) return { f: 'read', key, value: before };
    const delta = 1 + Math.floor(random() * 5);
    counters.set(key, before + delta);
    return { f: 'add', key, value: delta };
  });
}

/** Adds of numbers that each client counts up by itself, with a full read in every thousand operations. */
export function setHistory(size: number, processes: number): Operation[] {
  const lengths = new Int32Array(processes);
  return strictHistory(size, processes, 4, (random, index) => {
    if (index % 1000 === 999) {
      const runs = [...lengths].flatMap((length, block) =>
        length === 0 ? [] : [block * 1e6, block * 1e6 + length - 1],
      );
      return { f: 'read', value: { runs } };
    }
    const block = Math.floor(random() * processes);
    const element = block * 1e6 + (lengths[block] as number);
    lengths[block] = (lengths[block] as number) + 1;
    return { f: 'add', value: element };
  });
}

export function uniqueHistory(size: number, processes: number): Operation[] {
  const winners = new Map<string, number>();
  return strictHistory(size, processes, 5, (random, index) => {
    const key = `unique:${Math.floor(random() * size * 0.7)}`;
    if (winners.has(key)) return { f: 'insert', key, value: index, outcome: 'failed', error: 'AlreadyExists' };
    winners.set(key, index);
    return { f: 'insert', key, value: index };
  });
}

export function sessionHistory(size: number, processes: number): Operation[] {
  const versions = new Map<string, number>();
  return strictHistory(size, processes, 6, (random) => {
    const key = `session:${Math.floor(random() * 100)}`;
    const before = versions.get(key) ?? 0;
    if (random() < 0.5) return { f: 'read', key, value: before };
    versions.set(key, before + 1);
    return { f: 'write', key, value: before + 1 };
  });
}

export function readAfterWriteHistory(size: number, processes: number): Operation[] {
  const values = new Map<string, number | null>();
  return strictHistory(size, processes, 7, (random, index) => {
    const key = `visible:${Math.floor(random() * 1000)}`;
    if (random() < 0.5) return { f: 'read', key, value: values.get(key) ?? null };
    const value = random() < 0.1 ? null : index;
    values.set(key, value);
    return { f: 'write', key, value };
  });
}

/**
 * A run of scenario `changefeed` on one node: transactions of one to three changes to records of their own client, in the order
 * in which they took effect in the feed; consumers that poll every so many transactions; and the whole feed at the end.
 * @param changes roughly, in the feed; every consumer gets each of them
 */
export function* changefeedHistory(changes: number, processes: number): Generator<Operation> {
  const node = NODES[0] as string;
  const consumers = [node, 'hop', 'late', OBSERVER];
  const records = Array.from({ length: processes }, () => new Map<string, number>());
  let made = 0;
  const writes = strictHistory(changes / 2, processes, 10, (random, index, { process }) => {
    const own = records[process] as Map<string, number>;
    const planned = new Map<string, PlannedChange>();
    for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
      const [id, version] = [...own][Math.floor(random() * 50)] ?? [];
      const fresh = `${FEED_TABLES[Math.floor(random() * FEED_TABLES.length)]}:u${process}n${made++}`;
      if (id === undefined || version === undefined) planned.set(fresh, ['create', fresh, 1]);
      else planned.set(id, [random() < 0.25 ? 'delete' : 'update', id, version + 1]);
    }
    for (const [f, id, version] of planned.values())
      if (f === 'delete') own.delete(id);
      else own.set(id, version);
    return { f: 'write', value: { tx: `t${process}n${index}`, changes: [...planned.values()] }, node };
  });
  const versions = new Map<string, number>();
  const feed: Entry[] = [];
  let delivered = 0;
  const read = (f: string, key: string, value: unknown, start: number, process: number): Operation => ({
    process,
    f,
    key,
    value,
    node,
    protocol: 'sql',
    start,
    end: start + 1,
    outcome: 'ok',
  });
  const poll = function* (at: number): Generator<Operation> {
    const value = { after: feed[delivered - 1]?.[0] ?? '0', entries: feed.slice(delivered) };
    delivered = feed.length;
    for (const [index, name] of consumers.entries()) yield read('poll', name, value, at, processes + index);
  };
  for (const [index, write] of writes.entries()) {
    yield write;
    const { tx, changes: planned } = write.value as PlannedTransaction;
    feed.push([
      String(FIRST_VERSIONSTAMP + BigInt(index) * 65_536n),
      planned.map((change) => shownAs(change, tx, versions)),
    ]);
    if (index % TRANSACTIONS_IN_POLL === 0) yield* poll(write.end ?? 0);
  }
  const end = (writes.at(-1)?.end ?? 0) + 10;
  yield* poll(end);
  for (const table of FEED_TABLES) {
    const own = feed.map(([at, all]): Entry => [at, all.filter(inTable(table))]).filter(([, all]) => all.length > 0);
    for (let at = 0; at < own.length; at += MOST_ENTRIES)
      yield read(
        'final-read',
        'feed',
        { table, entries: own.slice(at, at + MOST_ENTRIES), last: at + MOST_ENTRIES >= own.length },
        end + 5,
        processes,
      );
    const rows = [...versions].filter(([id]) => id.startsWith(`${table}:`));
    yield read(
      'final-read',
      table,
      rows.map(([id, version]) => [id.slice(table.length + 1), version]),
      end + 6,
      processes,
    );
  }
}

/** Beyond 2^53, as SurrealDB's are. */
const FIRST_VERSIONSTAMP = 117_703_021_276_364_800n;
const TRANSACTIONS_IN_POLL = 40;

function shownAs([f, id, version]: PlannedChange, tx: string, versions: Map<string, number>): Change {
  const before = id.startsWith(TABLE_WITH_ORIGINAL) ? versions.get(id) : undefined;
  if (f === 'delete') versions.delete(id);
  else versions.set(id, version);
  if (f === 'delete') return before === undefined ? ['delete', id] : ['delete', id, before];
  return before === undefined ? ['put', id, version, tx] : ['put', id, version, tx, before];
}

export interface RegisterShape {
  readonly size: number;
  readonly processes: number;
  readonly keys: number;
  /** How many different values are written to a register; 0 for values that are all different. */
  readonly values: number;
  /** The share of operations whose answer is lost; half of them took effect. */
  readonly unknown: number;
  /** Whether one late read is made to see what an early one saw. */
  readonly falsified?: boolean;
  readonly seed?: number;
}

export function registerHistory(shape: RegisterShape): Operation[] {
  const { size, processes, keys, values, unknown, falsified = false, seed = 8 } = shape;
  const registers = new Map<string, number>();
  const operations = strictHistory(size, processes, seed, (random, index) => {
    const key = `register:${Math.floor(random() * keys)}`;
    const before = registers.get(key) ?? 0;
    const kind = random();
    if (kind < 0.5) return { f: 'read', key, value: before };
    const made = values === 0 ? index + 1 : Math.floor(random() * values);
    const isWrite = kind < 0.75;
    const expected = random() < 0.5 || values === 0 ? before : Math.floor(random() * values);
    const value = isWrite ? made : [expected, made];
    if (!isWrite && expected !== before) return { f: 'cas', key, value, outcome: 'failed', error: 'mismatch' };
    const lost = random() < unknown;
    if (!lost || random() < 0.5) registers.set(key, made);
    return { f: isWrite ? 'write' : 'cas', key, value, ...(lost ? { outcome: 'unknown', error: 'timeout' } : {}) };
  });
  return falsified ? falsify(operations) : operations;
}

function falsify(operations: Operation[]): Operation[] {
  const late = operations.findLastIndex(({ f }, index) => f === 'read' && index < operations.length * 0.95);
  const read = operations[late];
  if (read === undefined) return operations;
  const { key, value } = read;
  const early = operations.find((other) => other.f === 'read' && other.key === key && other.value !== value);
  return operations.map((operation, index) =>
    index === late ? { ...operation, value: early?.value ?? -1 } : operation,
  );
}
