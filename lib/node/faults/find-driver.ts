import { kindOf } from '../../core/access/node-user.ts';
import type { Fault } from '../../core/faults/fault-grammar.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { placement } from '../cluster/pd.ts';
import type { Target } from '../targets/target.ts';
import { ClientLinks } from './client-links.ts';
import { composeDriver } from './compose-driver.ts';
import { DataRegions } from './data-regions.ts';
import type { FaultActions, FaultDriver } from './fault-driver.ts';
import { FaultInjector, type FaultPlan, type InjectorInput } from './injector.ts';
import { NativeDriver } from './native-driver.ts';
import { PdActions } from './pd-actions.ts';

/**
 * What injects a run's faults and splits its regions; undefined if there is nothing to do.
 * @throws UsageError naming each fault that the target cannot do
 */
export async function injectorFor(
  plan: FaultPlan,
  target: Target,
  context: Omit<InjectorInput, 'driver' | 'clientLinks' | 'regions' | 'pdActions' | 'target' | keyof FaultPlan>,
): Promise<FaultInjector | undefined> {
  const splits = context.splitBefore.length > 0 && target.pd !== undefined;
  if (plan.faults.length === 0 && !splits) return undefined;
  if (kindOf(target.credentials) === 'record')
    throw new UsageError(
      '--fault needs a user who may define a table, and a record user may not. Sign in as a root, namespace or database user.',
    );
  const clientLinks = await ClientLinks.open(target.nodes, plan.faults);
  const regions = new DataRegions(target, context.run);
  return new FaultInjector({
    ...plan,
    ...context,
    target,
    clientLinks,
    regions,
    pdActions: await pdActionsOf(target, regions),
    driver: await driverOf(plan.faults, target, clientLinks, context),
  });
}

async function pdActionsOf({ pd }: Target, regions: DataRegions): Promise<FaultActions> {
  if (pd !== undefined) return new PdActions(pd, await placement(pd), regions);
  const otherwise = 'there is no PD to ask: it takes a store tikv://HOST:PORT, or --pd URL of an external cluster.';
  return { servers: [], actions: {}, otherwise };
}

async function driverOf(
  faults: readonly Fault[],
  target: Target,
  clientLinks: ClientLinks,
  context: Pick<InjectorInput, 'env' | 'progress'>,
): Promise<FaultDriver> {
  switch (target.kind) {
    case 'native':
      return new NativeDriver(target, clientLinks, context);
    case 'compose':
      return composeDriver(faults, clientLinks, context);
    case 'external':
      return withoutControl(
        target,
        'the cluster is external: this suite does not control its servers. Give your own commands: --fault command:NAME@START+DURATION with --fault-command NAME:start=COMMAND and NAME:stop=COMMAND.',
      );
    case 'embedded':
      return withoutControl(
        target,
        'the embedded engine is one process behind all ports, with its data in memory. Target native has nodes that can fail, and compose nodes, stores and PD.',
      );
  }
}

/** Of a target whose servers this suite does not control. */
function withoutControl({ nodes }: Target, otherwise: string): FaultDriver {
  const refuse = async (): Promise<never> => {
    throw new Failure(otherwise);
  };
  return { servers: nodes.map(({ name }) => name), actions: {}, otherwise, leader: refuse, isReady: refuse };
}
