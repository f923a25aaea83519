import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../cli/errors.ts';
import type { ClusterKind, UpContext } from '../cluster/cluster.ts';
import { Compose } from '../cluster/compose-cli.ts';
import { urlOf } from '../cluster/compose-cluster.ts';
import { nativeCluster, nodePid, restartNode } from '../cluster/native-cluster.ts';
import { probe } from '../targets/http.ts';
import { healLeftovers } from './journal.ts';
import { runOrExplain } from './undo.ts';

/**
 * Makes a cluster of ours whole again: undoes what killed runs wrote down, then continues what is paused and starts what does
 * not run, whoever stopped it.
 * @returns what was done, each in a sentence
 * @throws Failure naming what could not be undone
 */
export async function heal(kind: ClusterKind | undefined, context: UpContext): Promise<string[]> {
  const done = await healLeftovers(context.env, context.progress);
  if (kind !== 'compose') done.push(...(await healNative(context)));
  if (kind !== 'native') done.push(...(await healCompose(context.env)));
  return done;
}

async function healNative(context: UpContext): Promise<string[]> {
  const done: string[] = [];
  for (const { name } of (await nativeCluster(context.env))?.nodes ?? []) {
    const pid = await nodePid(name, context.env);
    // Nothing tells from here whether it is stopped, and one that is not does not mind.
    if (pid !== undefined) process.kill(-pid, 'SIGCONT');
    else {
      await restartNode(name, context);
      done.push(`${name} started`);
    }
  }
  return done;
}

/** What Docker calls a container that does not run as it should, and what is to be done then. */
const REMEDIES: Readonly<Record<string, 'start' | 'unpause'>> = {
  exited: 'start',
  created: 'start',
  paused: 'unpause',
};

/** PD before the stores, and these before the nodes. */
const TIERS = ['pd-', 'tikv-', 'surreal-'];

async function healCompose(env: NodeJS.ProcessEnv): Promise<string[]> {
  const compose = await Compose.find(env).catch(() => undefined);
  const containers = (await compose?.containers()) ?? [];
  const done: string[] = [];
  // Down is down: only a cluster of which something runs is to be made whole.
  if (compose === undefined || !containers.some(({ state }) => state === 'running' || state === 'paused')) return done;
  for (const tier of TIERS)
    for (const { service, state, id } of containers.filter((it) => it.service.startsWith(tier))) {
      const remedy = REMEDIES[state];
      if (remedy === undefined) continue;
      await runOrExplain([compose.program, remedy, id], env);
      done.push(`${service} ${remedy === 'start' ? 'started' : 'continued'}`);
    }
  const nodes = (await compose.containers()).filter(({ service }) => service.startsWith('surreal-'));
  await Promise.all(
    nodes.map(async (node) => {
      if (await comesBack(urlOf(node))) return;
      await runOrExplain([compose.program, 'restart', node.id], env);
      if (!(await comesBack(urlOf(node))))
        throw new Failure(
          `${node.service} does not find its store, not even after a restart. What it says: npm run cluster -- logs ${node.service}`,
        );
      done.push(`${node.service} restarted, as it did not find its store again`);
    }),
  );
  return done;
}

/**
 * How long a node may take to find its store again. One that was cut off may come back under another address, when its own was
 * given away meanwhile: then its connections are bound to an address that it lost, and hang until TCP gives them up, which
 * takes a quarter of an hour.
 */
const PATIENCE_MS = 20_000;

/** Whether a node reads its store within that time. */
async function comesBack(url: string): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(500)) {
    if ((await probe(url, '/health', 2000))?.ok) return true;
  }
  return false;
}
