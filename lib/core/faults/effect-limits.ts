import type { LimitResult, RunSummary } from '../verdict/summary.ts';

const REASON = 'faults were injected, and what clients saw of them has limits of its own (thresholds/faults.json)';

/** Metrics of validity that a fault moves: while a target does not answer, the open model runs out of users. */
const MOVED_BY_FAULTS = ['dropped_iterations'];

/**
 * The limits of a run in which faults were injected. Those on availability and speed were made for a cluster that is well:
 * a fault has to break them. What is wrong in any case, stays wrong.
 */
export function limitsUnderFaults(summary: RunSummary): RunSummary {
  const excused = ({ limit }: LimitResult): boolean =>
    limit.kind === 'availability' || limit.kind === 'performance' || MOVED_BY_FAULTS.includes(limit.metric);
  return {
    ...summary,
    limits: summary.limits.map((result) =>
      excused(result) ? { ...result, state: 'not applicable', reason: REASON } : result,
    ),
  };
}
