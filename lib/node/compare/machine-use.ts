import { availableParallelism } from 'node:os';
import { statisticOf } from '../../core/verdict/measurements.ts';
import type { Finding } from '../../core/verdict/run-verdict.ts';
import { GENERATOR } from '../load/headroom.ts';
import { instancesHere } from '../load/measure.ts';
import type { Sample } from '../load/sampler.ts';
import type { Target } from '../targets/target.ts';

/** Cores on average while load was measured; absent where that cannot be seen from here. */
export interface MachineUse {
  /** What the nodes used. */
  readonly nodes?: number;
  /** What the machine did that is neither generator nor target nor this program. */
  readonly foreign?: number;
}

/** k6 compiles the scenario and signs in before the load begins: about as long as one sample. Milliseconds. */
const BEFORE_LOAD = 500;

/** @param own cores that this program itself used */
export function coresWhile(
  { start, milliseconds }: { readonly start: number; readonly milliseconds: number },
  target: Pick<Target, 'kind' | 'nodes' | 'singleEngine'>,
  samples: readonly Sample[],
  own: number,
): MachineUse {
  // What a server says of itself is some seconds old; the operating system knows its processes now.
  if (!target.nodes.every(({ process, pid }) => process !== undefined || pid !== undefined)) return {};
  const began = samples.find(({ usage }) => usage[GENERATOR] !== undefined)?.at;
  if (began === undefined) return {};
  const from = began + BEFORE_LOAD + start;
  const measured = samples.filter(({ at }) => at >= from && at <= from + milliseconds);
  if (measured.length === 0) return {};
  const names = instancesHere(target);
  const mean = (of: (sample: Sample) => number) => statisticOf(measured.map(of), 'avg');
  const nodes = mean(({ usage }) => names.reduce((sum, name) => sum + (usage[name]?.cpu ?? 0), 0));
  // A store that nodes share may be on this machine too, and is not seen.
  if (!target.singleEngine) return { nodes };
  const foreign = mean(({ busy, usage }) => busy - Object.values(usage).reduce((sum, { cpu }) => sum + cpu, 0)) - own;
  return { nodes, foreign };
}

/** Share of the machine that others may use before a round is called disturbed. A machine left alone shows 0.03. */
const MOST_FOREIGN = 0.1;

export function disturbanceOf(foreign = 0, cores = availableParallelism()): Finding[] {
  if (foreign <= MOST_FOREIGN * cores) return [];
  const message = `Something else kept ${foreign.toFixed(1)} of ${cores} cores busy meanwhile.`;
  return [{ kind: 'validity', message }];
}
