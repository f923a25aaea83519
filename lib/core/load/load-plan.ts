import type { Settings } from '../settings/settings.ts';
import { PROFILES, type Profile } from './profiles.ts';

/** A scenario of k6's options, in the parts that we set. Times are k6 durations. */
export interface K6Scenario {
  executor: 'constant-arrival-rate' | 'ramping-arrival-rate' | 'constant-vus' | 'ramping-vus' | 'per-vu-iterations';
  exec: string;
  startTime: string;
  gracefulStop: string;
  [option: string]: unknown;
}

/** A part of the run that is measured. With rungs there are several, each at a constant rate. */
export interface MeasuredPhase {
  /** Name of its k6 scenario, and so the value of the tag `scenario` on its samples. */
  readonly name: string;
  /** When it starts, and how long it takes: milliseconds. */
  readonly start: number;
  readonly milliseconds: number;
  /** Peak operations a second, and operations in all; absent in the closed model. */
  readonly rate?: number;
  readonly planned?: number;
}

/** What k6 does, and when. */
export interface LoadPlan {
  readonly scenarios: Readonly<Record<string, K6Scenario>>;
  readonly measured: readonly MeasuredPhase[];
  /** Milliseconds of the warm-up, with which the run begins; 0 without one. */
  readonly warmUp: number;
  /** Operations of the warm-up; 0 in the closed model, where their number is open. */
  readonly warmUpOperations: number;
  /** Virtual users that exist during the whole run: each of them also runs `verify` exactly once. */
  readonly vus: number;
  readonly model: 'open' | 'closed';
  /** Milliseconds until `verify` starts. */
  readonly loadEnds: number;
}

/**
 * Time that iterations have to finish after their phase. An operation that is cut off counts as `unknown`, so this bounds
 * the pause before the next phase, not correctness.
 */
const GRACE = 2000;
/**
 * Between the last phase and `verify`, for what k6 interrupts at the end of the phase to come to its end: k6 waits two seconds
 * more for users that are late (lib/k6/generators/barrier.ts), and then gives up.
 */
const CALM = 500;
/** Longest time for reading everything back. */
const VERIFY_LIMIT = 10 * 60_000;
const WARM_UP_LEVEL = 0.5;
/** The phase of the warm-up, which a plan may lack. */
export const WARM_UP = 'warmup';

/**
 * Seconds that operations may take on average before k6 runs out of users and drops some (Little's law, L = λW): twice the
 * 100 ms that PR-002 allows, so that a short stall shows as latency and not as an invalid run. A user takes some 1.4 MB.
 */
export const PATIENCE = 0.2;
/** The search for the breaking point ends where operations take what PR-002 allows. */
const RUNG_PATIENCE = 0.1;
const FEWEST_USERS = 50;

const time = (milliseconds: number): string => `${milliseconds}ms`;

/**
 * Lays out a run: warm-up, the measured phase (or rungs), then `verify` once by every virtual user. Phases never
 * overlap, every user is allocated before the start, and nobody ends `verify` before all have begun it (lib/k6/generators/barrier.ts): so
 * each user that has written does it exactly once.
 */
export function planLoad(
  scenario: string,
  settings: Pick<Settings, 'profile' | 'rate' | 'vus' | 'duration'> & Partial<Pick<Settings, 'warmUp'>>,
): LoadPlan {
  const profile: Profile = PROFILES[settings.profile];
  const duration = settings.duration ?? profile.duration;
  const warmUp = settings.warmUp ?? profile.warmUp;
  const closed = settings.vus !== undefined;
  const peak = settings.vus ?? settings.rate ?? profile.rate;
  const { grace = GRACE } = profile;
  const patience = profile.rungs === undefined ? PATIENCE : RUNG_PATIENCE;
  const vus = closed ? peak : Math.max(FEWEST_USERS, Math.ceil(peak * patience));

  const open = { preAllocatedVUs: vus, maxVUs: vus, timeUnit: '1s' };
  const phase = (at: number) => ({ exec: 'iterate', startTime: time(at), gracefulStop: time(grace) });
  const level = (share: number) => Math.max(1, Math.round(peak * share));
  const warmUpLevel = level(WARM_UP_LEVEL * (profile.stages[0]?.level ?? 0.2));

  const scenarios: Record<string, K6Scenario> = {};
  const measured: MeasuredPhase[] = [];
  if (warmUp > 0)
    scenarios[WARM_UP] = closed
      ? { ...phase(0), executor: 'constant-vus', vus: warmUpLevel, duration: time(warmUp) }
      : { ...phase(0), executor: 'constant-arrival-rate', ...open, rate: warmUpLevel, duration: time(warmUp) };
  let at = warmUp > 0 ? warmUp + grace : 0;

  if (profile.rungs !== undefined) {
    const length = Math.round(duration / profile.rungs);
    for (let rung = 1; rung <= profile.rungs; rung++) {
      const name = `${scenario}_rung_${String(rung).padStart(2, '0')}`;
      const rate = level(rung / profile.rungs);
      scenarios[name] = { ...phase(at), executor: 'constant-arrival-rate', ...open, rate, duration: time(length) };
      measured.push({ name, start: at, milliseconds: length, rate, planned: (rate * length) / 1000 });
      at += length + grace;
    }
  } else {
    const stages = profile.stages.map(({ share, level: target }) => ({
      duration: time(Math.floor(duration * share)),
      target: level(target),
    }));
    const from = level(profile.from);
    scenarios[scenario] = closed
      ? { ...phase(at), executor: 'ramping-vus', startVUs: from, stages, gracefulRampDown: time(grace) }
      : { ...phase(at), executor: 'ramping-arrival-rate', ...open, startRate: from, stages };
    const phaseOf = { name: scenario, start: at, milliseconds: duration };
    measured.push(closed ? phaseOf : { ...phaseOf, rate: peak, planned: plannedOperations(from, stages) });
    at += duration + grace;
  }

  at += CALM;
  scenarios.verify = {
    executor: 'per-vu-iterations',
    exec: 'verify',
    startTime: time(at),
    gracefulStop: '0s',
    vus,
    iterations: 1,
    maxDuration: time(VERIFY_LIMIT),
  };
  const warmUpOperations = closed ? 0 : (warmUpLevel * warmUp) / 1000;
  return { scenarios, measured, warmUp, warmUpOperations, vus, model: closed ? 'closed' : 'open', loadEnds: at };
}

/** Users that certainly send something: an open load has more in reserve, for slow answers. */
export const leastUsers = ({ vus, model }: Pick<LoadPlan, 'vus' | 'model'>): number =>
  model === 'closed' ? vus : Math.min(vus, FEWEST_USERS);

/** One iteration of each of some VUs, from the beginning of the load to its end. */
export const wholeLoad = (exec: string, vus: number, { loadEnds }: LoadPlan): K6Scenario => ({
  executor: 'per-vu-iterations',
  exec,
  startTime: time(0),
  gracefulStop: time(0),
  vus,
  iterations: 1,
  maxDuration: time(loadEnds - CALM),
});

/** The same plan with VUs beside those of the phases, from the beginning of the load to its end. */
export function withBackground(plan: LoadPlan, vus: number): LoadPlan {
  const { scenarios } = plan;
  const background = wholeLoad('background', vus, plan);
  const verify = { ...(scenarios.verify as K6Scenario), vus: plan.vus + vus };
  return { ...plan, scenarios: { ...scenarios, background, verify }, vus: plan.vus + vus };
}

/** Operations of a ramp: the area under it. */
function plannedOperations(from: number, stages: readonly { duration: string; target: number }[]): number {
  let level = from;
  let operations = 0;
  for (const { duration, target } of stages) {
    operations += (((level + target) / 2) * Number.parseInt(duration, 10)) / 1000;
    level = target;
  }
  return operations;
}

/** Milliseconds from the beginning of the first measured phase to the end of the last. */
export function measuredTime({ measured }: LoadPlan): number {
  const [first] = measured;
  const last = measured.at(-1);
  return first === undefined || last === undefined ? 0 : last.start + last.milliseconds - first.start;
}

/** The name of the phase that is under way at a time: a measured one, or the warm-up. */
export function phaseAt({ measured }: LoadPlan, milliseconds: number): string {
  return measured.findLast(({ start }) => milliseconds >= start)?.name ?? WARM_UP;
}

/** When the phase that is under way at a time ends, milliseconds; between two phases, when the last one has ended. */
export function phaseEnd({ measured, warmUp }: LoadPlan, milliseconds: number): number {
  const phase = measured.findLast(({ start }) => milliseconds >= start);
  return phase === undefined ? warmUp : phase.start + phase.milliseconds;
}
