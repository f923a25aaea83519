import type { Operation } from '../history/history.ts';
import { type Checker, DEFAULT_WINDOW } from './checker.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import { describe, milliseconds } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';
import { type NodePair, PairMeters, type PairsVerdict, summaryOfPair } from './shared/node-pairs.ts';
import { effectEnd, endOf, inOrderOfEnd, inOrderOfStart, mayApply } from './shared/operation-times.ts';
import { quantiles } from './shared/quantiles.ts';

const ANOMALIES = {
  'stale read': 'A read that began after a write was acknowledged showed an older value.',
  'not converged': 'A write was still not visible when the window of mode eventual was over.',
  'dirty read': 'A read showed the value of a write that was refused.',
  unexpected: 'A read showed a value that nobody had written by then.',
} as const;

type VisibilityAnomaly = keyof typeof ANOMALIES;

export type ReadAfterWriteOptions =
  | { readonly mode: 'strong' }
  /** Reads may lag, by at most `limit` milliseconds after the write was acknowledged. */
  | { readonly mode: 'eventual'; readonly limit: number };

export interface ReadAfterWriteVerdict extends CheckVerdict<VisibilityAnomaly> {
  /** Every pair of writing and reading node that occurred. */
  readonly pairs: readonly NodePair[];
}

/** The verdict as verdict.json keeps it: quantiles instead of every single latency. */
const withoutSamples = ({ pairs, ...verdict }: ReadAfterWriteVerdict): PairsVerdict<VisibilityAnomaly> => ({
  ...verdict,
  pairs: pairs.map(summaryOfPair),
});

/**
 * Whoever reads after a write was acknowledged sees it, on any node (a necessary condition of linearizability, Herlihy and
 * Wing 1990, section 3.3). In eventual mode: sees it within the limit (*t-visibility*: Bailis and others, VLDB 2012,
 * section 3.4).
 *
 * Operations: `write` (key, value; null deletes) · `read` (key, value as seen, null if there is not a record). The values
 * written to one key are unique; deletes may recur.
 */
export function checkReadAfterWrite(
  operations: Iterable<Operation>,
  options: ReadAfterWriteOptions = { mode: 'strong' },
): ReadAfterWriteVerdict {
  const findings = new Findings<VisibilityAnomaly>();
  const tally = new Tally();
  const meters = new PairMeters();
  const registers = new Map<string, Register>();
  let reads = 0;
  for (const operation of operations) {
    tally.add(operation);
    const { f, key = '', outcome } = operation;
    const isRead = f === 'read' && outcome === 'ok';
    if (!isRead && f !== 'write') continue;
    let register = registers.get(key);
    if (register === undefined) {
      register = { writes: [], reads: [] };
      registers.set(key, register);
    }
    if (isRead) reads++;
    (isRead ? register.reads : register.writes).push(operation);
  }
  for (const register of registers.values()) checkRegister(register, options, meters, findings);
  const pairs = meters.pairs();
  const latencies = Float64Array.from(pairs.flatMap((pair) => [...pair.latencies]));
  const counts = { ...tally.counts, keys: registers.size, reads, ...quantiles('stable read latency (ms)', latencies) };
  const lag = options.mode === 'strong' ? '' : ` ${options.limit} ms`;
  const verdict = conclude('read-after-write', counts, findings, {
    valid: reads > 0 ? 'valid' : 'unknown',
    explanation:
      reads > 0
        ? `All ${reads} reads saw what had been written${lag} before them.`
        : 'No read succeeded, so nothing is known about visibility.',
  });
  return { ...verdict, pairs };
}

interface Register {
  readonly writes: Operation[];
  readonly reads: Operation[];
}

function checkRegister(
  { writes, reads }: Register,
  options: ReadAfterWriteOptions,
  meters: PairMeters,
  findings: Findings<VisibilityAnomaly>,
): void {
  const lag = options.mode === 'strong' ? 0 : options.limit;
  const history = new Writes(writes);
  const sightings = new Map<Operation, Map<string, Sightings>>();
  for (const read of inOrderOfStart(reads)) {
    checkRead(read, history, lag, findings);
    const write = history.only(read);
    if (write !== undefined) noteSighting(sightings, write, read);
  }
  for (const [write, nodes] of sightings)
    for (const [node, { lastMiss, seen }] of nodes) {
      const delay = lastMiss === undefined ? 0 : lastMiss.start - endOf(write);
      meters.add(write.node, node, seen ? delay : undefined, lastMiss === undefined);
    }
}

/** Writes in the order in which they began, each with the two of them or before that may take effect last. */
class Intervals {
  readonly #begun: readonly Operation[];
  readonly #latest: readonly (readonly [Operation, Operation | undefined])[];

  constructor(writes: readonly Operation[]) {
    this.#begun = inOrderOfStart(writes.filter(mayApply));
    const latest: [Operation, Operation | undefined][] = [];
    let best: Operation | undefined;
    let second: Operation | undefined;
    for (const write of this.#begun) {
      if (best === undefined || effectEnd(write) >= effectEnd(best)) [best, second] = [write, best];
      else if (second === undefined || effectEnd(write) >= effectEnd(second)) second = write;
      latest.push([best, second]);
    }
    this.#latest = latest;
  }

  /** A write other than `except` that began by `until` and may have taken effect at `since` or later. */
  find(since: number, until: number, except?: Operation): Operation | undefined {
    const index = countWhere(this.#begun, (write) => write.start <= until);
    const [best, second] = this.#latest[index - 1] ?? [];
    const write = best === except ? second : best;
    return write !== undefined && effectEnd(write) >= since ? write : undefined;
  }
}

/** The writes to one key, to be asked which of them a read may have seen. */
class Writes {
  readonly #all: Intervals;
  readonly #byValue = new Map<unknown, { readonly writes: Operation[]; intervals?: Intervals }>();
  /** Acknowledged writes in the order of their ends, each with the one of them or before that began last. */
  readonly #acknowledged: readonly Operation[];
  readonly #lastBegun: readonly Operation[];

  constructor(writes: readonly Operation[]) {
    this.#all = new Intervals(writes);
    this.#acknowledged = inOrderOfEnd(writes.filter(({ outcome, end }) => outcome === 'ok' && end !== undefined));
    const lastBegun: Operation[] = [];
    let last: Operation | undefined;
    for (const write of this.#acknowledged) {
      if (last === undefined || write.start > last.start) last = write;
      lastBegun.push(last);
    }
    this.#lastBegun = lastBegun;
    for (const write of writes) {
      const value = identity(write.value);
      const same = this.#byValue.get(value);
      if (same === undefined) this.#byValue.set(value, { writes: [write] });
      else same.writes.push(write);
    }
  }

  /** Of the writes acknowledged before a time, the one that began last: older ones are overwritten by it. */
  current(time: number): Operation | undefined {
    return this.#lastBegun[countWhere(this.#acknowledged, (write) => endOf(write) < time) - 1];
  }

  /** A write of this value that began by `until` and may have taken effect at `since` or later. */
  source(value: unknown, since: number, until: number): Operation | undefined {
    const same = this.#byValue.get(identity(value));
    if (same === undefined) return undefined;
    same.intervals ??= new Intervals(same.writes);
    return same.intervals.find(since, until);
  }

  refused(value: unknown): readonly Operation[] {
    return this.#byValue.get(identity(value))?.writes.filter((write) => !mayApply(write)) ?? [];
  }

  /** The write whose visibility a read tells of: undefined where another one may have been under way. */
  only(read: Operation): Operation | undefined {
    const current = this.current(read.start);
    if (current === undefined) return undefined;
    return this.#all.find(current.start, endOf(read), current) === undefined ? current : undefined;
  }
}

function checkRead(read: Operation, writes: Writes, lag: number, findings: Findings<VisibilityAnomaly>): void {
  const current = writes.current(read.start - lag);
  if (writes.source(read.value, current?.start ?? Number.NEGATIVE_INFINITY, endOf(read)) !== undefined) return;
  const overwritten = writes.source(read.value, Number.NEGATIVE_INFINITY, endOf(read));
  const initial = identity(read.value) === null;
  if (current !== undefined && (initial || overwritten !== undefined)) {
    const age = read.start - endOf(current);
    findings.add(
      lag === 0 ? 'stale read' : 'not converged',
      read.start,
      () => ({
        message: `${describe(current)}; but ${milliseconds(age)} after its acknowledgement, ${describe(read)}.`,
        operations: [...(overwritten === undefined ? [] : [overwritten]), current, read],
      }),
      age,
    );
  } else if (!initial) {
    const refused = writes.refused(read.value);
    const why =
      refused.length > 0 ? `that write was refused: ${refused.map(describe).join('; ')}` : 'nobody had written that';
    findings.add(refused.length > 0 ? 'dirty read' : 'unexpected', read.start, () => ({
      message: `${describe(read)}; but ${why}.`,
      operations: [...refused, read],
    }));
  }
}

/** What the reads on one node showed of one write. */
interface Sightings {
  lastMiss: Operation | undefined;
  seen: boolean;
}

function noteSighting(sightings: Map<Operation, Map<string, Sightings>>, write: Operation, read: Operation): void {
  let nodes = sightings.get(write);
  if (nodes === undefined) {
    nodes = new Map();
    sightings.set(write, nodes);
  }
  const before = nodes.get(read.node) ?? { lastMiss: undefined, seen: false };
  if (identity(read.value) === identity(write.value)) before.seen = true;
  else Object.assign(before, { lastMiss: read, seen: false });
  nodes.set(read.node, before);
}

/** How many elements of a list that is ordered by it fulfil a condition: those that do come first. */
function countWhere(list: readonly Operation[], holds: (operation: Operation) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle] as Operation)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Equal for equal values, so that records can be compared and looked up; null if there is none. */
const identity = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null);

export const readAfterWrite = {
  name: 'read-after-write',
  anomalies: ANOMALIES,
  among: { 'stale read': 'reads', 'not converged': 'reads', 'dirty read': 'reads', unexpected: 'reads' },
  check: ({ operations }, { mode, window = DEFAULT_WINDOW }) =>
    withoutSamples(checkReadAfterWrite(operations, mode === 'eventual' ? { mode, limit: window } : { mode: 'strong' })),
} as const satisfies Checker<VisibilityAnomaly>;
