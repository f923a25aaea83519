import type { CheckVerdict } from './check-verdict.ts';
import { quantiles } from './quantiles.ts';

/** What was measured from one node to another. */
export interface NodePair {
  readonly writer: string;
  readonly reader: string;
  readonly writes: number;
  /** Writes that were visible from their acknowledgement on. */
  readonly seenAtOnce: number;
  /** Writes that were not seen before the next write, or the end. */
  readonly neverSeen: number;
  /** Per write that was seen, milliseconds from its acknowledgement until it was visible. */
  readonly latencies: Float64Array;
}

/** How soon what was written on one node was visible on another: a row of a table, a cell of a heat map. */
export interface PairSummary extends Omit<NodePair, 'latencies'> {
  /** `ms p50`, `ms p95`, `ms p99`, `ms max`: from the acknowledgement until the write was visible. */
  readonly latency: Readonly<Record<string, number>>;
}

export interface PairsVerdict<Kind extends string = string> extends CheckVerdict<Kind> {
  /** Every pair of writing and reading node that occurred. */
  readonly pairs: readonly PairSummary[];
}

export const hasPairs = (verdict: CheckVerdict): verdict is PairsVerdict => 'pairs' in verdict;

export const summaryOfPair = ({ latencies, ...pair }: NodePair): PairSummary => ({
  ...pair,
  latency: quantiles('ms', latencies),
});

/** Measures how soon writes are visible, by pair of nodes. */
export class PairMeters {
  readonly #pairs = new Map<string, Omit<NodePair, 'latencies'> & { latencies: number[] }>();

  /**
   * @param delay milliseconds from the acknowledgement until the write was visible; undefined if it never was
   * @param atOnce whether it was visible from the acknowledgement on
   */
  add(writer: string, reader: string, delay: number | undefined, atOnce: boolean): void {
    const name = `${writer} ${reader}`;
    const pair = this.#pairs.get(name) ?? { writer, reader, writes: 0, seenAtOnce: 0, neverSeen: 0, latencies: [] };
    const isSeen = delay !== undefined;
    if (isSeen) pair.latencies.push(delay);
    this.#pairs.set(name, {
      ...pair,
      writes: pair.writes + 1,
      seenAtOnce: pair.seenAtOnce + (isSeen && atOnce ? 1 : 0),
      neverSeen: pair.neverSeen + (isSeen ? 0 : 1),
    });
  }

  pairs(): NodePair[] {
    return [...this.#pairs.values()].map((pair) => ({ ...pair, latencies: Float64Array.from(pair.latencies) }));
  }
}
