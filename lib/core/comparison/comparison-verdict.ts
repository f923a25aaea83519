import type { MetricComparison } from './compare-rounds.ts';
import { change, intervalOf } from './comparison-text.ts';

/** `void`: an invariant is broken, so speed does not count. `invalid`: too many rounds are invalid. */
export type ComparisonState = 'better' | 'worse' | 'mixed' | 'same' | 'inconclusive' | 'void' | 'invalid';

export interface Conclusion {
  readonly state: ComparisonState;
  /** One sentence. */
  readonly headline: string;
}

/** The fields of a round that decide whether it counts. */
export interface JudgedRound {
  readonly arm: string;
  readonly pair: number;
  readonly findings: readonly { readonly kind: string; readonly message: string }[];
}

/** Share of the requested pairs that may be invalid. */
const MOST_MISSING = 0.25;

/** Whether a round is invalid. Wrong answers void the whole comparison and do not count here. */
export const isInvalid = ({ findings }: JudgedRound): boolean => findings.some(({ kind }) => kind === 'validity');

/** Pairs whose rounds are all present and valid. @param sides 2, or 1 if the other side was measured earlier */
export function validPairs(rounds: readonly JudgedRound[], sides = 2): number[] {
  const pairs = [...new Set(rounds.map(({ pair }) => pair))];
  return pairs.filter((pair) => {
    const all = rounds.filter((round) => round.pair === pair);
    return all.length === sides && !all.some(isInvalid);
  });
}

/** Requested pairs, and sides measured in this comparison. */
export interface Asked {
  readonly wanted: number;
  readonly sides?: number;
}

/**
 * The comparison in one word and one sentence. A broken invariant in either arm voids it: the speed of wrong answers does
 * not count.
 */
export const conclude = (
  rounds: readonly JudgedRound[],
  metrics: readonly MetricComparison[],
  asked: Asked,
): Conclusion => worthless(rounds, asked) ?? concludeMetrics(metrics);

/** Why the rounds prove nothing about speed; undefined if they are usable. */
export function worthless(rounds: readonly JudgedRound[], { wanted, sides = 2 }: Asked): Conclusion | undefined {
  for (const { arm, findings } of rounds) {
    const broken = findings.find(({ kind }) => kind === 'correctness');
    if (broken !== undefined)
      return { state: 'void', headline: `${arm.toUpperCase()} broke an invariant: ${broken.message}` };
  }
  const leftOut = rounds.filter(isInvalid);
  const cause = leftOut[0]?.findings.find(({ kind }) => kind === 'validity')?.message ?? '';
  if (leftOut.length === 0 || validPairs(rounds, sides).length >= wanted * (1 - MOST_MISSING)) return undefined;
  return {
    state: 'invalid',
    headline: `${leftOut.length} of ${rounds.length} rounds are invalid. ${cause}`.trim(),
  };
}

/** Verdict over the metrics of valid rounds. */
export function concludeMetrics(metrics: readonly MetricComparison[]): Conclusion {
  if (metrics.length === 0) return { state: 'invalid', headline: 'No metric was measured in all rounds.' };
  const of = (verdict: MetricComparison['verdict']) => metrics.filter((metric) => metric.verdict === verdict);
  const [worse, better, open] = [of('worse'), of('better'), of('inconclusive')];
  if (worse.length > 0 && better.length > 0)
    return { state: 'mixed', headline: `B is worse in ${named(worse)}, and better in ${named(better)}.` };
  if (worse.length > 0) return { state: 'worse', headline: `B is worse: ${named(worse)}.` };
  if (better.length > 0) return { state: 'better', headline: `B is better: ${named(better)}.` };
  if (open.length > 0)
    return { state: 'inconclusive', headline: `No difference found, but these metrics are undecided: ${named(open)}.` };
  return { state: 'same', headline: `A and B are the same in all ${metrics.length} metrics.` };
}

const MOST_NAMED = 4;

function named(metrics: readonly MetricComparison[]): string {
  const sorted = [...metrics].sort((x, y) => Math.abs(y.change) - Math.abs(x.change));
  const texts = sorted.slice(0, MOST_NAMED).map((metric) => {
    const interval = intervalOf(metric);
    return `${metric.name} ${change(metric.change, metric)}${interval === '' ? '' : ` (${interval})`}`;
  });
  return texts.join(', ') + (sorted.length > MOST_NAMED ? ` and ${sorted.length - MOST_NAMED} more` : '');
}
