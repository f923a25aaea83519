import { holds, type Limit, type SuiteMetric, samplesNeeded } from './limits.ts';
import type { LimitResult } from './summary.ts';

/** What was measured on one instance: a node, or the generator. */
export interface Series {
  readonly instance: string;
  readonly values: readonly number[];
}

/** What the suite measured itself, in the units of its limits; or why it could not. */
export type Measurements<Metric extends SuiteMetric> = Readonly<Record<Metric, readonly Series[] | string>>;

/** One measured thing, as limits want it: unmeasured if nothing came in. */
export const measurementOf = (series: readonly Series[], reason: string): readonly Series[] | string =>
  series.some(({ values }) => values.length > 0) ? series.filter(({ values }) => values.length > 0) : reason;

/** Judges limits that every instance has to keep: the one that is farthest from it decides. */
export function judgeMeasurements<Metric extends SuiteMetric>(
  limits: readonly Limit[],
  measurements: Measurements<Metric>,
): LimitResult[] {
  return limits.map((limit) => {
    const measured = measurements[limit.metric as Metric];
    if (typeof measured === 'string') return { limit, state: 'not applicable', measured: 0, reason: measured };
    const results = measured.map((series) => judgeSeries(limit, series));
    const upwards = limit.comparison.startsWith('>');
    results.sort((a, b) => (upwards ? a.measured - b.measured : b.measured - a.measured));
    const worst = results.find(({ state }) => state === 'broken') ?? results[0];
    if (worst === undefined) throw new Error(`${limit.metric} was measured on no instance`);
    return worst;
  });
}

function judgeSeries(limit: Limit, { instance, values }: Series): LimitResult {
  const measured = statisticOf(values, limit.statistic);
  if (limit.statistic.startsWith('p(') && values.length < samplesNeeded(limit.statistic))
    return { limit, instance, measured, state: 'too few samples' };
  return { limit, instance, measured, state: holds(measured, limit.comparison, limit.limit) ? 'held' : 'broken' };
}

/** A statistic by k6's name for it; of no values it is 0. Percentiles are the nearest rank. */
export function statisticOf(values: readonly number[], statistic: string): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (percent: number) => sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
  switch (statistic) {
    case 'count':
      return sorted.length;
    case 'min':
      return sorted[0] ?? 0;
    case 'max':
      return sorted.at(-1) ?? 0;
    case 'avg':
      return sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length);
    case 'med':
      return rank(50);
    default:
      return rank(Number(/^p\((.+)\)$/.exec(statistic)?.[1] ?? Number.NaN));
  }
}
