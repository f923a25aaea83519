import { EXPLORED_FAULTS, EXPLORED_SETTINGS, type Ground } from '../../core/explore/explored-faults.ts';
import type { Space } from '../../core/explore/space.ts';
import type { ScenarioDefinition } from '../../core/scenario/definition.ts';
import { SIMPLE_SCENARIOS } from '../catalog/catalog.ts';
import { UsageError } from '../cli/errors.ts';
import { foundationOf } from '../targets/native-target.ts';
import type { NodeSettings } from '../targets/node-settings.ts';
import type { TargetRequest } from '../targets/target.ts';

/** Targets whose servers the suite can do something to. */
export const EXPLORED_TARGETS = ['native', 'compose', 'embedded'] as const;

const SCENARIOS = SIMPLE_SCENARIOS.filter(({ soak }) => soak);
/** Faults that take time out of a run: with more of them nothing is left to be checked. */
const MOST_FAULTS = 3;
/** How many nodes share a store. */
const NODES = { fewest: 2, most: 4 };

export interface SpaceRequest {
  readonly target: Pick<TargetRequest, 'choice' | 'store'>;
  readonly fixed: NodeSettings;
  /** Names of scenarios, separated by commas; if absent, those that look for anomalies. */
  readonly scenarios: string | undefined;
  /** `2`, or `1-3`. */
  readonly faults: string;
}

/** What is drawn for a target. @throws UsageError */
export function spaceOf({ target, fixed, scenarios, faults }: SpaceRequest): Space {
  const ground = groundOf(target);
  const drawn = scenarios === undefined ? SCENARIOS : scenarios.split(',').map((name) => soakScenario(name.trim()));
  const [fewest, most] = rangeOf(faults);
  // Containers are up for all trials, with the settings that the user fixed.
  const settings = Object.entries(ground === 'shared store' ? EXPLORED_SETTINGS : {}).filter(
    ([name]) => !(name in fixed),
  );
  return {
    scenarios: weighted(drawn),
    withoutRouting: drawn.filter(({ choosesNodes }) => choosesNodes).map(({ name }) => name),
    faults: EXPLORED_FAULTS[ground],
    fewest,
    most,
    settings: Object.fromEntries(settings),
    hasLinks: ground === 'shared store',
    ...(ground === 'shared store' || ground === 'engine' ? { nodes: NODES } : {}),
  };
}

function groundOf({ choice, store = 'memory' }: SpaceRequest['target']): Ground {
  if (choice === 'compose') return 'containers';
  if (choice === 'embedded') return 'engine';
  if (foundationOf({ store, nodeCount: undefined }).shared) return 'shared store';
  return store === 'memory' ? 'memory' : 'lasting store';
}

function soakScenario(name: string): ScenarioDefinition {
  const found = SCENARIOS.find((it) => it.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `--scenario "${name}" is none that exploration can judge. Use some of ${SCENARIOS.map((it) => it.name).join(', ')}.`,
  );
}

/** Transactions over several regions are where losses hide: half of all draws are of such scenarios. */
function weighted(scenarios: readonly ScenarioDefinition[]): string[] {
  const names = scenarios.map(({ name }) => name);
  const wide = scenarios.filter(({ splitBefore }) => splitBefore !== undefined).map(({ name }) => name);
  const times = wide.length === 0 ? 0 : Math.floor((names.length - 2 * wide.length) / wide.length);
  return [...names, ...Array.from({ length: Math.max(0, times) }, () => wide).flat()];
}

function rangeOf(text: string): [fewest: number, most: number] {
  const [, first = '', last = first] = /^(\d)(?:-(\d))?$/.exec(text) ?? [];
  const [fewest, most] = [Number(first), Number(last)];
  if (first !== '' && fewest <= most && most <= MOST_FAULTS) return [fewest, most];
  throw new UsageError(`--faults must be a number from 0 to ${MOST_FAULTS}, or a range such as 1-3 (got "${text}").`);
}
