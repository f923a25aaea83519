import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import type { Fault, Tier } from '../../core/faults/fault-grammar.ts';
import { Compose, type Container } from '../cluster/compose-cli.ts';
import { PD_PORT } from '../cluster/compose-cluster.ts';
import { placement } from '../cluster/pd.ts';
import { Failure } from '../errors.ts';
import { answersReady } from '../targets/http.ts';
import type { Target } from '../targets/target.ts';
import type { Act, FaultMeans, LinkState, Way } from './fault-driver.ts';
import { whyPortsMove } from './moving-ports.ts';
import { NamespaceTools } from './network-namespace.ts';
import { runOrExplain } from './undo.ts';

const POLL_MS = 20;
/** Docker looks at the health of PD and stores every few seconds. */
const HEALTH_POLL_MS = 200;

const SERVER = /^(surreal|tikv|pd)-\d+$/;
/** The network of the stores; a node is in the one of its clients as well. */
const STORE_NETWORK = /_cluster$/;

const DETAILS = v.object({
  State: v.object({ Pid: v.number(), Health: v.optional(v.object({ Status: v.string() })) }),
  NetworkSettings: v.object({
    Networks: v.record(v.string(), v.object({ Aliases: v.nullish(v.array(v.string())), IPAddress: v.string() })),
  }),
});
type Details = v.InferOutput<typeof DETAILS>;

/** By port in the container; without a number, or with 0, Docker chooses the port at each start. */
const PORT_BINDINGS = v.nullable(v.record(v.string(), v.nullable(v.array(v.object({ HostPort: v.string() })))));

const EVENT = v.object({
  timeNano: v.number(),
  Actor: v.object({ ID: v.string(), Attributes: v.record(v.string(), v.string()) }),
});

/** Commands of Docker, and the names that its events have for them. */
interface Commands {
  readonly begin: readonly string[];
  readonly began: string;
  readonly heal: readonly string[];
  readonly healed: string;
  /** What it says where there is nothing to undo. */
  readonly done: string;
}

const WAYS: Readonly<Record<Way, Commands>> = {
  kill: { begin: ['kill'], began: 'kill', heal: ['start'], healed: 'start', done: '' },
  stop: { begin: ['stop'], began: 'kill', heal: ['start'], healed: 'start', done: '' },
  pause: { begin: ['pause'], began: 'pause', heal: ['unpause'], healed: 'unpause', done: 'is not paused' },
};

interface Found {
  readonly target: Target;
  readonly compose: Compose;
  readonly containers: readonly Container[];
  /** Servers whose published port is another one after a restart. */
  readonly movingPorts: readonly string[];
  readonly tools: NamespaceTools;
  readonly env: NodeJS.ProcessEnv;
}

/** Docker commands on the containers of compose.yml, and what can be done in their network namespaces. */
export class ComposeMeans implements FaultMeans {
  readonly servers: readonly string[];
  readonly #target: Target;
  readonly #compose: Compose;
  readonly #containers: ReadonlyMap<string, Container>;
  readonly #movingPorts: readonly string[];
  readonly #tools: NamespaceTools;
  readonly #env: NodeJS.ProcessEnv;

  private constructor({ target, compose, containers, movingPorts, tools, env }: Found) {
    this.#target = target;
    this.#compose = compose;
    this.#containers = new Map(containers.map((it) => [it.service, it]));
    this.#movingPorts = movingPorts;
    this.#tools = tools;
    this.#env = env;
    this.servers = [...this.#containers.keys()];
  }

  static async find(target: Target, env: NodeJS.ProcessEnv): Promise<ComposeMeans> {
    const compose = await Compose.find(env);
    const containers = (await compose.containers()).filter(({ service }) => SERVER.test(service));
    const movingPorts = await withMovingPorts(compose, containers);
    return new ComposeMeans({ target, compose, containers, movingPorts, tools: await NamespaceTools.find(), env });
  }

  refusal(fault: Fault): string | undefined {
    const { kind, who, options } = fault;
    const count = (tier: Tier) => this.servers.filter((name) => name.startsWith(`${tier}-`)).length;
    if (kind === 'quorum-loss' && typeof who === 'object' && 'tier' in who && count(who.tier) < 3)
      return `${count(who.tier)} of ${who.tier} is no group that could lose its majority: it takes the three of compose.yml.`;
    if (kind === 'slow') return this.#tools.whyNotSlow(options);
    if (kind === 'partition' && options.direction !== 'both') return this.#tools.whyNotOneWay();
    return whyPortsMove(fault, this.#movingPorts);
  }

  /** As PD says it. */
  async leader(tier: Tier): Promise<string> {
    const port = this.#containers.get('pd-1')?.ports.get(PD_PORT);
    if (port === undefined) throw new Failure('PD, which knows who leads, cannot be reached: pd-1 does not run.');
    const { members, stores } = await placement(`http://127.0.0.1:${port}`);
    const name =
      tier === 'pd'
        ? members.find(({ leader }) => leader)?.name
        : [...stores].sort((a, b) => b.leaders - a.leaders)[0]?.address.split(':')[0];
    if (name === undefined || !this.servers.includes(name)) throw new Failure(`PD names no leader of ${tier}.`);
    return name;
  }

  async take(server: string, way: Way): Promise<Act> {
    const { id } = this.#container(server);
    const { begin, began, heal, healed, done } = WAYS[way];
    const cure = { how: 'run', argv: this.#argv(...heal, id), done } as const;
    return {
      cure,
      begin: async () => ({
        began: await this.#timed(began, id, this.#argv(...begin, id)),
        heal: () => this.#timed(healed, id, cure.argv, done),
      }),
    };
  }

  async disturb(server: string, link: LinkState): Promise<Act> {
    const { id } = this.#container(server);
    const { State, NetworkSettings } = await this.#inspect(id);
    const [network, details] =
      Object.entries(NetworkSettings.Networks).find(([name]) => STORE_NETWORK.test(name)) ?? [];
    if (network === undefined || details === undefined) throw new Failure(`${server} is in no network of the stores.`);
    if (!link.cut || link.direction !== 'both') return this.#tools.act(State.Pid, details.IPAddress, link, this.#env);
    const aliases = (details.Aliases ?? [server]).flatMap((alias) => ['--alias', alias]);
    const connect = this.#argv('network', 'connect', ...aliases, network, id);
    const done = 'already exists in network';
    return {
      cure: { how: 'run', argv: connect, done },
      begin: async () => ({
        began: await this.#timed('disconnect', id, this.#argv('network', 'disconnect', network, id)),
        heal: () => this.#timed('connect', id, connect, done),
      }),
    };
  }

  async untilReady(server: string, signal: AbortSignal): Promise<void> {
    const node = this.#target.nodes.find(({ name }) => name === server);
    const { id } = this.#container(server);
    const isReady = async () =>
      node === undefined ? (await this.#inspect(id)).State.Health?.Status === 'healthy' : answersReady(node.url);
    while (!(await isReady())) await sleep(node === undefined ? HEALTH_POLL_MS : POLL_MS, undefined, { signal });
  }

  #container(server: string): Container {
    const container = this.#containers.get(server);
    if (container === undefined) throw new Error(`${server} has no container`);
    return container;
  }

  #argv(...args: readonly string[]): [string, ...string[]] {
    return [this.#compose.program, ...args];
  }

  async #inspect(id: string): Promise<Details> {
    const { stdout, problem } = await this.#compose.docker(['inspect', '--format', '{{json .}}', id]);
    if (problem) throw new Failure(`docker inspect ${id} ${problem}`);
    return v.parse(DETAILS, JSON.parse(stdout));
  }

  /** Runs a command. @returns when Docker did it, by its own record: a command takes some 100 ms before and after */
  async #timed(event: string, id: string, argv: readonly [string, ...string[]], done = ''): Promise<number> {
    const before = Date.now();
    await runOrExplain(argv, this.#env, done);
    const after = Date.now();
    const range = ['--since', seconds(before - 1), '--until', seconds(after + 1)];
    const { stdout } = await this.#compose.docker([
      'events',
      ...range,
      '--filter',
      `event=${event}`,
      '--format',
      '{{json .}}',
    ]);
    const times = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => v.parse(EVENT, JSON.parse(line)))
      // Of a network, the container is an attribute; and an id may be the beginning of the whole one.
      .filter(({ Actor: { ID, Attributes } }) => (Attributes.container ?? ID).startsWith(id))
      .map(({ timeNano }) => timeNano / 1e6);
    if (times.length === 0) return (before + after) / 2;
    // Docker tells of a network when it has done with it, which takes as long as the call; of a container when it begins.
    const told = Math.min(...times);
    return argv.includes('network') ? (before + told) / 2 : told;
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

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);
