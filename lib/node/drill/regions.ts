import { runningCluster } from '../cluster/commands.ts';
import { pdOfStore, placement } from '../cluster/pd.ts';
import type { TargetRequest } from '../targets/target.ts';

/** How many regions the data of a target are in; undefined where no PD can be asked. */
export async function regionsOf({ choice, store }: TargetRequest, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const ofStore = store?.startsWith('tikv:') ? pdOfStore(store) : undefined;
  const kind = choice === 'compose' || choice === 'native' ? choice : undefined;
  const pd = ofStore ?? (choice === 'external' ? undefined : (await runningCluster(env, kind))?.pd);
  if (pd === undefined) return undefined;
  return placement(pd).then(
    ({ regions }) => regions,
    () => undefined,
  );
}
