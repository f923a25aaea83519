import { checkFaults, FaultError, parseFault, repeatFaults } from '../faults/fault-grammar.ts';
import { ACK_LIMIT_MS, actionOf, FAULT_KINDS, type FaultKindName, isInTurn } from '../faults/fault-kinds.ts';
import type { Routing } from '../protocols/routing.ts';
import { flagOf, SETTINGS, type SettingName } from '../settings/settings.ts';

/** A fault as it is drawn: numbers and flags alone, so that each of them can be shrunk. Times are seconds. */
export interface DrawnFault {
  /** KIND or KIND:WHO of --fault, with N for the number of a server: `crash:surreal-N`. */
  readonly what: string;
  readonly server: number;
  readonly start: number;
  readonly duration: number;
  /** Begins when a write is acknowledged. */
  readonly onAck: boolean;
  /** Happens again and again until the load ends. */
  readonly again: boolean;
}

/** What one run is to be: everything that exploration may change. */
export interface Trial {
  readonly scenario: string;
  /** Of the load's random data. */
  readonly seed: number;
  readonly faults: readonly DrawnFault[];
  /** Milliseconds added to each message between nodes and stores. */
  readonly latency: number;
  /** Environment of the nodes. An empty value leaves the default. */
  readonly settings: Readonly<Record<string, string>>;
  readonly users: number;
  readonly routing: Routing;
  /** 0 if the target says how many. */
  readonly nodes: number;
}

/** Seconds of the measured part of a trial. */
export const TRIAL_SECONDS = 14;
/** Long enough that a request survives what lasts a second or two. */
const TIMEOUT = '3s';
/** Until a node that was started is up, with a way to its stores that is slow. */
const START_MS = 2500;
/** Seconds between the end of a repeated fault and its next start: above the time that it may wait for an acknowledgement. */
const PAUSE = 3;

/** The faults of a trial as --fault takes them. */
export function faultTexts({ faults, latency, nodes }: Trial): string[] {
  const drawn = faults.map(({ what, server, start, duration, onAck, again }) => {
    const number = nodes > 0 && what.includes('surreal-N') ? ((server - 1) % nodes) + 1 : server;
    const [kind = '', ...options] = what.replace('-N', `-${number}`).split(',');
    const all = [
      ...options,
      ...(again ? [`every=${duration + PAUSE}s`] : []),
      ...(onAck && !isInTurn(kind.split(':')[0] as FaultKindName) ? ['when=ack'] : []),
    ];
    return [`${kind}@${start}s+${duration}s`, ...all].join(',');
  });
  const slow = `slow:surreal-all@0s+${TRIAL_SECONDS}s,latency=${latency}ms`;
  return latency > 0 ? [slow, ...drawn] : drawn;
}

/** Whether faults fit into the load, and none takes down a server that another has taken down, whenever the last acknowledgement comes. */
export function isPossible(trial: Trial): boolean {
  try {
    const measured = TRIAL_SECONDS * 1000;
    const faults = repeatFaults(faultTexts(trial).map(parseFault), measured);
    checkFaults(
      faults.map((fault) => {
        // Each server of a tier that is restarted in turn is down at some moment: when, depends on how long the others take.
        const kind = FAULT_KINDS[fault.kind].wholeTier === undefined ? fault.kind : actionOf(fault);
        const late = fault.options.when === 'ack' ? ACK_LIMIT_MS : 0;
        const start = FAULT_KINDS[kind].restarts ? START_MS : 0;
        return {
          ...fault,
          kind,
          duration: isInTurn(fault.kind) ? measured - fault.start : fault.duration + Math.max(late, start),
        };
      }),
      measured,
    );
    return true;
  } catch (error) {
    if (error instanceof FaultError) return false;
    throw error;
  }
}

/** Settings of the nodes that a trial changes. */
export const changedSettings = ({ settings }: Trial): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));

/** Settings of the load. */
const loadSettings = ({ users, routing, seed }: Trial): readonly (readonly [SettingName, string])[] => [
  ['vus', String(users)],
  ['duration', `${TRIAL_SECONDS}s`],
  // A trial proves nothing about speed.
  ['warmUp', '0s'],
  ['timeout', TIMEOUT],
  // Scenarios that choose their nodes take none.
  ...(routing === 'round-robin' ? [] : [['routing', routing] as const]),
  ['seed', String(seed)],
];

/** Settings of the load as k6 reads them. */
export const trialEnvironment = (trial: Trial): Record<string, string> =>
  Object.fromEntries(loadSettings(trial).map(([name, value]) => [SETTINGS[name].env, value]));

/** Arguments of `npm run load` that repeat a trial, but for the target. */
export const trialArguments = (trial: Trial): string[] => [
  trial.scenario,
  ...(trial.nodes > 0 ? ['--node-count', String(trial.nodes)] : []),
  ...Object.entries(changedSettings(trial)).flatMap(([name, value]) => ['--setting', `${name}=${value}`]),
  ...faultTexts(trial).flatMap((it) => ['--fault', it]),
  ...loadSettings(trial).flatMap(([name, value]) => [flagOf(SETTINGS[name]) ?? '', value]),
];

/** Equal trials have equal keys, in whatever order their fields are. */
export const keyOf = (trial: Trial): string => trialArguments(trial).join(' ');
