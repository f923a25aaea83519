import type { LoadPlan } from '../../core/load-plan.ts';
import type { Finding } from '../../core/verdict.ts';
import type { Sample } from './sampler.ts';

/** Above this share of the machine's cores, k6 waits for CPU and its own waiting looks like the target's latency. */
const MOST_OF_THE_CORES = 0.8;

/** Whether the generator had CPU to spare while it measured: the median of its samples, so that a spike does not count. */
export function generatorFindings(samples: readonly Sample[], plan: LoadPlan, cores: number): Finding[] {
  const used = samples
    .filter(({ at }) => at < plan.loadEnds)
    .flatMap(({ usage }) => (usage.k6 === undefined ? [] : [usage.k6.cpu]))
    .sort((a, b) => a - b);
  const median = used[Math.floor(used.length / 2)] ?? 0;
  if (median <= MOST_OF_THE_CORES * cores) return [];
  return [
    {
      kind: 'validity',
      message: `The generator was saturated: k6 used ${median.toFixed(1)} of ${cores} cores, so its own waiting counts as latency. Lower the rate, or give it more cores.`,
    },
  ];
}
