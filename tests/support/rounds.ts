import type { Round } from '../../lib/core/comparison/compare-rounds.ts';
import type { Measured } from '../../lib/core/comparison/round-metrics.ts';
import { randomStream } from '../../lib/core/random/random.ts';

/** Rounds of one arm with latencies about `level` ms and relative scatter `noise`; each seed has others. */
export function inventRounds(seed: number, count: number, level = 1, noise = 0.05): Round[] {
  const random = randomStream(seed);
  // A sum of twelve uniform numbers is nearly normal, with a variance of one.
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6);
  const latency = (name: string, value: number): Measured => ({
    name,
    unit: 'ms',
    better: 'lower',
    scale: 'ratio',
    value: value * Math.exp(noise * normal()),
  });
  return Array.from({ length: count }, () => [
    latency('p50', level),
    latency('p95', level * 2.5),
    { name: 'errors', unit: '%', better: 'lower', scale: 'difference', value: 0 },
  ]);
}
