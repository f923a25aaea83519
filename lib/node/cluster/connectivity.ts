import type { Credentials } from '../../core/access/node-user.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf } from '../cli/errors.ts';
import { signIn, versionOf } from '../targets/http.ts';
import { type NodeMetrics, nodeMetrics } from '../targets/node-metrics.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import { type Placement, placement } from './pd.ts';

const ANSWER_LIMIT_MS = 5000;

/** How one node stands. */
export interface NodeReport extends ClusterNode {
  /** What is wrong with it, gravest first; empty where all is well. */
  readonly problems: readonly string[];
  readonly version?: string;
  readonly metrics?: NodeMetrics;
  /** A root token, where it gave one. */
  readonly token?: string;
}

/** Asks one node everything that can be asked from outside. Never throws: what fails is a problem of the node. */
export async function inspectNode(node: ClusterNode, credentials: Credentials): Promise<NodeReport> {
  if (node.down !== undefined) return { ...node, problems: [node.down] };
  const problems: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const version = await attempt(() => versionOf(node.url));
  if (version === undefined) return { ...node, problems };
  await attempt(() => expectOk(node.url, '/ready', 'is not ready: its start is not complete'));
  await attempt(() => expectOk(node.url, '/health', 'does not reach its store'));
  const token = await attempt(() => signIn(node.url, credentials));
  const metrics = await nodeMetrics(node.url);
  return {
    ...node,
    problems,
    version,
    ...(metrics === undefined ? {} : { metrics }),
    ...(token === undefined ? {} : { token }),
  };
}

async function expectOk(url: string, path: string, meaning: string): Promise<void> {
  const response = await fetchNode(url + path, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).catch((error) => {
    throw new Error(`${url} ${meaning} (${path}: ${causeOf(error, ANSWER_LIMIT_MS)})`);
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} ${meaning} (${path}: HTTP ${response.status})`);
}

/** How a cluster stands, as far as it can be seen without writing to it. */
export interface ClusterReport {
  readonly nodes: readonly NodeReport[];
  readonly placement?: Placement;
  /** Everything that is wrong, each in a sentence that names the thing. */
  readonly problems: readonly string[];
}

/** A cluster, ours or not, as far as looking at it needs. Without the URL of a PD, PD and stores are not looked at. */
export type Inspected = Pick<Cluster, 'nodes' | 'pd' | 'credentials' | 'problems'>;

export async function inspectCluster({ nodes, pd, credentials, problems: known }: Inspected): Promise<ClusterReport> {
  const [reports, placed] = await Promise.all([
    Promise.all(nodes.map((node) => inspectNode(node, credentials))),
    pd === undefined ? undefined : placement(pd).catch((error: Error) => error),
  ]);
  const problems = [
    ...known,
    ...reports.flatMap(({ name, problems: found }) => found.map((problem) => `${name}: ${problem}`)),
    ...versionProblems(reports),
    ...(placed instanceof Error ? [placed.message] : placed === undefined ? [] : placementProblems(placed)),
  ];
  return {
    nodes: reports,
    problems,
    ...(placed === undefined || placed instanceof Error ? {} : { placement: placed }),
  };
}

function versionProblems(nodes: readonly NodeReport[]): string[] {
  const versions = new Set(nodes.flatMap(({ version }) => version ?? []));
  return versions.size > 1 ? [`The nodes run different versions: ${[...versions].join(', ')}`] : [];
}

/** What PD itself says is wrong. */
export function placementProblems({ members, stores }: Placement): string[] {
  return [
    ...members.filter(({ healthy }) => !healthy).map(({ name, url }) => `PD member ${name} (${url}) is not healthy`),
    ...(members.some(({ leader }) => leader) ? [] : ['PD has no leader: no transaction can begin']),
    ...stores
      .filter(({ state }) => state !== 'Up')
      .map(({ id, address, state }) => `store ${id} (${address}) is ${state}, not Up`),
    ...(stores.length === 0 ? ['PD knows no store'] : []),
  ];
}
