import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Tier } from '../../core/faults/specification.ts';
import { nodePid, restartNode } from '../cluster/native.ts';
import { Failure } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { answersReady } from '../targets/http.ts';
import type { Target, TargetNode } from '../targets/target.ts';
import type { Act, FaultMeans, LinkState, Way } from './means.ts';

const POLL_MS = 20;

interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** Signals to the `surreal` processes of this machine: those of this run, or of the cluster that was up before. */
export class NativeMeans implements FaultMeans {
  readonly servers: readonly string[];
  readonly #target: Target;
  readonly #context: Context;

  constructor(target: Target, context: Context) {
    this.#target = target;
    this.#context = context;
    this.servers = target.nodes.map(({ name }) => name);
  }

  refusal({ kind, who }: Fault): string | undefined {
    if (who === 'all' || ('tier' in who && who.tier !== 'surreal'))
      return 'target native starts the SurrealDB nodes alone, and can end only those: the store is yours (surreal-N, surreal-all, surreal-random). Target compose can do it.';
    if (this.#target.dataInNodes && (kind === 'kill' || kind === 'stop' || kind === 'rolling-restart'))
      return 'the data are in the memory of the node, so that a restart loses them by design: give a --store that lasts (tikv://, rocksdb:, surrealkv:).';
    return undefined;
  }

  async leader(tier: Tier): Promise<string> {
    throw new Failure(`target native has no server of tier ${tier}`);
  }

  async take(server: string, way: Way): Promise<Act> {
    const node = this.#node(server);
    const pid = await this.#pid(node);
    const ours = node.process !== undefined;
    if (way === 'pause')
      return {
        ...(ours ? {} : { cure: { how: 'continue', pid } }),
        begin: async () => ({ began: send(pid, 'SIGSTOP'), heal: async () => send(pid, 'SIGCONT') }),
      };
    return {
      ...(ours ? {} : { cure: { how: 'start node', name: server } }),
      begin: async () => ({
        began: send(pid, way === 'kill' ? 'SIGKILL' : 'SIGTERM'),
        heal: () => this.#start(node),
      }),
    };
  }

  async disturb(server: string, _link: LinkState): Promise<Act> {
    throw new Failure(`target native has no way to the store of ${server}`);
  }

  async untilReady(server: string, signal: AbortSignal): Promise<void> {
    const { url } = this.#node(server);
    while (!(await answersReady(url))) await sleep(POLL_MS, undefined, { signal });
  }

  #node(server: string): TargetNode {
    const node = this.#target.nodes.find(({ name }) => name === server);
    if (node === undefined) throw new Error(`${server} is no node of the target`);
    return node;
  }

  async #pid({ name, process: own }: TargetNode): Promise<number> {
    const pid = own === undefined ? await nodePid(name, this.#context.env) : own.running ? own.pid : undefined;
    if (pid === undefined) throw new Failure(`${name} does not run`);
    return pid;
  }

  /** Where it was asked to stop and does not end, it is killed. */
  async #start({ name, process: own, restart }: TargetNode): Promise<number> {
    if (own === undefined || restart === undefined)
      return restartNode(name, { ...this.#context, signal: new AbortController().signal });
    await own.stop();
    const started = Date.now();
    await restart();
    return started;
  }
}

/** To a process and what it started. @returns when */
function send(pid: number, signal: NodeJS.Signals): number {
  process.kill(-pid, signal);
  return Date.now();
}
