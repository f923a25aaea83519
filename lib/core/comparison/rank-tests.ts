import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import signedRankQuantile from '@stdlib/stats-base-dists-signrank-quantile';
import kruskalTest from '@stdlib/stats-kruskal-test';
import signedRankTest from '@stdlib/stats-wilcoxon';

/** How far one sample lies above another, and how sure that is. */
export interface Shift {
  /** Hodges–Lehmann estimate of the shift from `a` to `b`, in the unit of the values. */
  readonly estimate: number;
  /** 95 % confidence interval of it; absent where the samples are too few for any. */
  readonly interval?: readonly [low: number, high: number];
  /** Two-sided. */
  readonly p: number;
}

/** Confidence of the intervals. */
export const CONFIDENCE = 0.95;
const TAIL = (1 - CONFIDENCE) / 2;

/**
 * Shift between samples that were taken in pairs, next to each other in time, so that a drift of the machine hits both
 * alike: Wilcoxon's signed-rank test of the differences, the median of the Walsh averages, and its exact interval.
 * Source: Wilcoxon, Individual Comparisons by Ranking Methods, 1945; Hodges and Lehmann, Estimates of Location Based on
 * Rank Tests, 1963; Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 3rd edition, 3.1–3.3.
 *
 * @param a @param b values of the same length, at least one; the same index is the same pair
 */
export function pairedShift(a: readonly number[], b: readonly number[]): Shift {
  const differences = b.map((value, index) => value - (a[index] ?? Number.NaN));
  const averages = walshAverages(differences);
  const estimate = median(averages);
  const n = differences.length;
  const different = differences.filter((difference) => difference !== 0);
  // Two-sided: 2⁻ⁿ is the smallest tail of n signs, and the library needs two values at least.
  const p = different.length < 2 ? 1 : Math.min(1, signedRankTest(different).pValue);
  const bounds = orderBounds(averages, n < 2 ? 0 : signedRankQuantile(TAIL, n));
  return { estimate, p, ...(bounds === undefined ? {} : { interval: bounds }) };
}

/**
 * Shift between samples that were not taken side by side: the Kruskal–Wallis test, which for two samples is the two-sided
 * rank-sum test of Wilcoxon, Mann and Whitney in its normal approximation, and the median of all differences.
 * Source: Mann and Whitney, 1947; Hollander, Wolfe and Chicken, 4.1–4.3 (interval by the normal approximation, 4.3).
 */
export function unpairedShift(a: readonly number[], b: readonly number[]): Shift {
  const differences = b.flatMap((after) => a.map((before) => after - before)).sort((x, y) => x - y);
  const estimate = median(differences);
  const [m, n] = [a.length, b.length];
  const constant = new Set([...a, ...b]).size === 1;
  const p = constant || m < 2 || n < 2 ? 1 : kruskalTest([...a], [...b]).pValue;
  const deviation = Math.sqrt((m * n * (m + n + 1)) / 12);
  const bounds = orderBounds(differences, Math.floor((m * n) / 2 + normalQuantile(TAIL, 0, 1) * deviation));
  return { estimate, p, ...(bounds === undefined ? {} : { interval: bounds }) };
}

/** The order statistics that leave `left` values out on either side; none where the samples are too few to leave one. */
function orderBounds(sorted: readonly number[], left: number): [number, number] | undefined {
  if (left < 1) return undefined;
  return [sorted[left - 1] ?? Number.NaN, sorted[sorted.length - left] ?? Number.NaN];
}

/** The averages of every two differences, each with itself too; sorted. */
function walshAverages(differences: readonly number[]): number[] {
  return differences.flatMap((x, index) => differences.slice(index).map((y) => (x + y) / 2)).sort((x, y) => x - y);
}

/** The smallest two-sided p that so many pairs can come to. */
export const leastP = (pairs: number): number => 2 ** (1 - pairs);

/** Standard deviations that a two-sided test at this level asks for. */
export const criticalZ = (level: number): number => -normalQuantile(level / 2, 0, 1);

/** The middle value, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
