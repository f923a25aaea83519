import { given } from '../given.ts';
import type { Operation } from '../history/history.ts';
import { isOfTheLoad } from '../history/load-operations.ts';
import { statisticOf } from '../verdict/measurements.ts';
import { type ErrorGroup, errorGroup } from './error-groups.ts';
import { fewest, type Request, SlidingLatency, WINDOW } from './sliding.ts';
import type { FaultWindow } from './window.ts';

/** How many errors of each group. */
export type ErrorCounts = Readonly<Partial<Record<ErrorGroup, number>>>;

/** What clients saw of one fault. Times are milliseconds; where not said otherwise, since the fault took effect. */
export interface FaultEffects {
  /** Operations that were under way when it took effect: on the nodes that it applied to, or of a store or PD member on all. */
  readonly underWay: number;
  /** Requests that failed, conflicts among them. */
  readonly errors: ErrorCounts;
  readonly errorsByNode: Readonly<Record<string, ErrorCounts>>;
  /** When clients saw the first and the last failure, conflicts aside; absent if nothing failed. */
  readonly errorWindow?: { readonly first: number; readonly last: number };
  /**
   * Until the first acknowledgement of a request that was sent after the fault took effect and, where requests failed,
   * after the first failure was seen. Absent if there was none.
   */
  readonly firstSuccess?: number;
  /** The same of each node; absent where it acknowledged nothing any more, or was not asked. */
  readonly firstSuccessByNode: Readonly<Record<string, number>>;
  /** Nodes that were asked after the fault was healed, and acknowledged nothing. */
  readonly silentNodes: readonly string[];
  /** Until the 95th percentile is within 1.5 times that of before; absent where it was not within the run. */
  readonly recovery?: number;
  /** Acknowledged operations in a second: usual before the fault, and the deepest second after it. */
  readonly throughput?: { readonly before: number; readonly deepest: number; readonly at: number };
  /** 95th percentile before the fault. */
  readonly p95Before?: number;
  /** The longest time in which no operation at all was acknowledged, and when it began. */
  readonly longestStall?: { readonly duration: number; readonly at: number };
  /** The longest single operation, however it ended. */
  readonly longestOperation?: number;
  /** The slowest request that failed: how long a client waited until it got the error. Tries before it met conflicts, and got that answer. */
  readonly timeToError?: number;
  /** How long clients were watched. */
  readonly watched: number;
}

/** A fault, and what clients saw of it; no effects where it never began. */
export type ObservedFault = FaultWindow & { readonly effects?: FaultEffects };

/** Milliseconds before the first fault that say what is usual. */
const BASELINE = 10_000;
/** The 95th percentile counts as back where it is at most this many times that of before. */
export const BACK = 1.5;
/** A rise that begins later than this after the fault was healed has another cause. */
const LATEST_ONSET = 2000;

/** Part of the run in which load was sent, milliseconds on the history's clock. */
export interface MeasuredPart {
  readonly start: number;
  readonly end: number;
}

/**
 * What clients saw of each fault. A fault is watched until the next one that begins after it was healed takes effect, or the
 * load ends; faults that overlap share what happened, for nobody can tell which of them did it.
 *
 * @param operations of the whole run, in any order
 * @returns in the order of the windows; undefined for a fault that never took effect
 */
export function effectsOf(
  operations: Iterable<Operation>,
  windows: readonly FaultWindow[],
  measured: MeasuredPart,
): (FaultEffects | undefined)[] {
  const load = [...operations].filter((it) => isOfTheLoad(it) && it.start >= measured.start);
  load.sort((a, b) => a.start - b.start);
  const begun = windows.flatMap(({ began }) => began ?? []);
  const first = Math.min(...begun);
  const run = new ObservedRun(load, { start: Math.max(measured.start, first - BASELINE), end: first }, measured.end);
  return windows.map(({ who, began, healed }) => {
    if (began === undefined) return undefined;
    const next = Math.min(...begun.filter((other) => other > began && other >= (healed ?? Number.POSITIVE_INFINITY)));
    return run.effects({ who, began, healed, until: Math.min(next, measured.end) });
  });
}

/** When a client learnt what became of an operation. */
const seenAt = ({ start, end }: Operation): number => end ?? start;
/** Conflicts are a matter of the load, not of the fault. */
const isFailure = (operation: Operation): boolean => {
  const group = errorGroup(operation);
  return group !== undefined && group !== 'conflict';
};

interface Watch {
  readonly who: readonly string[];
  readonly began: number;
  readonly healed: number | undefined;
  readonly until: number;
}

class ObservedRun {
  readonly #load: readonly Operation[];
  readonly #nodes: readonly string[];
  /** Times of acknowledgements, in order. */
  readonly #acknowledged: readonly number[];
  readonly #latency: SlidingLatency;
  readonly #before: { perSecond: number; p95: number } | undefined;

  constructor(load: readonly Operation[], baseline: MeasuredPart, loadEnds: number) {
    this.#load = load;
    this.#nodes = [...new Set(load.map(({ node }) => node))].sort();
    this.#acknowledged = load
      .filter(({ outcome }) => outcome === 'ok')
      .map(seenAt)
      .sort((a, b) => a - b);
    this.#latency = new SlidingLatency(load.map((operation) => requestOf(operation, loadEnds)));
    this.#before = this.#measureBefore(baseline);
  }

  /** What is usual, from the last whole seconds before the first fault; undefined if there is not one. */
  #measureBefore({ start, end }: MeasuredPart) {
    const seconds = Math.floor((end - start) / WINDOW);
    if (seconds < 1) return undefined;
    const from = end - seconds * WINDOW;
    const done = this.#load.filter((it) => it.outcome === 'ok' && seenAt(it) >= from && seenAt(it) < end);
    if (done.length === 0) return undefined;
    const latencies = done.map((it) => seenAt(it) - it.start);
    return { perSecond: done.length / seconds, p95: statisticOf(latencies, 'p(95)') };
  }

  effects(watch: Watch): FaultEffects {
    const { began, until } = watch;
    const after = this.#load.filter((operation) => seenAt(operation) >= began && seenAt(operation) < until);
    const underWay = this.#load.filter(({ start, end = until }) => end >= began && start < until);
    const failures = after.filter(isFailure);
    const seen = failures.map(seenAt);
    const waits = failures.flatMap(({ start, end, tries }) => tries?.at(-1) ?? (end === undefined ? [] : end - start));
    const before = this.#before;
    const successes = this.#nodes.map((node) => [node, firstSuccess(ofNode(after, node), began)] as const);
    return {
      underWay: this.#underWayAt(watch),
      errors: countErrors(after),
      errorsByNode: Object.fromEntries(
        this.#nodes
          .map((node) => [node, countErrors(ofNode(after, node))] as const)
          .filter(([, errors]) => Object.keys(errors).length > 0),
      ),
      ...given('errorWindow', seen.length > 0 ? { first: least(seen) - began, last: most(seen) - began } : undefined),
      ...given('firstSuccess', firstSuccess(after, began)),
      firstSuccessByNode: Object.fromEntries(
        successes.filter((entry): entry is [string, number] => entry[1] !== undefined),
      ),
      silentNodes: successes
        .filter(([node, success]) => success === undefined && this.#wasAsked(node, watch))
        .map(([node]) => node),
      ...given('recovery', before && this.#recovery(watch, before)),
      ...given('throughput', before && this.#dip(watch, before.perSecond)),
      ...given('p95Before', before?.p95),
      ...given('longestStall', this.#longestStall(watch)),
      ...given(
        'longestOperation',
        underWay.length > 0 ? most(underWay.map(({ start, end = until }) => end - start)) : undefined,
      ),
      ...given('timeToError', waits.length > 0 ? most(waits) : undefined),
      watched: until - began,
    };
  }

  #underWayAt({ who, began }: Watch): number {
    const nodes = who.every((name) => this.#nodes.includes(name)) ? who : this.#nodes;
    return this.#load.filter(
      ({ node, start, end = Number.POSITIVE_INFINITY }) => nodes.includes(node) && start < began && end >= began,
    ).length;
  }

  #wasAsked(node: string, { healed, until }: Watch): boolean {
    return healed !== undefined && this.#load.some((it) => it.node === node && it.start >= healed && it.start < until);
  }

  #recovery({ began, healed = Number.POSITIVE_INFINITY, until }: Watch, before: { p95: number; perSecond: number }) {
    const range = { from: began, onset: healed + LATEST_ONSET, to: until };
    return this.#latency.recovery(range, before.p95 * BACK, before.perSecond);
  }

  #dip({ began, until }: Watch, before: number) {
    const deepest = fewest(this.#acknowledged, began, until);
    return deepest && { before, deepest: deepest.count / (WINDOW / 1000), at: deepest.at - began };
  }

  /** Begins with the last acknowledgement before the fault, for that is when clients began to wait. */
  #longestStall({ began, until }: Watch): { duration: number; at: number } | undefined {
    const last = this.#acknowledged.findLast((time) => time < began) ?? began;
    const times = [last, ...this.#acknowledged.filter((time) => time >= began && time < until), until];
    let longest: { duration: number; at: number } | undefined;
    for (let index = 1; index < times.length; index++) {
      const from = times[index - 1] as number;
      const duration = (times[index] as number) - from;
      if (longest === undefined || duration > longest.duration) longest = { duration, at: from - began };
    }
    return longest;
  }
}

/** One that the end of the load cut off was under way until then. */
function requestOf(operation: Operation, loadEnds: number): Request {
  const { start, end = loadEnds } = operation;
  return { start, end, latency: isFailure(operation) ? Number.POSITIVE_INFINITY : end - start };
}

const ofNode = (operations: readonly Operation[], node: string): Operation[] =>
  operations.filter((operation) => operation.node === node);

function countErrors(operations: readonly Operation[]): ErrorCounts {
  const counts: Partial<Record<ErrorGroup, number>> = {};
  for (const operation of operations) {
    const group = errorGroup(operation);
    if (group !== undefined) counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

function firstSuccess(after: readonly Operation[], began: number): number | undefined {
  const failures = after.filter(isFailure).map(seenAt);
  const from = failures.length > 0 ? Math.max(began, least(failures)) : began;
  const answered = after.filter(({ start, outcome }) => outcome === 'ok' && start >= from).map(seenAt);
  return answered.length > 0 ? least(answered) - began : undefined;
}

/** Not Math.min: as arguments of a call, a hundred thousand numbers are too many. */
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
