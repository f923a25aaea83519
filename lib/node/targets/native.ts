import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Child } from '../child.ts';
import { Failure, UsageError } from '../errors.ts';
import type { Program } from '../programs/program.ts';
import { untilReady, versionOf } from './http.ts';
import { DEFAULT_PORT, portsFrom } from './ports.ts';
import type { StartContext, Target, TargetNode, TargetRequest } from './target.ts';

const STORES = 'memory, rocksdb:PATH, surrealkv:PATH or tikv://HOST:PORT';

/** Several nodes over one TiKV by default: one node would show nothing of a cluster. */
const NODES_ON_SHARED_STORE = 3;

/** @throws UsageError naming the valid stores, or that more nodes need a shared one */
export function checkStore(store: string, nodeCount: number | undefined): { shared: boolean; count: number } {
  if (!/^(memory|(rocksdb|surrealkv):.+|tikv:\/\/[^\s,]+:\d+)$/.test(store))
    throw new UsageError(`--store is "${store}", but must be ${STORES}.`);
  const shared = store.startsWith('tikv:');
  const count = nodeCount ?? (shared ? NODES_ON_SHARED_STORE : 1);
  if (count > 1 && !shared)
    throw new UsageError(
      `--node-count ${count} needs a store that nodes can share, and ${store} belongs to one node: use --store tikv://HOST:PORT.`,
    );
  return { shared, count };
}

/** `surreal` processes of ours on loopback ports. Their root password is random and only ever in their environment. */
export async function startNative(request: TargetRequest, surreal: Program, context: StartContext): Promise<Target> {
  const store = request.store ?? 'memory';
  const { shared, count } = checkStore(store, request.nodeCount);
  const ports = await portsFrom(request.port ?? DEFAULT_PORT, count);
  const credentials = { user: 'root', pass: randomBytes(18).toString('base64url') };

  const nodes: TargetNode[] = [];
  const stop = async () => {
    await Promise.all(nodes.map(({ process }) => process?.stop()));
  };
  try {
    // One after the other: the first makes the root user in the store that they share.
    for (const [index, port] of ports.entries())
      nodes.push(await startNode(`surreal-${index + 1}`, port, store, surreal, credentials, context));
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
    stop,
  };
}

async function startNode(
  name: string,
  port: number,
  store: string,
  surreal: Program,
  credentials: Target['credentials'],
  { logs, signal }: StartContext,
): Promise<TargetNode> {
  const log = join(logs, `${name}.log`);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    SURREAL_USER: credentials.user,
    SURREAL_PASS: credentials.pass,
    // Where DNS does not answer, the look-up of newer versions delays the start.
    SURREAL_ONLINE_VERSION_CHECK: 'false',
  };
  const started = Date.now();
  const argv = [
    ...surreal.command({ env }),
    'start',
    '--no-banner',
    '--log',
    'warn',
    '--bind',
    `127.0.0.1:${port}`,
    store,
  ];
  const process = await Child.start(argv, { env, log });
  try {
    return { name, url, process, startUp: await untilReady(name, url, process, log, started, signal) };
  } catch (error) {
    await process.stop();
    throw error;
  }
}
