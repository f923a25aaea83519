import { availableParallelism } from 'node:os';
import { statisticOf } from '../../core/verdict/measurements.ts';
import type { Finding } from '../../core/verdict/run-verdict.ts';
import { GENERATOR } from '../load/measure/headroom.ts';
import { instancesHere } from '../load/measure/judge-measured.ts';
import type { Sample } from '../load/measure/sampler.ts';
import type { Target } from '../targets/target.ts';

/** Mean cores in use during the measured part; absent if this machine cannot see them. */
export interface MachineUse {
  /** Used by the nodes. */
  readonly nodes?: number;
  /** Used by processes other than generator, target and this program. */
  readonly foreign?: number;
}

/** Milliseconds before the load in which k6 compiles the scenario and signs in: about one sample. */
const BEFORE_LOAD = 500;

/** @param own cores used by this program */
export function coresWhile(
  { start, milliseconds }: { readonly start: number; readonly milliseconds: number },
  target: Pick<Target, 'kind' | 'nodes' | 'singleEngine'>,
  samples: readonly Sample[],
  own: number,
): MachineUse {
  // A server's own metrics are some seconds old; only the operating system has current figures.
  if (!target.nodes.every(({ process, pid }) => process !== undefined || pid !== undefined)) return {};
  const began = samples.find(({ usage }) => usage[GENERATOR] !== undefined)?.at;
  if (began === undefined) return {};
  const from = began + BEFORE_LOAD + start;
  const measured = samples.filter(({ at }) => at >= from && at <= from + milliseconds);
  if (measured.length === 0) return {};
  const names = instancesHere(target);
  const mean = (of: (sample: Sample) => number) => statisticOf(measured.map(of), 'avg');
  const nodes = mean(({ usage }) => names.reduce((sum, name) => sum + (usage[name]?.cpu ?? 0), 0));
  // A shared store may run on this machine too, and its CPU would count as foreign.
  if (!target.singleEngine) return { nodes };
  const foreign = mean(({ busy, usage }) => busy - Object.values(usage).reduce((sum, { cpu }) => sum + cpu, 0)) - own;
  return { nodes, foreign };
}

/** Share of the machine's cores that other processes may use in a valid round. An idle machine shows 0.03. */
const MOST_FOREIGN = 0.1;

export function disturbanceOf(foreign = 0, cores = availableParallelism()): Finding[] {
  if (foreign <= MOST_FOREIGN * cores) return [];
  const message = `Other processes used ${foreign.toFixed(1)} of ${cores} cores during the round.`;
  return [{ kind: 'validity', message }];
}
