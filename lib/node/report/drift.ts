import pcorrtest from '@stdlib/stats-pcorrtest';
import ranks from '@stdlib/stats-ranks';
import { TheilSenRegression } from 'ml-regression-theil-sen';

/** A figure that moves in one direction over many runs. */
export interface Drift {
  /** From the first run to the last, as a share of the median; by the Theil–Sen line. */
  readonly change: number;
  /** Probability of a correlation as strong where there is no trend. */
  readonly p: number;
  readonly runs: number;
}

/** Fewer runs show a trend by chance too often. */
export const FEWEST_RUNS = 8;
/** Older runs say little of what is going on now. */
export const MOST_RUNS = 50;
const SIGNIFICANT = 0.01;
/** A smaller change is no news. */
const SMALLEST_CHANGE = 0.1;

/**
 * Slow drift over runs, which comparisons of each run with the one before cannot see: Spearman's rank correlation with the
 * order of the runs (Daniels 1950) says whether there is a trend, the Theil–Sen estimator (Sen 1968) how large it is. Both
 * shrug off single outliers.
 *
 * @param values of one figure, oldest run first
 * @returns undefined where there is no drift, or are too few runs to tell
 */
export function driftOf(values: readonly number[]): Drift | undefined {
  const recent = values.slice(-MOST_RUNS);
  if (recent.length < FEWEST_RUNS || new Set(recent).size < 2) return undefined;
  const order = recent.map((_, index) => index);
  const p = pcorrtest(order, ranks(recent)).pValue;
  const { slope } = new TheilSenRegression(order, recent);
  const median = [...recent].sort((a, b) => a - b)[recent.length >> 1] ?? 0;
  const change = (slope * (recent.length - 1)) / median;
  return p < SIGNIFICANT && Math.abs(change) >= SMALLEST_CHANGE ? { change, p, runs: recent.length } : undefined;
}
