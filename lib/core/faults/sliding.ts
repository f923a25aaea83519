import { statisticOf } from '../verdict/measurements.ts';

/** Milliseconds of a sliding window, and by which it slides: the resolution of what is measured with it. */
export const WINDOW = 1000;
export const STEP = 100;

/** A request as the sliding windows see it: times in milliseconds; one that failed has infinite latency. */
export interface Request {
  readonly start: number;
  readonly end: number;
  readonly latency: number;
}

/** Requests above this are looked up by overlap, not by start alone. */
const LONG = STEP;
/** Below so many requests a 95th percentile says nothing. */
const ENOUGH = 20;

/** The latency of requests that are under way in a second, so that those that hang count while they hang. */
export class SlidingLatency {
  readonly #short: readonly Request[];
  readonly #long: readonly Request[];

  /** @param requests in the order of their starts */
  constructor(requests: readonly Request[]) {
    this.#short = requests.filter(({ start, end }) => end - start < LONG);
    this.#long = requests.filter(({ start, end }) => end - start >= LONG);
  }

  /** Latencies of the requests under way in [from, to). */
  under(from: number, to: number): number[] {
    const latencies: number[] = [];
    for (let at = indexOf(this.#short, from); at < this.#short.length; at++) {
      const request = this.#short[at] as Request;
      if (request.start >= to) break;
      latencies.push(request.latency);
    }
    for (const { start, end, latency } of this.#long) {
      if (start >= to) break;
      if (end > from) latencies.push(latency);
    }
    return latencies;
  }

  /**
   * Milliseconds from `from` until the 95th percentile is at most `limit` again, in a window that begins then. 0 where it
   * never rose; undefined where it was not back before `to`.
   *
   * @param onset when it rises later than this, something else raised it
   * @param usual requests in a window before
   */
  recovery(range: { from: number; onset: number; to: number }, limit: number, usual: number): number | undefined {
    const enough = Math.max(1, Math.min(ENOUGH, usual / 2));
    const isGood = (from: number): boolean => {
      const latencies = this.under(from, from + WINDOW);
      return latencies.length >= enough && statisticOf(latencies, 'p(95)') <= limit;
    };
    let risen = false;
    for (let at = range.from; at + WINDOW <= range.to; at += STEP) {
      const good = isGood(at);
      if (good && risen) return at - range.from;
      if (good && at > range.onset) return 0;
      risen ||= !good;
    }
    return risen ? undefined : 0;
  }
}

/** The sliding window in [from, to) with the fewest of the times in it; undefined if none fits. */
export function fewest(
  times: readonly number[],
  from: number,
  to: number,
): { readonly count: number; readonly at: number } | undefined {
  let deepest: { count: number; at: number } | undefined;
  let first = 0;
  let after = 0;
  for (let at = from; at + WINDOW <= to; at += STEP) {
    while (first < times.length && (times[first] as number) < at) first++;
    while (after < times.length && (times[after] as number) < at + WINDOW) after++;
    const count = after - first;
    if (deepest === undefined || count < deepest.count) deepest = { count, at };
  }
  return deepest;
}

/** Index of the first request that starts at `from` or later. */
function indexOf(requests: readonly Request[], from: number): number {
  let low = 0;
  let high = requests.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((requests[middle] as Request).start < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
