import type { ProtocolChoice } from '../../core/protocols/protocols.ts';
import { type AnyDefinition, isComposed, takesProtocol } from '../../core/scenario/definition.ts';
import { UsageError } from '../cli/errors.ts';
import { type Environment, type EnvironmentKind, USUAL_STORE } from './verify-environment.ts';

/** One thing that the suite can do, as the commands that show it. */
export interface Capability {
  readonly name: string;
  /** Script and arguments of `npm run SCRIPT -- ARGUMENTS`; run one after the other, until one fails. */
  readonly commands: readonly (readonly string[])[];
  /** Why it cannot be shown here: then it has no commands. */
  readonly missing?: string;
  /** Summary on success, instead of what its last command says. */
  readonly says?: string;
  /** What it needs: nodes that stay up from one command to the next, or none. */
  readonly stage: 'bring up' | 'nodes' | 'loads' | 'take down';
}

/** A database of its own, so that nobody's is touched. */
const DATABASE = ['--namespace', 'verify', '--database', 'schemas'];

export interface Wishes {
  /** Of each run, instead of the profile's. */
  readonly duration?: string;
  /** Beginnings of names. */
  readonly only?: readonly string[];
}

/**
 * Everything that is verified in an environment, in order.
 * @throws UsageError where a wish names nothing that there is
 */
export function capabilitiesOn(
  environment: Environment,
  scenarios: readonly AnyDefinition[],
  { duration, only }: Wishes,
): Capability[] {
  const loads = scenarios.flatMap((scenario) => loadsOf(scenario, environment, duration));
  const all = [...aroundNodes(environment), ...loads, drill(environment)];
  const wrong = only?.find((wish) => !all.some(({ name }) => name.startsWith(wish)));
  if (wrong !== undefined)
    throw new UsageError(
      `--only "${wrong}" matches no capability. Use one of ${all.map(({ name }) => name).join(', ')}.`,
    );
  const wanted = all.filter(({ name }) => only === undefined || only.some((wish) => name.startsWith(wish)));
  return environment.isUp ? wanted : [...bringUp(environment), ...wanted, ...takeDown(environment)];
}

const isCluster = ({ kind }: Environment): boolean => kind === 'compose' || kind === 'native';

function bringUp(environment: Environment): Capability[] {
  const name = 'cluster up';
  if (isCluster(environment))
    return [{ name, stage: 'bring up', commands: [['cluster', 'up', '--target', environment.kind]] }];
  return [{ name, stage: 'bring up', commands: [], missing: `${environment.description} is not a cluster` }];
}

function takeDown(environment: Environment): Capability[] {
  if (!isCluster(environment)) return [];
  const end = environment.hasData ? ['down'] : ['wipe', '--yes'];
  return [{ name: 'cluster down', stage: 'take down', commands: [['cluster', ...end, '--target', environment.kind]] }];
}

function aroundNodes({ kind }: Environment): Capability[] {
  const check: Capability = { name: 'cluster check', stage: 'nodes', commands: [['cluster', 'check']] };
  if (kind !== 'embedded') return [check, ...SCHEMA];
  const missing = 'the embedded engine has no RPC over HTTP, which schema deployment uses';
  return [check, ...SCHEMA.map((it) => ({ ...it, commands: [], missing }))];
}

const SCHEMA: readonly Capability[] = [
  { name: 'schema deploy', stage: 'nodes', commands: [['schema', 'deploy', ...DATABASE]] },
  { name: 'schema verify', stage: 'nodes', commands: [['schema', 'verify', ...DATABASE]] },
  { name: 'schema drop', stage: 'nodes', commands: [['schema', 'drop', ...DATABASE, '--yes']] },
];

/** A fault on each tier: a node, and the store that leads. */
const EXERCISES: Readonly<Partial<Record<EnvironmentKind, readonly string[]>>> = {
  compose: ['--target', 'compose', '--only', 'node-killed,store-leader-killed'],
  native: ['--target', 'native', '--store', USUAL_STORE, '--port', '0', '--only', 'node-killed'],
};

function drill({ kind }: Environment): Capability {
  const capability = { name: 'fault drill', stage: 'loads', commands: [] } as const;
  const exercises = EXERCISES[kind];
  if (exercises === undefined) return { ...capability, missing: 'the fault drill needs a cluster' };
  return { ...capability, commands: [['load', 'failover', ...exercises]] };
}

/** A cluster that is up is what `npm run load` takes by itself. */
const TARGETS: Readonly<Record<EnvironmentKind, readonly string[]>> = {
  compose: [],
  native: [],
  memory: ['--target', 'native', '--store', 'memory', '--port', '0'],
  embedded: ['--target', 'embedded', '--port', '0'],
};

function loadsOf(scenario: AnyDefinition, { kind }: Environment, wished: string | undefined): Capability[] {
  return protocolsOf(scenario, kind).map((protocol) => {
    const capability = { name: `${scenario.name} by ${protocol}`, stage: 'loads' } as const;
    const missing = whyMissing(scenario, protocol, kind);
    if (missing !== undefined) return { ...capability, commands: [], missing };
    const duration = wished ?? (restartsEverything(scenario) ? TO_RESTART_EVERYTHING : undefined);
    const by = isComposed(scenario) || takesProtocol(scenario) ? ['--protocol', protocol] : [];
    const length = duration === undefined ? [] : ['--duration', duration];
    const command = ['load', scenario.name, ...TARGETS[kind], '--profile', 'smoke', ...by, ...length];
    return { ...capability, commands: [command] };
  });
}

/** To stop all containers in good order and to start them takes a quarter of a minute, and both happen under load. */
const TO_RESTART_EVERYTHING = '90s';

const restartsEverything = (scenario: AnyDefinition): boolean =>
  isComposed(scenario) && scenario.restartsEverything === true;

function whyMissing(scenario: AnyDefinition, protocol: ProtocolChoice, kind: EnvironmentKind): string | undefined {
  if (kind === 'embedded' && protocol === 'graphql') return 'the embedded engine has no GraphQL';
  if (kind === 'embedded' && 'needsLiveQueries' in scenario) return 'the embedded engine serves no live queries';
  if (restartsEverything(scenario) && (kind === 'embedded' || kind === 'memory'))
    return 'data in memory are lost with the process, by design';
  return undefined;
}

/** Parts of a composed scenario take those of the protocols that they can be sent by. */
function protocolsOf(scenario: AnyDefinition, kind: EnvironmentKind): readonly ProtocolChoice[] {
  if (isComposed(scenario)) return [kind === 'embedded' ? 'sql' : 'all'];
  return scenario.protocols;
}
