import { formatDuration, parseDuration } from '../load/duration.ts';

/** The kinds of servers, as the cluster's own names begin: `surreal-1`, `tikv-2`, `pd-3`. */
export const TIERS = ['surreal', 'tikv', 'pd'] as const;
export type Tier = (typeof TIERS)[number];

/** Servers of a tier: one by its number, the one that leads (of tikv: most regions), one by chance, or all of them. */
export interface Servers {
  readonly tier: Tier;
  readonly which: number | 'leader' | 'random' | 'all';
}

/** Whom a fault befalls: servers of a tier, `all` of all tiers, or the name of the user's own command. */
export type Who = Servers | 'all' | { readonly command: string };

/** Between a node and the stores (PD among them), or between the load and a node. */
export const LINKS = ['stores', 'clients'] as const;
export type Link = (typeof LINKS)[number];

/** `in`: what is sent to the server is lost; `out`: what it sends. */
export const DIRECTIONS = ['both', 'in', 'out'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const WAYS_TO_LOSE_QUORUM = ['kill', 'pause'] as const;

export interface FaultOptions {
  readonly link: Link;
  readonly direction: Direction;
  /** Milliseconds that are added to each way. */
  readonly latency: number;
  /** Milliseconds by which the latency varies, up and down. */
  readonly jitter: number;
  /** Share of packets, from 0 to 1. */
  readonly loss: number;
  readonly by: (typeof WAYS_TO_LOSE_QUORUM)[number];
}

type OptionName = keyof FaultOptions;

const NO_OPTIONS: FaultOptions = { link: 'stores', direction: 'both', latency: 0, jitter: 0, loss: 0, by: 'kill' };

interface Kind {
  readonly meaning: string;
  /** Tiers that it can befall; none where it has a WHO of its own. */
  readonly tiers: readonly Tier[];
  /** Where it is clear whom it befalls. */
  readonly fallback?: Servers;
  /** What WHO may be beside one server. */
  readonly plural?: true;
  readonly options: readonly OptionName[];
}

const kind = <const K extends Kind>(it: K): Kind => it;

export const FAULT_KINDS = {
  kill: kind({ meaning: 'SIGKILL; started again after the duration', tiers: TIERS, plural: true, options: [] }),
  stop: kind({
    meaning: 'SIGTERM, as an operator stops it; started again after the duration',
    tiers: TIERS,
    plural: true,
    options: [],
  }),
  pause: kind({ meaning: 'stands still (SIGSTOP) for the duration', tiers: TIERS, plural: true, options: [] }),
  partition: kind({
    meaning: 'cut off: a node from the stores (link=clients: from the load), a store or PD member from all others',
    tiers: TIERS,
    plural: true,
    options: ['link', 'direction'],
  }),
  slow: kind({
    meaning: 'latency and loss on the same links',
    tiers: TIERS,
    plural: true,
    options: ['link', 'direction', 'latency', 'jitter', 'loss'],
  }),
  'quorum-loss': kind({
    meaning: 'a majority of the stores, or of PD, killed or paused at once',
    tiers: ['tikv', 'pd'],
    fallback: { tier: 'tikv', which: 'all' },
    plural: true,
    options: ['by'],
  }),
  'rolling-restart': kind({
    meaning: 'each server of a tier stopped and started again, the next when the last is ready',
    tiers: TIERS,
    fallback: { tier: 'surreal', which: 'all' },
    plural: true,
    options: [],
  }),
  clock: kind({ meaning: 'a server with another time', tiers: TIERS, options: [] }),
  command: kind({
    meaning: "a command of the user's own starts and ends it (--fault-command)",
    tiers: [],
    options: [],
  }),
} as const;
export type FaultKind = keyof typeof FAULT_KINDS;
export const FAULT_KIND_NAMES = Object.keys(FAULT_KINDS) as FaultKind[];

/** One fault as the user asked for it. */
export interface Fault {
  /** As it was written. */
  readonly text: string;
  readonly kind: FaultKind;
  readonly who: Who;
  /** Milliseconds from the beginning of the measured part. */
  readonly start: number;
  readonly duration: number;
  readonly options: FaultOptions;
}

export const FAULT_GRAMMAR = 'KIND[:WHO]@START+DURATION[,OPTION=VALUE…]';

const WHO_FORMS =
  'surreal-N, tikv-N, pd-N, TIER-all or TIER-random (TIER is surreal, tikv or pd), tikv-leader, pd-leader, all; leader is tikv-leader, random is surreal-random';

/** Thrown with one sentence that names the fault, what is wrong, and what would be right. */
export class FaultError extends Error {}

/**
 * Parses a fault such as `kill:surreal-2@5s+3s` or `slow:surreal-1@5s+5s,latency=200ms,loss=1%`.
 * @throws FaultError
 */
export function parseFault(text: string): Fault {
  const wrong = (reason: string) => new FaultError(`--fault "${text}": ${reason}`);
  const match = /^([^:@,]+)(?::([^@,]*))?@([^+,]+)\+([^,]+)((?:,[^,]*)*)$/.exec(text.trim());
  const [, kindText = '', whoText, startText = '', durationText = '', optionsText = ''] = match ?? [];
  if (match === null) throw wrong(`it must be ${FAULT_GRAMMAR}, such as kill:surreal-2@5s+3s.`);
  const kindName = FAULT_KIND_NAMES.find((name) => name === kindText);
  if (kindName === undefined) throw wrong(`there is no kind "${kindText}". Kinds are: ${FAULT_KIND_NAMES.join(', ')}.`);
  const start = parseDuration(startText);
  const duration = parseDuration(durationText);
  if (start === undefined) throw wrong(`START must be a duration such as 500ms, 5s or 1m30s (got "${startText}").`);
  if (duration === undefined || duration <= 0)
    throw wrong(`DURATION must be a duration above 0, such as 500ms, 5s or 1m30s (got "${durationText}").`);
  const who = parseWho(kindName, whoText, wrong);
  const options = parseOptions(kindName, optionsText, wrong);
  if (options.link === 'clients' && !isTier(who, 'surreal'))
    throw wrong('link=clients is the way between the load and a node: WHO must be of tier surreal.');
  if (kindName === 'slow' && options.latency === 0 && options.loss === 0)
    throw wrong('say how slow: latency=200ms, loss=1% or both.');
  if (options.jitter > options.latency) throw wrong('jitter must not be above latency.');
  return { text: text.trim(), kind: kindName, who, start, duration, options };
}

const isTier = (who: Who, tier: Tier): boolean => typeof who === 'object' && 'tier' in who && who.tier === tier;

function parseWho(kindName: FaultKind, text: string | undefined, wrong: (reason: string) => FaultError): Who {
  if (kindName === 'command') {
    if (text !== undefined && /^[\w-]+$/.test(text)) return { command: text };
    throw wrong('WHO must be the NAME of a --fault-command.');
  }
  const { tiers, fallback, plural }: Kind = FAULT_KINDS[kindName];
  if (text === undefined || text === '') {
    if (fallback !== undefined) return fallback;
    throw wrong(`WHO is missing: ${WHO_FORMS}.`);
  }
  if (fallback !== undefined) {
    const tier = tiers.find((name) => name === text || `${name}-all` === text);
    if (tier !== undefined) return { tier, which: 'all' };
    throw wrong(`WHO is "${text}", but ${kindName} befalls a whole tier: ${tiers.join(', ')}.`);
  }
  if (text === 'all' && plural) return 'all';
  if (text === 'leader') return { tier: 'tikv', which: 'leader' };
  if (text === 'random') return { tier: 'surreal', which: 'random' };
  const [, tierText, selector = ''] = /^(surreal|tikv|pd)-(\d+|leader|random|all)$/.exec(text) ?? [];
  const tier = tiers.find((name) => name === tierText);
  if (tier === undefined || selector === '0' || (tier === 'surreal' && selector === 'leader'))
    throw wrong(`WHO must be ${WHO_FORMS} (got "${text}").`);
  if (selector === 'leader' || selector === 'random' || selector === 'all') return { tier, which: selector };
  return { tier, which: Number(selector) };
}

function parseOptions(kindName: FaultKind, text: string, wrong: (reason: string) => FaultError): FaultOptions {
  const parsed: Record<string, unknown> = {};
  const { options: allowed }: Kind = FAULT_KINDS[kindName];
  for (const part of text.split(',').slice(1)) {
    const [name = '', value] = part.split('=');
    const option = allowed.find((it) => it === name);
    if (option === undefined || value === undefined)
      throw wrong(
        `"${part}" is no option of ${kindName}. ${allowed.length > 0 ? `Its options are: ${allowed.join(', ')}.` : 'It has none.'}`,
      );
    const { read, values } = OPTIONS[option];
    const result = read(value);
    if (result === undefined) throw wrong(`${name} must be ${values} (got "${value}").`);
    parsed[option] = result;
  }
  return { ...NO_OPTIONS, ...parsed };
}

const oneOf = <T extends string>(names: readonly T[]) => ({
  read: (text: string): T | undefined => names.find((name) => name === text),
  values: names.join(' or '),
});

const aDuration = { read: parseDuration, values: 'a duration such as 200ms' };

const OPTIONS: { readonly [N in OptionName]: Option<FaultOptions[N]> } = {
  link: oneOf(LINKS),
  direction: oneOf(DIRECTIONS),
  latency: aDuration,
  jitter: aDuration,
  loss: { read: parseShare, values: 'a share from 0% to 100%, such as 1%' },
  by: oneOf(WAYS_TO_LOSE_QUORUM),
};

interface Option<T> {
  readonly read: (text: string) => T | undefined;
  readonly values: string;
}

function parseShare(text: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  const share = Number(number) / 100;
  return share <= 1 ? share : undefined;
}

/**
 * Parses a file of faults: one a line; empty lines and those that begin with # are skipped.
 * @throws FaultError naming the line
 */
export function parseFaults(file: string, text: string): Fault[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.trim().startsWith('#')) return [];
    try {
      return [parseFault(line)];
    } catch (error) {
      throw error instanceof FaultError ? new FaultError(`${file}:${index + 1}: ${error.message}`) : error;
    }
  });
}

/** Whom a fault befalls, as it is written: `surreal-2`, `tikv-leader`, `all`. */
export function whoText(who: Who): string {
  if (who === 'all') return 'all';
  return 'command' in who ? who.command : `${who.tier}-${who.which}`;
}

const TAKES_DOWN: readonly FaultKind[] = ['kill', 'stop', 'pause', 'quorum-loss', 'rolling-restart'];

/**
 * Checks that faults fit into the load and do not contradict each other.
 * @param measured milliseconds of the measured part
 * @throws FaultError
 */
export function checkFaults(faults: readonly Fault[], measured: number): void {
  for (const { text, start, duration } of faults)
    if (start + duration > measured)
      throw new FaultError(
        `--fault "${text}" ends ${formatDuration(start + duration)} after the measured part began, which takes only ${formatDuration(measured)}: give a longer --duration.`,
      );
  for (const [index, one] of faults.entries())
    for (const other of faults.slice(index + 1))
      if (excludeEachOther(one, other))
        throw new FaultError(`"${one.text}" and "${other.text}" take down the same server at the same time.`);
}

function excludeEachOther(one: Fault, other: Fault): boolean {
  if (!TAKES_DOWN.includes(one.kind) || !TAKES_DOWN.includes(other.kind)) return false;
  if (one.start >= other.start + other.duration || other.start >= one.start + one.duration) return false;
  if (one.who === 'all' || other.who === 'all') return true;
  if ('command' in one.who || 'command' in other.who || one.who.tier !== other.who.tier) return false;
  return one.who.which === other.who.which || one.who.which === 'all' || other.who.which === 'all';
}
