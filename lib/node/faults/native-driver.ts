import type { Fault } from '../../core/faults/fault-grammar.ts';
import { type Direction, effectOf, TIERS } from '../../core/faults/fault-kinds.ts';
import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { nodePid, restartNode } from '../cluster/native-cluster.ts';
import { programProblem } from '../targets/node-programs.ts';
import type { Target, TargetNode } from '../targets/target.ts';
import type { ClientLinks } from './client-links.ts';
import type { FaultAction, FaultDriver, PreparedFault } from './fault-driver.ts';
import type { LinkState } from './proxy.ts';

const OPPOSITE: Readonly<Record<Direction, Direction>> = { both: 'both', in: 'out', out: 'in' };

interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

/** Signals to the `surreal` processes of this machine, those of this run or of the native cluster; proxies on the links to the stores. */
export class NativeDriver implements FaultDriver {
  readonly servers: readonly string[];
  readonly otherwise =
    'target native starts the SurrealDB nodes alone, and can end only those: the store is yours. Possible are surreal-N, surreal-all and surreal-random, and for partition and slow also tikv-N, tikv-all, pd-N and pd-all; target compose can do the rest.';
  readonly actions: FaultDriver['actions'];
  readonly #target: Target;
  readonly #clientLinks: ClientLinks;
  readonly #context: Context;

  constructor(target: Target, clientLinks: ClientLinks, context: Context) {
    this.#target = target;
    this.#clientLinks = clientLinks;
    this.#context = context;
    this.servers = [...target.nodes.map(({ name }) => name), ...(target.nodes[0]?.links?.servers ?? [])];
    const process = (prepare: FaultAction['prepare']): FaultAction => ({
      tiers: ['surreal'],
      refusal: (fault) => this.#whyNoProcess(fault),
      prepare,
    });
    const link = (cut: boolean): FaultAction => ({
      tiers: TIERS,
      refusal: (fault) => this.#whyNoLinks(fault),
      prepare: async (server, options) => this.#disturb(server, { ...options, cut }),
    });
    this.actions = {
      kill: process((server) => this.#end(server, 'SIGKILL')),
      crash: {
        ...process((server) => this.#crash(server)),
        refusal: (it) => this.#whyNoProcess(it) ?? this.#whyNoLinks(it),
      },
      stop: {
        ...process((server, { to }) => this.#end(server, 'SIGTERM', to)),
        refusal: (it) => this.#whyNoProcess(it) ?? this.#whyNoUpgrade(it),
      },
      pause: process((server) => this.#pause(server)),
      partition: link(true),
      slow: link(false),
    };
  }

  async leader(): Promise<string> {
    throw new Failure('target native does not control the servers that lead.');
  }

  /** Nothing is done to PD and stores themselves. */
  async isReady(): Promise<boolean> {
    return true;
  }

  #whyNoProcess(fault: Fault): string | undefined {
    if (this.#target.nodes.some(({ process: own, restart }) => own !== undefined && restart === undefined))
      return 'the server comes from an image, so that signals would reach the program docker alone: use `surreal` as a file (docs/how-to/setup.md), or target compose.';
    if (this.#target.dataInNodes && effectOf(fault).restarts)
      return 'the data are in the memory of the node, so that a restart loses them by design: give a --store that lasts (tikv://, rocksdb:, surrealkv:).';
    return undefined;
  }

  #whyNoUpgrade({ options: { to } }: Fault): string | undefined {
    if (to === '') return undefined;
    if (this.#target.nodes.every(({ restart }) => restart !== undefined)) return programProblem(to);
    return 'the cluster was up before the run, and keeps its program: use nodes that the run starts (--store tikv://HOST:PORT).';
  }

  #whyNoLinks({ who }: Fault): string | undefined {
    if (typeof who !== 'object' || !('tier' in who)) return 'name the servers: surreal-N, tikv-N or pd-N.';
    if (!this.#target.nodes.some(({ links }) => links !== undefined))
      return 'there is no link to a store to disturb: it takes --target native with --store tikv://HOST:PORT, whose nodes this run starts itself.';
    return who.which === 'leader' ? 'the leader is not known here: name the server.' : undefined;
  }

  async #pause(server: string): Promise<PreparedFault> {
    const node = this.#node(server);
    const pid = await this.#pid(node);
    return {
      ...(node.process !== undefined ? {} : { undo: { how: 'continue', pid } }),
      begin: async () => ({
        began: send(node, pid, 'SIGSTOP'),
        undo: async () => send(node, pid, 'SIGCONT'),
      }),
    };
  }

  /** @param program file that it is started again with; empty if its own */
  async #end(server: string, signal: 'SIGKILL' | 'SIGTERM', program = ''): Promise<PreparedFault> {
    const node = this.#node(server);
    const pid = await this.#pid(node);
    return {
      ...(node.process !== undefined ? {} : { undo: { how: 'start node', name: server } }),
      begin: async () => ({
        began: send(node, pid, signal),
        ...(program === '' ? {} : { notes: [`${server} is started again with ${program}.`] }),
        undo: () => this.#start(node, program),
      }),
    };
  }

  /** First nothing that the node has sent arrives any more, then it is killed: the kernel cannot deliver the rest, or close connections. */
  async #crash(server: string): Promise<PreparedFault> {
    const node = this.#node(server);
    const pid = await this.#pid(node);
    return {
      begin: async () => {
        const undo = [node.links?.loseHost(), this.#clientLinks.loseHost(server)];
        const began = send(node, pid, 'SIGKILL');
        return {
          began,
          undo: async () => {
            for (const each of undo) each?.();
            return this.#start(node);
          },
        };
      },
    };
  }

  /** A node from PD and all stores; one of these from all nodes. */
  #disturb(server: string, link: LinkState): PreparedFault {
    const ofNode = server.startsWith('surreal-');
    const links = this.#target.nodes.flatMap((node) => (!ofNode || node.name === server ? (node.links ?? []) : []));
    // The proxies' `in` is towards the store.
    const state = ofNode ? { ...link, direction: OPPOSITE[link.direction] } : link;
    return {
      begin: async () => {
        const undo = links.map((each) => each.disturb(state, ofNode ? undefined : server));
        return {
          began: Date.now(),
          async undo() {
            for (const each of undo) each();
            return Date.now();
          },
        };
      },
    };
  }

  #node(server: string): TargetNode {
    const node = this.#target.nodes.find(({ name }) => name === server);
    if (node === undefined) throw new Error(`${server} is not a node of the target`);
    return node;
  }

  async #pid({ name, process: own }: TargetNode): Promise<number> {
    const pid = own === undefined ? await nodePid(name, this.#context.env) : own.running ? own.pid : undefined;
    if (pid === undefined) throw new Failure(`${name} is not running`);
    return pid;
  }

  /** A node that was asked to stop and does not end is killed. */
  async #start({ name, process: own, restart }: TargetNode, program = ''): Promise<number> {
    if (own === undefined || restart === undefined)
      return restartNode(name, { ...this.#context, signal: new AbortController().signal });
    await own.stop();
    const started = Date.now();
    await restart(program || undefined);
    return started;
  }
}

/** To a process and what it started; one of ours is known to have been asked. @returns when */
function send({ process: own }: TargetNode, pid: number, signal: NodeJS.Signals): number {
  if (own === undefined) process.kill(-pid, signal);
  else own.kill(signal);
  return Date.now();
}
