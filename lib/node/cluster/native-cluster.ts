import { lastingCredentials } from '../access/credentials.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { findSurreal } from '../programs/find-program.ts';
import type { Program } from '../programs/program.ts';
import { answersReady, untilReady } from '../targets/http.ts';
import { nodeCommand, signInToStore } from '../targets/node-command.ts';
import { DEFAULT_PORT, portsFrom } from '../targets/ports.ts';
import type { Cluster, ClusterNode, UpContext } from './cluster.ts';
import { findDaemon, isRunning, startDaemon, stopDaemon } from './daemon.ts';
import { pdOfStore, pdProblem } from './pd.ts';
import { cleanPlayground, playgroundStore, startPlayground, stopPlayground } from './playground.ts';
import { logFile, type NativeState, pidFile, readState, removeState, writeState } from './state.ts';

export interface NativeRequest {
  /** tikv://HOST:PORT; where absent, a PD on its usual port, else a playground of tiup. */
  readonly store: string | undefined;
  readonly nodeCount: number | undefined;
  /** First port; 0 takes any that are free. */
  readonly port: number | undefined;
}

type NodeState = NativeState['nodes'][number];

const NODES = 3;
const USUAL_STORE = 'tikv://127.0.0.1:2379';

/**
 * Brings up servers over one store, or what is missing of them; those that are ready stay as they are. What it started is
 * ended again where it fails.
 * @throws Failure with the last log lines of a node that did not come up; UsageError where another cluster is up
 */
export async function upNative(request: NativeRequest, context: UpContext): Promise<Cluster> {
  const { progress, env } = context;
  const surreal = await findSurreal(progress, { env });
  if (surreal === undefined)
    throw new Failure(
      'Target native needs the program `surreal`, and it was not found: `npm run setup` tells how to get it.',
    );
  const state = (await readState(env)) ?? (await planned(request, surreal, context));
  checkSame(request, state);
  const problem = await pdProblem(pdOfStore(state.store));
  if (problem !== undefined)
    throw new Failure(
      `${problem} Start the store first; it is ready when ${pdOfStore(state.store)}/pd/api/v1/members answers.`,
    );
  await writeState(env, state);
  const credentials = await lastingCredentials(env);
  const started: NodeState[] = [];
  let current = state;
  try {
    // One after the other: the first makes the root user in the store that they share.
    for (const node of state.nodes) {
      if (await isUp(node, env)) continue;
      started.push(node);
      const startUp = await start(node, current, surreal, credentials, context);
      current = { ...current, nodes: current.nodes.map((it) => (it.name === node.name ? { ...it, startUp } : it)) };
      await writeState(env, current);
    }
    for (const { port } of current.nodes) await signInToStore(urlOf(port), state.store, credentials);
  } catch (error) {
    await Promise.all(started.map((node) => stop(node, env)));
    const left = await Promise.all(state.nodes.map((node) => findNode(node, env)));
    if (left.every((node) => node === undefined)) await forget(current, env);
    throw error;
  }
  return clusterOf(current, env);
}

/**
 * Starts one node of the cluster again, and waits until it is ready.
 * @returns when its process began, milliseconds since 1970
 * @throws Failure if there is not a such node, or it did not come up
 */
export async function restartNode(name: string, context: UpContext): Promise<number> {
  const { progress, env } = context;
  const state = await readState(env);
  const node = state?.nodes.find((it) => it.name === name);
  if (state === undefined || node === undefined) throw new Failure(`There is no ${name} in the native cluster.`);
  const surreal = await findSurreal(progress, { env });
  if (surreal === undefined) throw new Failure(`${name} needs the program \`surreal\`, which is no longer found.`);
  const startUp = await start(node, state, surreal, await lastingCredentials(env), context);
  return Date.now() - startUp;
}

/** The process of a node; undefined where it does not run. */
export async function nodePid(name: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const node = (await readState(env))?.nodes.find((it) => it.name === name);
  return node === undefined ? undefined : findNode(node, env);
}

/** The cluster that `up` left, whether or not its nodes still run; undefined if there is none. */
export async function nativeCluster(env: NodeJS.ProcessEnv): Promise<Cluster | undefined> {
  const state = await readState(env);
  return state === undefined ? undefined : clusterOf(state, env);
}

/** Ends the nodes, and the store where it was ours. @returns whether there was anything */
export async function downNative(env: NodeJS.ProcessEnv): Promise<boolean> {
  const state = await readState(env);
  if (state === undefined) return false;
  await Promise.all(state.nodes.map((node) => stop(node, env)));
  await forget(state, env);
  return true;
}

/**
 * As down, and deletes the data of a store that was ours.
 * @returns why the data are still there, or undefined
 */
export async function wipeNative(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const state = await readState(env);
  if (state === undefined) return undefined;
  await downNative(env);
  if (state.playground === undefined)
    return `The data in ${state.store} are still there: that store was not started by this suite, so it is not wiped.`;
  await cleanPlayground(state.playground, env);
  return undefined;
}

export const nativeLogs = async (env: NodeJS.ProcessEnv): Promise<string[]> =>
  ((await readState(env))?.nodes ?? []).map(({ name }) => logFile(env, name));

async function forget(state: NativeState, env: NodeJS.ProcessEnv): Promise<void> {
  if (state.playground !== undefined) await stopPlayground(env);
  await removeState(env);
}

/** What a new cluster will be. */
async function planned(request: NativeRequest, surreal: Program, context: UpContext): Promise<NativeState> {
  const { store = await usualStore(), nodeCount = NODES, port = DEFAULT_PORT } = request;
  if (store !== undefined && !/^tikv:\/\/[^\s,]+:\d+$/.test(store))
    throw new UsageError(
      `--store is "${store}", but nodes of a cluster need a store that they can share: tikv://HOST:PORT. (For one node: npm run load -- SCENARIO --store ${store})`,
    );
  const ports = await portsFrom(port, nodeCount);
  const plan: NativeState = {
    cluster: 1,
    store: store ?? playgroundStore,
    program: `surreal ${surreal.version} (${surreal.source})`,
    nodes: ports.map((it, index) => ({ name: `surreal-${index + 1}`, port: it })),
  };
  return store === undefined ? startPlayground(plan, context) : plan;
}

async function usualStore(): Promise<string | undefined> {
  return (await pdProblem(pdOfStore(USUAL_STORE))) === undefined ? USUAL_STORE : undefined;
}

function checkSame({ store, nodeCount, port }: NativeRequest, state: NativeState): void {
  const first = state.nodes[0]?.port;
  const differs =
    (store !== undefined && store !== state.store) ||
    (nodeCount !== undefined && nodeCount !== state.nodes.length) ||
    (port !== undefined && port !== 0 && port !== first);
  if (differs)
    throw new UsageError(
      `A native cluster is up already, and it is another one: ${state.nodes.length} nodes from port ${first} over ${state.store}. Take it down first: npm run cluster -- down`,
    );
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}`;
const findNode = ({ name, port }: NodeState, env: NodeJS.ProcessEnv): Promise<number | undefined> =>
  findDaemon(pidFile(env, name), `127.0.0.1:${port}`);

const isUp = async (node: NodeState, env: NodeJS.ProcessEnv): Promise<boolean> =>
  (await findNode(node, env)) !== undefined && (await answersReady(urlOf(node.port)));

async function start(
  node: NodeState,
  { store }: NativeState,
  surreal: Program,
  credentials: Cluster['credentials'],
  { progress, signal, env: outer }: UpContext,
): Promise<number> {
  // One that runs but is not ready may hang, or still be starting after an interrupted `up`: a new one is sure.
  await stop(node, outer);
  await portsFrom(node.port, 1);
  const { name, port } = node;
  const { argv, env } = nodeCommand(surreal, port, store, credentials);
  const log = logFile(outer, name);
  const started = Date.now();
  const pid = await startDaemon(argv, { env, log, pidFile: pidFile(outer, name) });
  const alive = {
    get running() {
      return isRunning(pid);
    },
  };
  try {
    const startUp = await untilReady(name, urlOf(port), alive, log, started, signal);
    progress.say(`${name} ready at ${urlOf(port)} after ${(startUp / 1000).toFixed(2)} s`);
    return startUp;
  } catch (error) {
    // By its number, as it may not have come to write that down yet.
    await stopDaemon(pid);
    throw error;
  }
}

async function stop(node: NodeState, env: NodeJS.ProcessEnv): Promise<void> {
  const pid = await findNode(node, env);
  if (pid !== undefined) await stopDaemon(pid);
}

async function clusterOf({ store, program, nodes }: NativeState, env: NodeJS.ProcessEnv): Promise<Cluster> {
  return {
    kind: 'native',
    description: `${nodes.length} nodes of ${program} over ${store}`,
    nodes: await Promise.all(nodes.map((node) => nodeOf(node, env))),
    pd: pdOfStore(store),
    problems: [],
    credentials: await lastingCredentials(env),
  };
}

async function nodeOf(node: NodeState, env: NodeJS.ProcessEnv): Promise<ClusterNode> {
  const pid = await findNode(node, env);
  return {
    name: node.name,
    url: urlOf(node.port),
    ...(node.startUp === undefined ? {} : { startUp: node.startUp }),
    ...(pid === undefined ? { down: 'its process does not run' } : { pid }),
  };
}
