import { join } from 'node:path';
import type { Credentials } from '../../core/access/node-user.ts';
import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import { freshCredentials, lastingCredentials } from '../access/credentials.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { pdOfStore } from '../cluster/pd.ts';
import { StoreLinks } from '../faults/store-links.ts';
import type { Program } from '../programs/program.ts';
import { untilReady, versionOf } from './http.ts';
import { nodeCommand, signInToStore } from './node-command.ts';
import { checkNames, type NodePrograms, nodeProgramsText } from './node-programs.ts';
import { type NodeSettings, nodeSettingsText } from './node-settings.ts';
import { DEFAULT_PORT, portsFrom } from './ports.ts';
import type { StartContext, Target, TargetNode, TargetRequest } from './target.ts';
import { startWatched } from './watched-process.ts';

const STORES = 'memory, rocksdb:PATH, surrealkv:PATH or tikv://HOST:PORT';

/** Several nodes over one TiKV by default: one node shows nothing of a cluster. */
const NODES_ON_SHARED_STORE = 3;

/**
 * The store of the nodes, by default in memory, and how many nodes there are.
 * @throws UsageError naming the valid stores, or that several nodes need a shared one
 */
export function foundationOf({ store = 'memory', nodeCount }: Pick<TargetRequest, 'store' | 'nodeCount'>): {
  readonly store: string;
  readonly shared: boolean;
  readonly count: number;
} {
  if (!/^(memory|(rocksdb|surrealkv):.+|tikv:\/\/[^\s,]+:\d+)$/.test(store))
    throw new UsageError(`--store must be ${STORES} (got "${store}").`);
  const shared = store.startsWith('tikv:');
  const count = nodeCount ?? (shared ? NODES_ON_SHARED_STORE : 1);
  if (count > 1 && !shared)
    throw new UsageError(
      `--node-count ${count} needs a store that nodes can share, and ${store} belongs to one node: use --store tikv://HOST:PORT.`,
    );
  return { store, shared, count };
}

/** `surreal` processes of this run on loopback ports. Their root password is only in their environment. */
export async function startNative(
  request: TargetRequest,
  surreal: Program,
  context: StartContext,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  const { store, shared, count } = foundationOf(request);
  const { nodePrograms: programs = {} } = request;
  const ports = await portsFrom(request.port ?? DEFAULT_PORT, count);
  const places = ports.map((port, index) => ({ name: `surreal-${index + 1}`, port }));
  checkNames(
    programs,
    places.map(({ name }) => name),
  );
  const credentials = store === 'memory' ? freshCredentials() : await lastingCredentials(env);

  const nodes: TargetNode[] = [];
  const stop = async () => {
    await Promise.all(nodes.map(({ process }) => process?.stop()));
    await Promise.all(nodes.map(({ links }) => links?.close()));
  };
  try {
    // One after the other: the first makes the root user in the store that they share.
    for (const place of places)
      nodes.push(
        await startNode(
          { ...place, ...(await linksTo(store, request)) },
          { surreal, credentials, settings: request.nodeSettings, programs },
          context,
        ),
      );
    for (const { url } of nodes) await signInToStore(url, store, credentials);
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = nodes;
  if (first === undefined) throw new Failure('No node was started.');
  const plural = count === 1 ? 'one node' : `${count} nodes`;
  return {
    kind: 'native',
    description: `${plural} of surreal ${surreal.version} (${surreal.source}) over ${store}${nodeSettingsText(request.nodeSettings)}${nodeProgramsText(programs)}`,
    notes: shared ? [] : ['One node: nothing between nodes is tested. For a cluster: --store tikv://HOST:PORT.'],
    nodes,
    credentials,
    version: await versionOf(first.url),
    singleEngine: !shared,
    hasGraphql: true,
    dataInNodes: store === 'memory',
    ...(shared ? { pd: pdOfStore(store) } : {}),
    stop,
  };
}

/** A store, through proxies if faults are to disturb the links to it. */
async function linksTo(
  store: string,
  { throughProxies }: TargetRequest,
): Promise<{ store: string; links?: StoreLinks }> {
  if (!throughProxies || !store.startsWith('tikv:')) return { store };
  const links = await StoreLinks.open(pdOfStore(store));
  return { store: links.store, links };
}

interface Place {
  readonly name: string;
  readonly port: number;
  readonly store: string;
  readonly links?: StoreLinks;
}

/** What all nodes of a target have in common. */
interface Kind {
  readonly surreal: Program;
  readonly credentials: Credentials;
  readonly settings: NodeSettings | undefined;
  readonly programs: NodePrograms;
}

async function startNode(
  { name, port, store, links }: Place,
  { surreal, credentials, settings, programs }: Kind,
  { logs, signal }: StartContext,
): Promise<TargetNode> {
  const log = join(logs, `${name}.log`);
  const url = `http://127.0.0.1:${port}`;
  const { argv, env } = nodeCommand(surreal, port, store, credentials, settings);
  const started = Date.now();
  const deaths: NodeDeath[] = [];
  const [found = '', ...rest] = argv;
  let file = programs[name] ?? found;
  const start = () => startWatched([file, ...rest], { env, log }, deaths);
  let process = await start();
  try {
    const startUp = await untilReady(name, url, process, log, started, signal);
    return {
      name,
      url,
      startUp,
      deaths,
      ...(links === undefined ? {} : { links }),
      get process() {
        return process;
      },
      // A server in a container is not a child process: only the program docker could be ended.
      ...(surreal.source === 'image'
        ? {}
        : {
            async restart(program) {
              file = program ?? file;
              process = await start();
            },
          }),
    };
  } catch (error) {
    await process.stop();
    await links?.close();
    throw error;
  }
}
