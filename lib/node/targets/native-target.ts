import { join } from 'node:path';
import { Child } from '../child.ts';
import { pdOfStore } from '../cluster/pd.ts';
import { type Credentials, freshCredentials, lastingCredentials } from '../credentials.ts';
import { Failure, UsageError } from '../errors.ts';
import { StoreLinks } from '../faults/store-links.ts';
import type { Program } from '../programs/program.ts';
import { signIn, untilReady, versionOf } from './http.ts';
import { DEFAULT_PORT, portsFrom } from './ports.ts';
import type { StartContext, Target, TargetNode, TargetRequest } from './target.ts';

const STORES = 'memory, rocksdb:PATH, surrealkv:PATH or tikv://HOST:PORT';

/** Several nodes over one TiKV by default: one node would show nothing of a cluster. */
const NODES_ON_SHARED_STORE = 3;

/**
 * What nodes of ours stand on, in memory where nothing else is asked for, and how many there are.
 * @throws UsageError naming the valid stores, or that more nodes need a shared one
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

/** `surreal` processes of ours on loopback ports. Their root password is only ever in their environment. */
export async function startNative(
  request: TargetRequest,
  surreal: Program,
  context: StartContext,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  const { store, shared, count } = foundationOf(request);
  const ports = await portsFrom(request.port ?? DEFAULT_PORT, count);
  const credentials = store === 'memory' ? freshCredentials() : await lastingCredentials(env);

  const nodes: TargetNode[] = [];
  const stop = async () => {
    await Promise.all(nodes.map(({ process }) => process?.stop()));
    await Promise.all(nodes.map(({ links }) => links?.close()));
  };
  try {
    // One after the other: the first makes the root user in the store that they share.
    for (const [index, port] of ports.entries())
      nodes.push(
        await startNode(`surreal-${index + 1}`, port, await linksTo(store, request), surreal, credentials, context),
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
    description: `${plural} of surreal ${surreal.version} (${surreal.source}) over ${store}`,
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

/** A store that was made with another root user keeps that one. */
export async function signInToStore(url: string, store: string, credentials: Credentials): Promise<void> {
  await signIn(url, credentials).catch((error) => {
    if (!(error instanceof Failure) || store === 'memory') throw error;
    throw new Failure(
      `${store} was made with other root credentials: put them into SURREAL_USER and SURREAL_PASS. (${error.message})`,
    );
  });
}

/** How a server is started; the environment carries the root password, which is in no argument. */
export function nodeCommand(
  surreal: Program,
  port: number,
  store: string,
  credentials: Credentials,
): { argv: string[]; env: Record<string, string> } {
  const env = {
    SURREAL_USER: credentials.user,
    SURREAL_PASS: credentials.pass,
    // Where DNS does not answer, the look-up of newer versions delays the start.
    SURREAL_ONLINE_VERSION_CHECK: 'false',
    // Scenario `blog` reads as a guest; what guests see, tables allow one by one.
    SURREAL_CAPS_ALLOW_GUESTS: 'true',
  };
  const bind = `127.0.0.1:${port}`;
  return { argv: [...surreal.command({ env }), 'start', '--no-banner', '--log', 'warn', '--bind', bind, store], env };
}

/** A store, through proxies where faults are to befall the ways to it. */
async function linksTo(
  store: string,
  { throughProxies }: TargetRequest,
): Promise<{ store: string; links?: StoreLinks }> {
  if (!throughProxies || !store.startsWith('tikv:')) return { store };
  const links = await StoreLinks.open(pdOfStore(store));
  return { store: links.store, links };
}

async function startNode(
  name: string,
  port: number,
  { store, links }: { store: string; links?: StoreLinks },
  surreal: Program,
  credentials: Credentials,
  { logs, signal }: StartContext,
): Promise<TargetNode> {
  const log = join(logs, `${name}.log`);
  const url = `http://127.0.0.1:${port}`;
  const { argv, env } = nodeCommand(surreal, port, store, credentials);
  const started = Date.now();
  let process = await Child.start(argv, { env, log });
  try {
    const startUp = await untilReady(name, url, process, log, started, signal);
    return {
      name,
      url,
      startUp,
      ...(links === undefined ? {} : { links }),
      get process() {
        return process;
      },
      // A server in a container is not our child: what we could end is the program docker.
      ...(surreal.source === 'image'
        ? {}
        : {
            async restart() {
              process = await Child.start(argv, { env, log });
            },
          }),
    };
  } catch (error) {
    await process.stop();
    await links?.close();
    throw error;
  }
}
