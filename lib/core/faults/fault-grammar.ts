import { exactDuration, formatDuration, parseDuration } from '../load/duration.ts';
import {
  ACK_LIMIT_MS,
  COMMON_OPTIONS,
  effectOf,
  FAULT_KIND_NAMES,
  FAULT_KINDS,
  FAULT_OPTIONS,
  type FaultKindName,
  type FaultOptions,
  isInTurn,
  type OptionName,
  type Servers,
  type Tier,
} from './fault-kinds.ts';

/** The target of a fault: servers of a tier, `all` of all tiers, the `regions` of the run, or the name of the user command. */
export type Who = Servers | 'all' | 'regions' | { readonly command: string };

/** One fault as the user asked for it. */
export interface Fault {
  /** As it was written. */
  readonly text: string;
  readonly kind: FaultKindName;
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
  if (options.when === 'ack' && isInTurn(kindName))
    throw wrong(`when=ack is for a fault with one beginning, and ${kindName} takes one server after the other.`);
  const longest = duration + (options.when === 'ack' ? ACK_LIMIT_MS : 0);
  if (options.every > 0 && options.every <= longest)
    throw wrong(
      `every must be longer than ${exactDuration(longest)}: the duration${options.when === 'ack' ? ', and the time that it may wait for an acknowledgement' : ''}.`,
    );
  const problem = FAULT_KINDS[kindName].check?.(options);
  if (problem !== undefined) throw wrong(problem);
  return { text: text.trim(), kind: kindName, who, start, duration, options };
}

const isTier = (who: Who, tier: Tier): boolean => typeof who === 'object' && 'tier' in who && who.tier === tier;

function parseWho(name: FaultKindName, text: string | undefined, wrong: (reason: string) => FaultError): Who {
  const { tiers, wholeTier, needs } = FAULT_KINDS[name];
  if (needs.includes('command')) {
    if (text !== undefined && /^[\w-]+$/.test(text)) return { command: text };
    throw wrong('WHO must be the NAME of a --fault-command.');
  }
  if (wholeTier !== undefined) {
    const asked = text || wholeTier.unset;
    const tier = tiers.find((it) => it === asked || `${it}-all` === asked);
    if (tier !== undefined) return { tier, which: 'all' };
    throw wrong(`WHO is "${text}", but ${name} takes a whole tier: ${tiers.join(', ')}.`);
  }
  if (tiers.length === 0) {
    if (text === undefined) return 'regions';
    throw wrong(`${name} has no WHO: ${name}@START+DURATION.`);
  }
  if (text === undefined || text === '') throw wrong(`WHO is missing: ${WHO_FORMS}.`);
  if (text === 'all' && tiers.length > 1) return 'all';
  if (text === 'leader') return { tier: 'tikv', which: 'leader' };
  if (text === 'random') return { tier: 'surreal', which: 'random' };
  const [, tierText, selector = ''] = /^(surreal|tikv|pd)-(\d+|leader|random|all)$/.exec(text) ?? [];
  const tier = tiers.find((it) => it === tierText);
  if (tier === undefined || selector === '0' || (tier === 'surreal' && selector === 'leader'))
    throw wrong(`WHO must be ${WHO_FORMS} (got "${text}").`);
  if (selector === 'leader' || selector === 'random' || selector === 'all') return { tier, which: selector };
  return { tier, which: Number(selector) };
}

function parseOptions(name: FaultKindName, text: string, wrong: (reason: string) => FaultError): FaultOptions {
  const allowed = [...FAULT_KINDS[name].options, ...COMMON_OPTIONS];
  const given = new Map<OptionName, unknown>();
  for (const part of text.split(',').slice(1)) {
    const [optionText = '', value] = part.split('=');
    const option = allowed.find((it) => it === optionText);
    if (option === undefined || value === undefined)
      throw wrong(`"${part}" is not an option of ${name}. Its options are: ${allowed.join(', ')}.`);
    const { read, values } = FAULT_OPTIONS[option];
    const result = read(value);
    if (result === undefined) throw wrong(`${option} must be ${values} (got "${value}").`);
    given.set(option, result);
  }
  const all = Object.entries(FAULT_OPTIONS).map(([option, { unset }]) => [
    option,
    given.get(option as OptionName) ?? unset,
  ]);
  return Object.fromEntries(all) as FaultOptions;
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

/** The target of a fault, as it is written: `surreal-2`, `tikv-leader`, `all`. */
export function whoText(who: Who): string {
  if (who === 'all' || who === 'regions') return who;
  return 'command' in who ? who.command : `${who.tier}-${who.which}`;
}

/** Each fault as often as it happens: one with `every` several times, as faults of their own. @param measured milliseconds of the measured part */
export const repeatFaults = (faults: readonly Fault[], measured: number): Fault[] =>
  faults.flatMap((fault) => {
    const { every } = fault.options;
    if (every === 0) return [fault];
    const times = Math.max(1, Math.floor((measured - fault.start - fault.duration) / every) + 1);
    return Array.from({ length: times }, (_, index) => startingAt(fault, fault.start + index * every));
  });

function startingAt({ text, ...fault }: Fault, start: number): Fault {
  const once = text.replace(/@[^+]+/, `@${exactDuration(start)}`).replace(/,every=[^,]+/, '');
  return { ...fault, text: once, start, options: { ...fault.options, every: 0 } };
}

/**
 * Checks that faults fit into the load and do not contradict each other.
 * @param measured milliseconds of the measured part
 * @throws FaultError
 */
export function checkFaults(given: readonly Fault[], measured: number): void {
  const faults = repeatFaults(given, measured);
  for (const { text, start, duration } of faults)
    if (start + duration > measured)
      throw new FaultError(
        `--fault "${text}" ends ${formatDuration(start + duration)} after the measured part began, which takes only ${formatDuration(measured)}: give a longer --duration.`,
      );
  for (const [index, one] of faults.entries())
    for (const other of faults.slice(index + 1)) {
      if (one.start >= other.start + other.duration || other.start >= one.start + one.duration) continue;
      const both = `"${one.text}" and "${other.text}"`;
      if (takeDownTheSame(one, other)) throw new FaultError(`${both} take down the same server at the same time.`);
      if (useTheSameScheduler(one, other))
        throw new FaultError(`${both} need the same scheduler of PD at the same time.`);
    }
}

/** KIND:WHO, as it was typed. */
const subjectOf = ({ text }: Fault): string => text.replace(/@.*/, '');

const useTheSameScheduler = (one: Fault, other: Fault): boolean =>
  effectOf(one).scheduler === true && subjectOf(one) === subjectOf(other);

function takeDownTheSame(one: Fault, other: Fault): boolean {
  if (!effectOf(one).takesDown || !effectOf(other).takesDown) return false;
  if (one.who === 'all' || other.who === 'all') return true;
  if (one.who === 'regions' || other.who === 'regions') return false;
  if ('command' in one.who || 'command' in other.who || one.who.tier !== other.who.tier) return false;
  return one.who.which === other.who.which || one.who.which === 'all' || other.who.which === 'all';
}
