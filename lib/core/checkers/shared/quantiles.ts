/**
 * Quantiles of measured values by nearest rank (Hyndman and Fan 1996, definition 1): each is a value that occurred.
 *
 * @returns `PREFIX P50`-like names to values; empty if there are none.
 */
export function quantiles(prefix: string, values: Float64Array): Record<string, number> {
  if (values.length === 0) return {};
  const sorted = values.slice().sort();
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] as number;
  return {
    [`${prefix} p50`]: at(0.5),
    [`${prefix} p95`]: at(0.95),
    [`${prefix} p99`]: at(0.99),
    [`${prefix} max`]: at(1),
  };
}
