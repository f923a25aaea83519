import { quantiles } from '../../core/checkers/quantiles.ts';
import type { NodePair, ReadAfterWriteVerdict } from '../../core/checkers/read-after-write.ts';
import type { CheckVerdict } from '../../core/checkers/verdict.ts';

/** How soon what was written on one node was visible on another: a row of a table, a cell of a heat map. */
export interface PairSummary extends Omit<NodePair, 'latencies'> {
  /** `ms p50`, `ms p95`, `ms p99`, `ms max`: from the acknowledgement to the start of the last read that missed the write. */
  readonly latency: Readonly<Record<string, number>>;
}

export interface PairsVerdict extends CheckVerdict {
  readonly pairs: readonly PairSummary[];
}

/** A verdict that is fit for verdict.json: quantiles in place of every single latency. */
export function withoutSamples({ pairs, ...verdict }: ReadAfterWriteVerdict): PairsVerdict {
  return {
    ...verdict,
    pairs: pairs.map(({ latencies, ...pair }) => ({ ...pair, latency: quantiles('ms', latencies) })),
  };
}

export const hasPairs = (verdict: CheckVerdict): verdict is PairsVerdict => 'pairs' in verdict;
