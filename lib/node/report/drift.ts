import pcorrtest from '@stdlib/stats-pcorrtest';
import ranks from '@stdlib/stats-ranks';
import { TheilSenRegression } from 'ml-regression-theil-sen';

/** A figure that changes in one direction over many runs. */
export interface Drift {
  /** From the first run to the last, as a share of the median; by the Theil–Sen line. */
  readonly change: number;
  /** Probability of a correlation this strong without a trend. */
  readonly p: number;
  readonly runs: number;
}

/** Fewer runs show a trend by chance too often. */
export const FEWEST_RUNS = 8;
/** Older runs are not relevant for the present. */
export const MOST_RUNS = 50;
const SIGNIFICANT = 0.01;
/** Smaller changes are not reported. */
const SMALLEST_CHANGE = 0.1;

/**
 * Slow drift over runs, which comparisons of neighbouring runs cannot see: Spearman's rank correlation with the order of the
 * runs (Daniels 1950) tests for a trend, the Theil–Sen estimator (Sen 1968) gives its size. Both are robust against outliers.
 *
 * @param values of one figure, oldest run first
 * @returns undefined if there is no drift, or too few runs to detect one
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
