import { parseDuration } from '../load/duration.ts';

/** The kinds of servers, as their names begin: `surreal-1`, `tikv-2`, `pd-3`. */
export const TIERS = ['surreal', 'tikv', 'pd'] as const;
export type Tier = (typeof TIERS)[number];

/** Servers of a tier: one by its number, the leader (of tikv: of most regions), one at random, or all of them. */
export interface Servers {
  readonly tier: Tier;
  readonly which: number | 'leader' | 'random' | 'all';
}

/** `stores`: between a node and PD and the stores; `clients`: between the load and a node. */
export const LINKS = ['stores', 'clients'] as const;

/** `in`: what is sent to the server is lost; `out`: what it sends. */
export const DIRECTIONS = ['both', 'in', 'out'] as const;
export type Direction = (typeof DIRECTIONS)[number];

interface Option<T> {
  /** @returns undefined if the text is not valid */
  readonly read: (text: string) => T | undefined;
  readonly values: string;
  readonly unset: T;
}

function oneOf<const T extends string>(names: readonly T[], unset: NoInfer<T>): Option<T> {
  return { read: (text) => names.find((name) => name === text), values: names.join(' or '), unset };
}

const duration: Option<number> = { read: parseDuration, values: 'a duration such as 200ms', unset: 0 };

function parseShare(text: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  const share = Number(number) / 100;
  return share <= 1 ? share : undefined;
}

export const FAULT_OPTIONS = {
  link: oneOf(LINKS, 'stores'),
  direction: oneOf(DIRECTIONS, 'both'),
  /** Milliseconds added to each way. */
  latency: duration,
  /** Milliseconds by which the latency varies, up and down. */
  jitter: duration,
  /** Share of packets, from 0 to 1. */
  loss: { read: parseShare, values: 'a share from 0% to 100%, such as 1%', unset: 0 } as Option<number>,
  /** What is done to a majority. */
  by: oneOf(['kill', 'crash', 'pause'], 'kill'),
  /** `leader`: it is not among them, and must step down with what it has not replicated yet. */
  spare: oneOf(['none', 'leader'], 'none'),
  /** `ack`: from START on, it waits until a write is acknowledged. */
  when: oneOf(['start', 'ack'], 'start'),
  /** Milliseconds from one start to the next, until the load ends; 0: once. */
  every: { ...duration, values: 'a duration such as 8s' },
  /** The program that servers are started with again: a file, or an image of containers. */
  to: { read: (text) => text || undefined, values: 'the path of a program, or an image', unset: '' } as Option<string>,
};
/** A fault with when=ack begins without an acknowledgement after this, milliseconds. */
export const ACK_LIMIT_MS = 2000;

/** Options of every kind. */
export const COMMON_OPTIONS: readonly OptionName[] = ['when', 'every'];
export type OptionName = keyof typeof FAULT_OPTIONS;
export type FaultOptions = { readonly [N in OptionName]: (typeof FAULT_OPTIONS)[N]['unset'] };

/** What a target must offer: servers whose processes it controls, links to the stores or to the clients that it can disturb, a PD to ask, or a command of the user's. */
type Need = 'processes' | 'links' | 'clients' | 'pd' | 'command';

/** A kind of fault. To add one: an entry in FAULT_KINDS, and an action in each fault driver that can do it. */
interface FaultKind {
  /** One line for --help and the docs. */
  readonly meaning: string;
  /** Tiers that it can target; empty if it is not about servers. */
  readonly tiers: readonly Tier[];
  readonly options: readonly OptionName[];
  readonly needs: readonly Need[];
  /** Whether its servers are down meanwhile, so that no other fault can take them down. */
  readonly takesDown?: true;
  /** Whether PD does it by a scheduler, of which it takes one of a name. */
  readonly scheduler?: true;
  /** Whether processes end and start again: ports must stay the same, and data outlive the process. */
  readonly restarts?: true;
  /** Whether servers end without warning, so that acknowledged data are at risk. */
  readonly risksData?: true;
  /** Of a kind that takes a whole tier: which one if WHO is omitted, how many of its servers, and the kind that each of them gets. */
  readonly wholeTier?: {
    readonly unset: Tier;
    readonly servers: 'majority' | 'in turn';
    readonly as: (options: FaultOptions) => 'kill' | 'crash' | 'stop' | 'pause';
  };
  /** @returns what is wrong with the options, in a sentence */
  readonly check?: (options: FaultOptions) => string | undefined;
  /** Why no target can do it. */
  readonly unavailable?: string;
}

const kind = (it: FaultKind): FaultKind => it;

export const FAULT_KINDS = {
  kill: kind({
    meaning: 'SIGKILL; started again after the duration',
    tiers: TIERS,
    options: [],
    needs: ['processes'],
    takesDown: true,
    restarts: true,
    risksData: true,
  }),
  crash: kind({
    meaning: 'the host is lost: what is on its way never arrives, connections fall silent; back after the duration',
    tiers: TIERS,
    options: [],
    needs: ['processes', 'links', 'clients'],
    takesDown: true,
    restarts: true,
    risksData: true,
  }),
  stop: kind({
    meaning: 'SIGTERM, as an operator stops it; started again after the duration',
    tiers: TIERS,
    options: [],
    needs: ['processes'],
    takesDown: true,
    restarts: true,
  }),
  pause: kind({
    meaning: 'frozen (SIGSTOP) for the duration',
    tiers: TIERS,
    options: [],
    needs: ['processes'],
    takesDown: true,
  }),
  partition: kind({
    meaning: 'cut off: a node from the stores (link=clients: from the load), a store or PD member from all others',
    tiers: TIERS,
    options: ['link', 'direction'],
    needs: ['links'],
  }),
  slow: kind({
    meaning: 'latency and loss on the same links',
    tiers: TIERS,
    options: ['link', 'direction', 'latency', 'jitter', 'loss'],
    needs: ['links'],
    check({ latency, jitter, loss }) {
      if (latency === 0 && loss === 0) return 'say how slow: latency=200ms, loss=1% or both.';
      return jitter > latency ? 'jitter must not be above latency.' : undefined;
    },
  }),
  'quorum-loss': kind({
    meaning:
      'a majority of the stores, or of PD, killed (by=crash: its hosts lost, by=pause: paused) at once; spare=leader: not the leader',
    tiers: ['tikv', 'pd'],
    options: ['by', 'spare'],
    needs: ['processes'],
    wholeTier: { unset: 'tikv', servers: 'majority', as: ({ by }) => by },
  }),
  'rolling-restart': kind({
    meaning: 'each server of a tier stopped and started again, the next when the last is ready',
    tiers: TIERS,
    options: [],
    needs: ['processes'],
    wholeTier: { unset: 'surreal', servers: 'in turn', as: () => 'stop' },
  }),
  upgrade: kind({
    meaning:
      'as rolling-restart, and each node is started again with the program to=PATH (compose: the image), which it keeps',
    tiers: ['surreal'],
    options: ['to'],
    needs: ['processes'],
    wholeTier: { unset: 'surreal', servers: 'in turn', as: () => 'stop' },
    check: ({ to }) => (to === '' ? 'say onto which program: to=PATH, or to=IMAGE on target compose.' : undefined),
  }),
  'leader-transfer': kind({
    meaning: "the leaders of the run's regions move to other stores, by PD",
    tiers: [],
    options: [],
    needs: ['pd'],
  }),
  'leader-shuffle': kind({
    meaning: 'leaders of regions move about for the duration, by PD',
    tiers: [],
    options: [],
    needs: ['pd'],
    scheduler: true,
  }),
  'region-split': kind({ meaning: "each of the run's regions is split, by PD", tiers: [], options: [], needs: ['pd'] }),
  'region-merge': kind({
    meaning: "neighbours among the run's regions are merged, by PD",
    tiers: [],
    options: [],
    needs: ['pd'],
  }),
  'evict-leader': kind({
    meaning: 'all leaders leave a store for the duration, by PD',
    tiers: ['tikv'],
    options: [],
    needs: ['pd'],
    scheduler: true,
  }),
  'pd-leader-resign': kind({ meaning: "PD's leader resigns", tiers: [], options: [], needs: ['pd'] }),
  clock: kind({
    meaning: 'a server with another time',
    tiers: TIERS,
    options: [],
    needs: [],
    unavailable:
      'servers share the clock of the machine they run on, and setting that one would change it for everything on it. With a cluster on machines of its own: --fault command:NAME and --fault-command.',
  }),
  command: kind({
    meaning: 'a command of the user starts and ends it (--fault-command)',
    tiers: [],
    options: [],
    needs: ['command'],
  }),
};
export type FaultKindName = keyof typeof FAULT_KINDS;
export const FAULT_KIND_NAMES = Object.keys(FAULT_KINDS) as FaultKindName[];

/** Whether it takes one server after the other, so that it has no single beginning. */
export const isInTurn = (name: FaultKindName): boolean => FAULT_KINDS[name].wholeTier?.servers === 'in turn';

/** The kind that each server gets: that of a fault on a whole tier is `kill` or `stop`, say. */
export function actionOf({ kind: name, options }: { kind: FaultKindName; options: FaultOptions }): FaultKindName {
  return FAULT_KINDS[name].wholeTier?.as(options) ?? name;
}

/** What a fault does to each server. */
export const effectOf = (fault: { kind: FaultKindName; options: FaultOptions }): FaultKind =>
  FAULT_KINDS[actionOf(fault)];
