import type { Target } from '../targets/target.ts';
import { ClientLinks } from './client-links.ts';
import { ComposeMeans } from './compose-driver.ts';
import type { FaultMeans } from './fault-driver.ts';
import { FaultInjector, type FaultPlan, type InjectorInput } from './injector.ts';
import { NativeMeans } from './native-driver.ts';
import { noMeans } from './no-means.ts';

/**
 * What injects a run's faults; undefined where it has none.
 * @throws UsageError naming each fault that the target cannot do
 */
export async function injectorFor(
  plan: FaultPlan,
  target: Target,
  context: Omit<InjectorInput, 'means' | 'clientLinks' | 'target' | keyof FaultPlan>,
): Promise<FaultInjector | undefined> {
  if (plan.faults.length === 0) return undefined;
  const clientLinks = await ClientLinks.open(target.nodes, plan.faults);
  return new FaultInjector({ ...plan, ...context, target, clientLinks, means: await meansOf(target, context) });
}

async function meansOf(target: Target, context: Pick<InjectorInput, 'env' | 'progress'>): Promise<FaultMeans> {
  const names = target.nodes.map(({ name }) => name);
  switch (target.kind) {
    case 'native':
      return new NativeMeans(target, context);
    case 'compose':
      return ComposeMeans.find(target, context.env);
    case 'external':
      return noMeans(
        names,
        "the cluster is somebody else's, and this suite has no hold of its servers. Give commands of your own: --fault command:NAME@START+DURATION with --fault-command NAME:start=COMMAND and NAME:stop=COMMAND.",
      );
    case 'embedded':
      return noMeans(
        names,
        'the embedded engine is one process behind all ports, with its data in memory. Targets native and compose have servers that can fail.',
      );
  }
}
