import { statisticOf } from '../../../core/verdict/measurements.ts';
import type { Sample } from './sampler.ts';

/** The generator's name among the sampled processes. */
export const GENERATOR = 'k6';
/** The name of one of several. @param number from 1 */
export const generatorName = (number: number): string => `${GENERATOR}-${number}`;
export const generatorsIn = (names: readonly string[]): string[] => names.filter((name) => /^k6(-\d+)?$/.test(name));
/** Above this share of the machine's cores, whatever runs on the machine waits for CPU. */
const MACHINE_LIMIT = 0.9;

/** CPU in cores while load was sent: the median over samples, so that a spike does not count. */
interface CpuUse {
  readonly k6: number;
  /** Of the nodes on this machine. */
  readonly nodes: number;
  readonly machine: number;
}

/** The samples while load was sent, up to `loadEnds` milliseconds. */
export const whileLoading = (samples: readonly Sample[], loadEnds: number): Sample[] =>
  samples.filter(({ at, usage }) => at < loadEnds && generatorsIn(Object.keys(usage)).length > 0);

/** CPU of one generator in cores: the median while load was sent. */
export const cpuOfGenerator = (sent: readonly Sample[], number: number): number =>
  statisticOf(
    sent.flatMap(({ usage: { [generatorName(number)]: it } }) => (it ? [it.cpu] : [])),
    'med',
  );

/** @param nodes names of the sampled nodes that are on this machine */
export function cpuUse(sent: readonly Sample[], nodes: readonly string[]): CpuUse {
  const median = (of: (sample: Sample) => number) => statisticOf(sent.map(of), 'med');
  return {
    k6: median(({ usage }) => generatorsIn(Object.keys(usage)).reduce((sum, name) => sum + (usage[name]?.cpu ?? 0), 0)),
    nodes: median(({ usage }) => nodes.reduce((sum, name) => sum + (usage[name]?.cpu ?? 0), 0)),
    machine: median(({ busy }) => busy),
  };
}

/** What limited the run, in one sentence: a fixed limit says little about a target that had to share its CPU. */
export function bottleneck({ k6, nodes, machine }: CpuUse, cores: number): string {
  const others = Math.max(0, machine - k6 - nodes);
  const shares = `k6 ${k6.toFixed(1)}, nodes ${nodes.toFixed(1)}, others ${others.toFixed(1)}`;
  if (machine > MACHINE_LIMIT * cores)
    return `This machine's CPU was the bottleneck (${shares} of ${cores} cores): the measurements depend on the machine as much as on the target.`;
  return `This machine had CPU to spare (${machine.toFixed(1)} of ${cores} cores busy: ${shares}).`;
}
