import { given } from '../../core/given.ts';
import { Failure } from '../cli/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { signIn, versionOf } from './http.ts';
import type { Target } from './target.ts';

/** A cluster that `npm run cluster -- up` left: loaded, and left as it is. @throws Failure where a node does not answer */
export async function useRunning(cluster: Cluster, stop: () => Promise<void> = async () => {}): Promise<Target> {
  const { kind, description, nodes, credentials, pd, prometheus, deathsSince } = cluster;
  const dead = nodes.find(({ down }) => down !== undefined);
  if (dead !== undefined)
    throw new Failure(
      `The ${kind} cluster is up, but ${dead.name} is not: ${dead.down}. npm run cluster -- up brings it back.`,
    );
  const versions = await Promise.all(nodes.map(({ url }) => versionOf(url)));
  await Promise.all(nodes.map(({ url }) => signIn(url, credentials)));
  return {
    kind,
    description,
    notes: nodes.length === 1 ? ['One node: nothing between nodes is tested.'] : [],
    nodes,
    credentials,
    version: versions[0] ?? '',
    singleEngine: nodes.length === 1,
    hasGraphql: true,
    dataInNodes: false,
    ...given('pd', pd),
    ...given('prometheus', prometheus),
    ...given('deathsSince', deathsSince),
    stop,
  };
}
