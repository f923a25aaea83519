import type { Operation } from '../history/history.ts';
import type { Checker } from './checker.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import { describe, milliseconds } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';
import {
  effectEnd,
  endOf,
  indicesInOrder,
  inOrderOfStart,
  mayApply,
  startOf,
  timesOf,
} from './shared/operation-times.ts';

const ANOMALIES = {
  'lost update': 'An acknowledged increment is missing from the counter to the end: another one overwrote it.',
  'stale read': 'A read missed increments that were acknowledged before it began; later reads counted them.',
  duplicate: 'The counter holds more to the end than all increments together: one was applied twice.',
  'dirty read': 'A read counted more than the increments that had begun; later reads did not.',
  'non-monotonic read': 'A counter that only grows went back from one read to a later one.',
  corrupted: 'A counter was read as something that is not a number.',
} as const;

type CounterAnomaly = keyof typeof ANOMALIES;

interface Counter {
  readonly adds: Operation[];
  readonly reads: Operation[];
}

/** A read with the least and the greatest value that a linearizable counter may have shown it. */
interface BoundedRead {
  readonly read: Operation;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * A read holds every add that was acknowledged before it began, and at most those that had begun before it ended; adds of
 * unknown outcome may or may not count. Increments that stay away to the end are lost, those that are back later were
 * missed by a stale read; likewise for too many.
 *
 * After Jepsen's `checker/counter`, with signed deltas and a name for each finding.
 *
 * Operations: `add` (value: the delta) · `read` and `final-read` (value: the number, null if there is none yet), each
 * with the counter's key.
 */
export function checkCounter(operations: Iterable<Operation>, { initial = 0 } = {}): CheckVerdict<CounterAnomaly> {
  const findings = new Findings<CounterAnomaly>();
  const tally = new Tally();
  const counters = new Map<string, Counter>();
  let reads = 0;
  for (const operation of operations) {
    tally.add(operation);
    const { f, outcome, key = '' } = operation;
    const applies = f === 'add' && mayApply(operation);
    const isRead = (f === 'read' || f === 'final-read') && outcome === 'ok';
    if (!applies && !isRead) continue;
    let counter = counters.get(key);
    if (counter === undefined) {
      counter = { adds: [], reads: [] };
      counters.set(key, counter);
    }
    if (isRead) reads++;
    (isRead ? counter.reads : counter.adds).push(operation);
  }
  for (const [key, counter] of counters) checkKey(key, counter, initial, findings);
  return conclude('counter', { ...tally.counts, keys: counters.size, reads }, findings, {
    valid: reads > 0 ? 'valid' : 'unknown',
    explanation:
      reads > 0
        ? `All ${reads} reads lie between the adds acknowledged before them and those begun by their end.`
        : 'No read succeeded, so nothing is known about the counters.',
  });
}

function checkKey(key: string, { adds, reads }: Counter, initial: number, findings: Findings<CounterAnomaly>): void {
  const bounded = bounds(adds, wellFormed(key, reads, findings), initial);
  reportOutOfBounds(key, bounded, findings);
  if (adds.every(({ value }) => (value as number) >= 0)) reportDecreases(key, bounded, findings);
}

function wellFormed(key: string, reads: readonly Operation[], findings: Findings<CounterAnomaly>): Operation[] {
  return reads.filter((read) => {
    if (typeof read.value === 'number' || read.value === null || read.value === undefined) return true;
    findings.add('corrupted', read.start, () => ({
      message: `Counter ${key} was read as no number: ${describe(read)}.`,
      operations: [read],
    }));
    return false;
  });
}

/** The bounds of each read, in the order in which the reads began. */
function bounds(adds: readonly Operation[], reads: readonly Operation[], initial: number): BoundedRead[] {
  const byBegin = inOrderOfStart(reads);
  const deltas = Float64Array.from(adds, ({ value }) => value as number);
  const starts = timesOf(byBegin, startOf);
  const ends = timesOf(byBegin, endOf);
  const sure = amounts(timesOf(adds, effectEnd), deltas, starts, (time, moment) => time < moment);
  const begun = amounts(timesOf(adds, startOf), deltas, ends, (time, moment) => time <= moment);
  return byBegin.map((read, index) => ({
    read,
    value: (read.value as number | null | undefined) ?? 0,
    lower: initial + (sure.up[index] as number) + (begun.down[index] as number),
    upper: initial + (begun.up[index] as number) + (sure.down[index] as number),
  }));
}

interface Amounts {
  readonly up: Float64Array;
  readonly down: Float64Array;
}

/** Sums of the increments, and of the decrements, that count at each moment. */
function amounts(
  times: Float64Array,
  deltas: Float64Array,
  moments: Float64Array,
  counts: (time: number, moment: number) => boolean,
): Amounts {
  const up = new Float64Array(moments.length);
  const down = new Float64Array(moments.length);
  const order = indicesInOrder(times);
  let next = 0;
  let sumUp = 0;
  let sumDown = 0;
  for (const index of indicesInOrder(moments)) {
    const moment = moments[index] as number;
    for (; next < order.length && counts(times[order[next] as number] as number, moment); next++) {
      const delta = deltas[order[next] as number] as number;
      if (delta > 0) sumUp += delta;
      else sumDown += delta;
    }
    up[index] = sumUp;
    down[index] = sumDown;
  }
  return { up, down };
}

/** Walks from the last read to the first: what the last read misses is lost; what a later one makes good was stale. */
function reportOutOfBounds(key: string, byBegin: readonly BoundedRead[], findings: Findings<CounterAnomaly>): void {
  let leastMissing = Number.POSITIVE_INFINITY;
  let leastExcess = Number.POSITIVE_INFINITY;
  for (let index = byBegin.length - 1; index >= 0; index--) {
    const bounded = byBegin[index] as BoundedRead;
    const isLast = index === byBegin.length - 1;
    const missing = Math.max(0, bounded.lower - bounded.value);
    const excess = Math.max(0, bounded.value - bounded.upper);
    if (isLast && missing > 0) report('lost update', key, bounded, missing, findings);
    else if (missing > leastMissing) report('stale read', key, bounded, missing, findings);
    if (isLast && excess > 0) report('duplicate', key, bounded, excess, findings);
    else if (excess > leastExcess) report('dirty read', key, bounded, excess, findings);
    leastMissing = Math.min(leastMissing, missing);
    leastExcess = Math.min(leastExcess, excess);
  }
}

function report(
  kind: CounterAnomaly,
  key: string,
  bounded: BoundedRead,
  weight: number,
  findings: Findings<CounterAnomaly>,
): void {
  const { read, value, lower, upper } = bounded;
  const message = `Counter ${key} was ${value}, but must have been between ${lower} and ${upper}: ${describe(read)}.`;
  findings.add(kind, read.start, () => ({ message, operations: [read] }), weight);
}

/** Without negative adds, a counter never goes down from a read to one that began after it ended. */
function reportDecreases(key: string, byBegin: readonly BoundedRead[], findings: Findings<CounterAnomaly>): void {
  const ended = indicesInOrder(Float64Array.from(byBegin, ({ read }) => endOf(read)));
  let highest: BoundedRead | undefined;
  let next = 0;
  for (const bounded of byBegin) {
    for (; next < ended.length; next++) {
      const seen = byBegin[ended[next] as number] as BoundedRead;
      if (endOf(seen.read) >= bounded.read.start) break;
      const isPossible = seen.value <= seen.upper;
      if (isPossible && (highest === undefined || seen.value > highest.value)) highest = seen;
    }
    if (highest === undefined || bounded.value >= highest.value || bounded.value < bounded.lower) continue;
    const earlier = highest;
    findings.add(
      'non-monotonic read',
      bounded.read.start,
      () => ({
        message: `Counter ${key} went from ${earlier.value} back to ${bounded.value}: ${describe(earlier.read)}; then, from ${milliseconds(bounded.read.start)}, ${describe(bounded.read)}.`,
        operations: [earlier.read, bounded.read],
      }),
      earlier.value - bounded.value,
    );
  }
}

export const counter = {
  name: 'counter',
  anomalies: ANOMALIES,
  among: { 'stale read': 'reads', 'dirty read': 'reads', 'non-monotonic read': 'reads', corrupted: 'reads' },
  shapes: { add: (value) => typeof value === 'number' },
  check: ({ operations }) => checkCounter(operations),
} as const satisfies Checker<CounterAnomaly>;
