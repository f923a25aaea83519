import type { MetricValues } from './summary.ts';

type Values = Readonly<Record<string, number>>;

/**
 * Metrics of several k6 processes as one: counters add up, rates by their parts, extremes stay extremes, means by their
 * weights. Percentiles are unavailable from percentiles: they are left out, and `exact` brings those that are known.
 */
export function mergeMetrics(each: readonly MetricValues[], exact: MetricValues): MetricValues {
  const names = new Set(each.flatMap((metrics) => Object.keys(metrics)));
  const merged = [...names].map(
    (name) =>
      [name, mergeValues(each.flatMap(({ [name]: values }) => (values === undefined ? [] : [values])))] as const,
  );
  return { ...Object.fromEntries(merged), ...exact };
}

function mergeValues(each: readonly Values[]): Values {
  const sum = (statistic: string) => each.reduce((total, values) => total + (values[statistic] ?? 0), 0);
  const [first = {}] = each;
  if ('passes' in first) {
    const [passes, fails] = [sum('passes'), sum('fails')];
    return { passes, fails, rate: passes / Math.max(1, passes + fails) };
  }
  if ('value' in first) return { value: sum('value'), min: sum('min'), max: sum('max') };
  if (!('avg' in first)) return { count: sum('count'), rate: sum('rate') };
  const some = each.filter(({ count = 0 }) => count > 0);
  const count = sum('count');
  return {
    count,
    min: some.length === 0 ? 0 : Math.min(...some.map(({ min = 0 }) => min)),
    max: Math.max(0, ...some.map(({ max = 0 }) => max)),
    avg: some.reduce((total, values) => total + (values.avg ?? 0) * (values.count ?? 0), 0) / Math.max(1, count),
  };
}
