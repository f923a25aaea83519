import type { LoadPlan } from '../../core/load-plan.ts';
import type { Finding } from '../../core/verdict.ts';
import type { Sample } from './sampler.ts';

/** Above this share of the machine's cores, k6 waits for CPU and its own waiting looks like the target's latency. */
const GENERATOR_LIMIT = 0.8;
/** Above this share, whatever runs on the machine waits for CPU. */
const MACHINE_LIMIT = 0.95;

/** CPU in cores while load was sent: the median over samples, so that a spike does not count. */
interface CpuUse {
  readonly k6: number;
  readonly nodes: number;
  readonly machine: number;
}

export function cpuUse(samples: readonly Sample[], plan: LoadPlan): CpuUse {
  const sent = samples.filter(({ at, usage }) => at < plan.loadEnds && usage.k6 !== undefined);
  return {
    k6: median(sent.map(({ usage }) => usage.k6?.cpu ?? 0)),
    nodes: median(
      sent.map(({ usage }) =>
        Object.entries(usage).reduce((sum, [name, { cpu }]) => (name === 'k6' ? sum : sum + cpu), 0),
      ),
    ),
    machine: median(sent.map(({ busy }) => busy)),
  };
}

/** Whether the generator had CPU to spare. */
export function generatorFindings({ k6 }: CpuUse, cores: number): Finding[] {
  if (k6 <= GENERATOR_LIMIT * cores) return [];
  return [
    {
      kind: 'validity',
      message: `The generator was saturated: k6 used ${k6.toFixed(1)} of ${cores} cores, so its own waiting counts as latency. Lower the rate, or give it more cores.`,
    },
  ];
}

/** What limited the run, in one sentence: a fixed limit says little about a target that had to share its CPU. */
export function bottleneck({ k6, nodes, machine }: CpuUse, cores: number): string {
  const shares = `k6 ${k6.toFixed(1)}, nodes ${nodes.toFixed(1)} of ${cores} cores`;
  if (machine > MACHINE_LIMIT * cores)
    return `This machine's CPU was the bottleneck (${shares}): the figures are the machine's as much as the target's.`;
  return `This machine had CPU to spare (${machine.toFixed(1)} of ${cores} cores busy: ${shares}).`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
