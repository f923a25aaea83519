import { setTimeout as sleep } from 'node:timers/promises';
import type { Direction, Fault, Tier } from '../../core/faults/fault-grammar.ts';
import { nodePid, restartNode } from '../cluster/native-cluster.ts';
import { Failure } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { answersReady } from '../targets/http.ts';
import type { Target, TargetNode } from '../targets/target.ts';
import { isOfStores } from './client-links.ts';
import type { Act, FaultMeans, LinkState, Way } from './fault-driver.ts';

const POLL_MS = 20;

const OPPOSITE: Readonly<Record<Direction, Direction>> = { both: 'both', in: 'out', out: 'in' };
const isOfTier = (who: Fault['who']): boolean => typeof who === 'object' && 'tier' in who;

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
    this.servers = [...target.nodes.map(({ name }) => name), ...(target.nodes[0]?.links?.servers ?? [])];
  }

  refusal(fault: Fault): string | undefined {
    const { kind, who } = fault;
    const ofNodes = typeof who === 'object' && 'tier' in who && who.tier === 'surreal';
    if (isOfStores(fault))
      return ofNodes || isOfTier(who) ? this.#whyNoLinks(who) : 'name the servers: surreal-N, tikv-N or pd-N.';
    if (!ofNodes)
      return 'target native starts the SurrealDB nodes alone, and can end only those: the store is yours. Possible are surreal-N, surreal-all and surreal-random, and for partition and slow also tikv-N, tikv-all, pd-N and pd-all; target compose can do the rest.';
    if (this.#target.nodes.some(({ process: own, restart }) => own !== undefined && restart === undefined))
      return 'the server comes from an image, so that signals would reach the program docker alone: use `surreal` as a file (docs/how-to/setup.md), or target compose.';
    if (this.#target.dataInNodes && (kind === 'kill' || kind === 'stop' || kind === 'rolling-restart'))
      return 'the data are in the memory of the node, so that a restart loses them by design: give a --store that lasts (tikv://, rocksdb:, surrealkv:).';
    return undefined;
  }

  #whyNoLinks(who: Fault['who']): string | undefined {
    if (!this.#target.nodes.some(({ links }) => links !== undefined))
      return 'there is no way to a store to be disturbed: it takes --target native with --store tikv://HOST:PORT, whose nodes this run starts itself.';
    if (typeof who === 'object' && 'which' in who && who.which === 'leader')
      return 'who leads is not known here: name the server.';
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

  /** A node from PD and all stores; one of these from all nodes. */
  async disturb(server: string, link: LinkState): Promise<Act> {
    const ofNode = server.startsWith('surreal-');
    const links = this.#target.nodes.flatMap((node) => (!ofNode || node.name === server ? (node.links ?? []) : []));
    // The proxies' `in` is towards the store.
    const state = ofNode ? { ...link, direction: OPPOSITE[link.direction] } : link;
    return {
      begin: async () => {
        const undo = links.map((each) => each.disturb(state, ofNode ? undefined : server));
        return {
          began: Date.now(),
          async heal() {
            for (const each of undo) each();
            return Date.now();
          },
        };
      },
    };
  }

  async untilReady(server: string, signal: AbortSignal): Promise<void> {
    if (!server.startsWith('surreal-')) return; // Nothing was done to it but on its ways.
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
