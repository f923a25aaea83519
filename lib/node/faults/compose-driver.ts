import * as v from 'valibot';
import type { Fault } from '../../core/faults/fault-grammar.ts';
import { TIERS, type Tier } from '../../core/faults/fault-kinds.ts';
import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { Compose, type Container, SERVER } from '../cluster/compose-cli.ts';
import { PD_PORT } from '../cluster/compose-cluster.ts';
import { imageProblem, replaceContainer } from '../cluster/container-image.ts';
import { placement } from '../cluster/pd.ts';
import type { ClientLinks } from './client-links.ts';
import type { FaultAction, FaultDriver, PreparedFault } from './fault-driver.ts';
import { whyPortsMove } from './moving-ports.ts';
import { NamespaceTools } from './network-namespace.ts';
import type { LinkState } from './proxy.ts';
import { runOrExplain } from './undo.ts';

/** The network of the stores; a node is also in that of its clients. */
const STORE_NETWORK = /_cluster$/;

const DETAILS = v.object({
  State: v.object({ Pid: v.number(), Health: v.optional(v.object({ Status: v.string() })) }),
  NetworkSettings: v.object({
    Networks: v.record(v.string(), v.object({ Aliases: v.nullish(v.array(v.string())), IPAddress: v.string() })),
  }),
});

/** By port in the container; if the number is empty or 0, Docker chooses the port at each start. */
const PORT_BINDINGS = v.nullable(v.record(v.string(), v.nullable(v.array(v.object({ HostPort: v.string() })))));

/** Commands of Docker, and the names that its events have for them. */
interface Commands {
  readonly begin: string;
  readonly began: string;
  readonly undo: string;
  readonly undone: string;
  /** What it prints if there is nothing to undo. */
  readonly done: string;
}

const KILL: Commands = { begin: 'kill', began: 'kill', undo: 'start', undone: 'start', done: '' };
const STOP: Commands = { begin: 'stop', began: 'kill', undo: 'start', undone: 'start', done: '' };
const PAUSE: Commands = { begin: 'pause', began: 'pause', undo: 'unpause', undone: 'unpause', done: 'is not paused' };

/** The containers of compose.yml that are there now. Images that faults upgrade to are pulled, so that this takes no time of the load. */
export async function composeDriver(
  faults: readonly Fault[],
  clientLinks: ClientLinks,
  { env, progress }: Context,
): Promise<FaultDriver> {
  const compose = await Compose.find(env);
  const containers = (await compose.containers()).filter(({ service }) => SERVER.test(service));
  const movingPorts = await withMovingPorts(compose, containers);
  const imageProblems = new Map<string, string>();
  for (const image of new Set(faults.map(({ options }) => options.to).filter((to) => to !== ''))) {
    const problem = await imageProblem(image, compose, progress);
    if (problem !== undefined) imageProblems.set(image, problem);
  }
  const tools = await NamespaceTools.find();
  return new ComposeDriver({ compose, containers, movingPorts, imageProblems, tools, clientLinks, env });
}

interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
}

interface Found {
  readonly compose: Compose;
  readonly containers: readonly Container[];
  /** Servers whose published port changes with each start. */
  readonly movingPorts: readonly string[];
  /** Why there is no container of an image. */
  readonly imageProblems: ReadonlyMap<string, string>;
  readonly tools: NamespaceTools;
  readonly clientLinks: ClientLinks;
  readonly env: NodeJS.ProcessEnv;
}

/** Docker commands on containers, and rules in their network namespaces. */
class ComposeDriver implements FaultDriver {
  readonly servers: readonly string[];
  readonly otherwise = 'target compose cannot do it.';
  readonly actions: FaultDriver['actions'];
  readonly #compose: Compose;
  readonly #containers: Map<string, Container>;
  readonly #tools: NamespaceTools;
  readonly #clientLinks: ClientLinks;
  readonly #env: NodeJS.ProcessEnv;

  constructor({ compose, containers, movingPorts, imageProblems, tools, clientLinks, env }: Found) {
    this.#compose = compose;
    this.#containers = new Map(containers.map((it) => [it.service, it]));
    this.#tools = tools;
    this.#clientLinks = clientLinks;
    this.#env = env;
    this.servers = [...this.#containers.keys()];
    const process = (prepare: FaultAction['prepare']): FaultAction => ({
      tiers: TIERS,
      refusal: (fault) => whyPortsMove(fault, movingPorts),
      prepare,
    });
    this.actions = {
      kill: process(async (server) => this.#command(server, KILL)),
      crash: process((server) => this.#crash(server)),
      stop: {
        ...process(async (server, { to }) => (to === '' ? this.#command(server, STOP) : this.#upgrade(server, to))),
        refusal: (fault) => whyPortsMove(fault, movingPorts) ?? imageProblems.get(fault.options.to),
      },
      pause: process(async (server) => this.#command(server, PAUSE)),
      partition: {
        tiers: TIERS,
        refusal: ({ options }) => (options.direction === 'both' ? undefined : tools.whyNotOneWay()),
        prepare: (server, options) =>
          options.direction === 'both' ? this.#disconnect(server) : this.#disturb(server, { ...options, cut: true }),
      },
      slow: {
        tiers: TIERS,
        refusal: ({ options }) => tools.whyNotSlow(options),
        prepare: (server, options) => this.#disturb(server, { ...options, cut: false }),
      },
    };
  }

  /** As PD says it. */
  async leader(tier: Tier): Promise<string> {
    const port = this.#containers.get('pd-1')?.ports.get(PD_PORT);
    if (port === undefined) throw new Failure('PD, which knows the leaders, cannot be reached: pd-1 is not running.');
    const { members, stores } = await placement(`http://127.0.0.1:${port}`);
    const name =
      tier === 'pd'
        ? members.find(({ leader }) => leader)?.name
        : [...stores].sort((a, b) => b.leaders - a.leaders)[0]?.address.split(':')[0];
    if (name === undefined || !this.servers.includes(name)) throw new Failure(`PD names no leader of ${tier}.`);
    return name;
  }

  async isReady(server: string): Promise<boolean> {
    return (await this.#compose.inspect(this.#container(server).id, DETAILS)).State.Health?.Status === 'healthy';
  }

  #command(server: string, { begin, began, undo, undone, done }: Commands): PreparedFault {
    const { id } = this.#container(server);
    const argv = this.#argv(undo, id);
    return {
      undo: { how: 'run', argv, done },
      begin: async () => ({
        began: await this.#timed(began, id, this.#argv(begin, id)),
        undo: () => this.#timed(undone, id, argv, done),
      }),
    };
  }

  /** Stopped as by `stop`, then replaced. */
  #upgrade(server: string, image: string): PreparedFault {
    const { begin } = this.#command(server, STOP);
    return {
      undo: { how: 'run', argv: this.#argv(STOP.undo, this.#container(server).name), done: STOP.done },
      begin: async () => ({
        ...(await begin()),
        notes: [`${server} is started again with ${image}.`],
        undo: async () => {
          const { container, started } = await replaceContainer(
            this.#container(server),
            image,
            this.#compose,
            this.#env,
          );
          this.#containers.set(server, container);
          return started;
        },
      }),
    };
  }

  async #disconnect(server: string): Promise<PreparedFault> {
    const { id, connect, disconnect } = await this.#networkCommands(server);
    return {
      undo: connect,
      begin: async () => ({
        began: await this.#timed('disconnect', id, disconnect),
        undo: () => this.#timed('connect', id, connect.argv, connect.done),
      }),
    };
  }

  /** First nothing that the server has sent arrives any more, then it is killed: the kernel cannot deliver the rest, or close connections. */
  async #crash(server: string): Promise<PreparedFault> {
    const { id, connect, disconnect } = await this.#networkCommands(server);
    const start = { how: 'run', argv: this.#argv(KILL.undo, id), done: KILL.done } as const;
    return {
      undo: { how: 'run in order', steps: [connect, start] },
      begin: async () => {
        await runOrExplain(disconnect, this.#env);
        const restore = this.#clientLinks.loseHost(server);
        return {
          began: await this.#timed(KILL.began, id, this.#argv(KILL.begin, id)),
          undo: async () => {
            restore();
            await runOrExplain(connect.argv, this.#env, connect.done);
            return this.#timed(KILL.undone, id, start.argv);
          },
        };
      },
    };
  }

  /** What takes a server out of the network of the stores, and puts it back. */
  async #networkCommands(server: string) {
    const { id } = this.#container(server);
    const { network, details } = await this.#storeNetwork(server);
    const aliases = (details.Aliases ?? [server]).flatMap((alias) => ['--alias', alias]);
    const argv = this.#argv('network', 'connect', ...aliases, network, id);
    const connect = { how: 'run', argv, done: 'already exists in network' } as const;
    return { id, connect, disconnect: this.#argv('network', 'disconnect', network, id) };
  }

  async #disturb(server: string, link: LinkState): Promise<PreparedFault> {
    const { details, pid } = await this.#storeNetwork(server);
    return this.#tools.prepare(pid, details.IPAddress, link, this.#env);
  }

  /** @throws Failure if the server is not in it */
  async #storeNetwork(server: string) {
    const { State, NetworkSettings } = await this.#compose.inspect(this.#container(server).id, DETAILS);
    const [network, details] =
      Object.entries(NetworkSettings.Networks).find(([name]) => STORE_NETWORK.test(name)) ?? [];
    if (network === undefined || details === undefined)
      throw new Failure(`${server} is not in the network of the stores.`);
    return { network, details, pid: State.Pid };
  }

  #container(server: string): Container {
    const container = this.#containers.get(server);
    if (container === undefined) throw new Error(`${server} does not have a container`);
    return container;
  }

  #argv(...args: readonly string[]): [string, ...string[]] {
    return [this.#compose.program, ...args];
  }

  /** Runs a command. @returns when Docker did it, by Docker's own events: the command takes some 100 ms before and after */
  async #timed(event: string, id: string, argv: readonly [string, ...string[]], done = ''): Promise<number> {
    const before = Date.now();
    await runOrExplain(argv, this.#env, done);
    const after = Date.now();
    const range = { since: before - 1, until: after + 1 };
    const times = (await this.#compose.events(range, `event=${event}`))
      // Of a network, the container is an attribute; and an id may be the beginning of the whole one.
      .filter(({ Actor: { ID, Attributes } }) => (Attributes.container ?? ID).startsWith(id))
      .map(({ timeNano }) => timeNano / 1e6);
    if (times.length === 0) return (before + after) / 2;
    // Docker records a network when it is done, which takes as long as the call; a container when it begins.
    const recorded = Math.min(...times);
    return argv.includes('network') ? (before + recorded) / 2 : recorded;
  }
}

async function withMovingPorts(compose: Compose, containers: readonly Container[]): Promise<string[]> {
  if (containers.length === 0) return [];
  const ids = containers.map(({ id }) => id);
  const { stdout, problem } = await compose.docker([
    'inspect',
    '--format',
    '{{json .HostConfig.PortBindings}}',
    ...ids,
  ]);
  if (problem) throw new Failure(`docker inspect ${problem}`);
  const bindings = stdout
    .trim()
    .split('\n')
    .map((line) => v.parse(PORT_BINDINGS, JSON.parse(line)));
  const moves = (index: number) =>
    Object.values(bindings[index] ?? {}).some((ports) => ports?.some(({ HostPort }) => Number(HostPort) === 0));
  return containers.flatMap(({ service }, index) => (moves(index) ? [service] : []));
}
