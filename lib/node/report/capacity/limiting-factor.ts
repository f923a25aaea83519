import { HEADROOM } from '../../../core/load/capacity.ts';
import { statisticOf } from '../../../core/verdict/measurements.ts';
import { generatorsIn } from '../../load/measure/headroom.ts';
import type { Sample } from '../../load/measure/sampler.ts';
import type { LevelFigures } from './level-figures.ts';

/** CPU in cores at one level of load: medians of the samples. */
export interface LevelCpu {
  readonly generator: number;
  /** All sampled nodes together, wherever they are. */
  readonly nodes: number;
  /** Everything else that kept this machine busy: stores that run on it, for example. */
  readonly others: number;
  readonly machine: number;
}

/** Whatever runs on a machine with less than this share of its cores idle waits for CPU. */
const MACHINE_FULL = 0.9;
/** Attempts that meet a concurrent transaction, from which on they explain latency. */
const MANY_CONFLICTS = 0.2;

/** @returns undefined if no sample falls into the span; the times are milliseconds on the clock of the samples */
export function cpuBetween(samples: readonly Sample[], from: number, to: number): LevelCpu | undefined {
  const own = samples.filter(({ at }) => at >= from && at < to);
  if (own.length === 0) return undefined;
  const median = (of: (sample: Sample) => number) => statisticOf(own.map(of), 'med');
  const sumOf = ({ usage }: Sample, isOf: (name: string) => boolean) =>
    Object.entries(usage).reduce((sum, [name, { cpu }]) => (isOf(name) ? sum + cpu : sum), 0);
  const isGenerator = (name: string) => generatorsIn([name]).length > 0;
  const generator = median((sample) => sumOf(sample, isGenerator));
  const nodes = median((sample) => sumOf(sample, (name) => !isGenerator(name)));
  const machine = median(({ busy }) => busy);
  return { generator, nodes, machine, others: Math.max(0, machine - generator - nodes) };
}

/**
 * What kept the target from more, in a sentence, by what was measured at a level beyond the knee (or the highest, without one).
 * @param cores of this machine
 */
export function limitingFactor(level: LevelFigures, cpu: LevelCpu | undefined, cores: number): string {
  if (cpu === undefined) return 'No CPU was measured at this load, so what limited it is not known.';
  const { generator, nodes, others, machine } = cpu;
  const shares = `generator ${cores1(generator)}, nodes ${cores1(nodes)}, other processes (stores among them) ${cores1(others)} of ${cores} cores`;
  if (generator > HEADROOM * cores) return `The generator's CPU: ${shares}.`;
  if (machine > MACHINE_FULL * cores) {
    const [who] = (
      [
        ['generator', generator],
        ['nodes', nodes],
        ['other processes', others],
      ] as const
    ).reduce((most, each) => (each[1] > most[1] ? each : most));
    return `The CPU of this machine, which generator and target share; most of it went to the ${who}: ${shares}.`;
  }
  if (level.conflicts > MANY_CONFLICTS)
    return `Concurrent transactions: ${Math.round(level.conflicts * 100)} % of the attempts met one, and were repeated after a pause. CPU was left: ${shares}.`;
  return `Not the CPU of this machine: ${shares}. Operations waited for the store, the network, or CPU of other machines.`;
}

const cores1 = (value: number): string => value.toFixed(1);
