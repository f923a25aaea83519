import { join } from 'node:path';
import { compareRounds, type Round, type Tolerance } from '../../core/comparison/compare-rounds.ts';
import { conclude, isInvalid, validPairs } from '../../core/comparison/comparison-verdict.ts';
import type { MetricKind } from '../../core/comparison/round-metrics.ts';
import { parseSettings, SETTINGS } from '../../core/settings/settings.ts';
import type { Progress } from '../cli/progress.ts';
import type { Program } from '../programs/program.ts';
import { thisMachine } from '../system/machine.ts';
import type { ArmName } from './arms.ts';
import { type ArmRecord, COMPARISON_VERSION, type ComparisonRecord } from './comparison-record.ts';
import { measureRound, type RoundRecord } from './rounds.ts';
import { type Arm, orderOf } from './with-arms.ts';

export interface ComparisonRequest {
  readonly scenario: string;
  /** Settings of both sides by environment variable, a seed among them. */
  readonly env: Readonly<Record<string, string>>;
  /** Rounds of each side. */
  readonly rounds: number;
  readonly tolerance: Tolerance;
  readonly kinds?: readonly MetricKind[];
  /** The command that repeats it. */
  readonly command: string;
}

/** Measures two running targets in alternating rounds and compares them. If interrupted, it judges the rounds so far. */
export async function compareTargets(
  request: ComparisonRequest,
  arms: readonly Arm[],
  k6: Program,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<ComparisonRecord> {
  const started = new Date();
  const rounds = await measureRounds(request, arms, k6, folder, progress, signal);
  const pairs = validPairs(rounds);
  const [a, b] = [metricsOfArm(rounds, 'a', pairs), metricsOfArm(rounds, 'b', pairs)];
  const metrics = compareRounds(a, b, { ...judging(request), design: 'paired' });
  return {
    ...conclude(rounds, metrics, { wanted: request.rounds }),
    ...commonRecord(request, started),
    design: 'paired',
    arms: { a: armRecord(arms, 'a'), b: armRecord(arms, 'b') },
    notes: [
      ...leftOutNotes(rounds),
      `${pairs.length} alternating rounds of each side (A, B, B, A, …) on the same data.`,
      ...new Set(arms.flatMap(({ target }) => target.notes)),
    ],
    metrics,
    rounds,
  };
}

/** The options that decide a metric's verdict. */
export const judging = ({ tolerance, kinds }: ComparisonRequest) => ({
  tolerance,
  ...(kinds === undefined ? {} : { kinds }),
});

/** The metrics of one side's rounds, in the order of the pairs. */
export const metricsOfArm = (rounds: readonly RoundRecord[], arm: ArmName, pairs: readonly number[]): Round[] =>
  pairs.map((pair) => rounds.find((round) => round.arm === arm && round.pair === pair)?.metrics ?? []);

/** The fields of a record that follow from the request. */
export function commonRecord({ scenario, env, tolerance, command }: ComparisonRequest, started: Date) {
  const { user: _user, pass: _pass, nodes: _nodes, ...settings } = parseSettings(env);
  return {
    comparison: COMPARISON_VERSION,
    started: started.toISOString(),
    ended: new Date().toISOString(),
    scenario,
    command,
    tolerance,
    settings,
    machine: thisMachine(),
  } as const;
}

/** On a busy machine, pairs are repeated until the comparison is at most this many times as long. */
const MOST_REPEATED = 2;

/**
 * Measures alternating rounds. An invalid pair is repeated. Validity depends on the load of the machine only, never on the
 * target's speed, so that repeating does not bias the result.
 */
export async function measureRounds(
  { scenario, env, rounds: pairs }: ComparisonRequest,
  arms: readonly Arm[],
  k6: Program,
  folder: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<RoundRecord[]> {
  const plan = { scenario, env, k6, parent: join(folder, 'rounds') };
  const rounds: RoundRecord[] = [];
  const isOpen = (pair: number) =>
    !signal.aborted && pair < pairs * MOST_REPEATED && validPairs(rounds, arms.length).length < pairs;
  for (let pair = 0; isOpen(pair); pair++)
    for (const name of orderOf(pair)) {
      const arm = arms.find((candidate) => candidate.name === name);
      if (arm === undefined || signal.aborted) continue;
      const round = await measureRound(plan, arm, pair, progress, signal);
      rounds.push(round);
      progress.say(lineOf(round));
    }
  return rounds;
}

function lineOf({ arm, pair, metrics, findings }: RoundRecord): string {
  const shown = metrics.filter(({ name }) => ['throughput', 'p50', 'p95', 'errors'].includes(name));
  const figures = shown.map(({ name, value, unit }) => `${name} ${value.toFixed(2)} ${unit}`).join('  ');
  const trouble = findings.find(({ kind }) => kind === 'correctness' || kind === 'validity')?.message ?? '';
  return `round ${String(pair + 1).padStart(2)} ${arm.toUpperCase()}  ${figures}${trouble === '' ? '' : `  ${trouble}`}`;
}

/** @throws Error if that side is not running */
export function armRecord(arms: readonly Arm[], name: ArmName): ArmRecord {
  const arm = arms.find((candidate) => candidate.name === name);
  if (arm === undefined) throw new Error(`side ${name} was not brought up`);
  const { text, env } = arm.request;
  const { description, version } = arm.target;
  const own = Object.entries(SETTINGS).flatMap(([setting, { env: variable }]) => {
    const value = env[variable];
    return value === undefined ? [] : [[setting, value]];
  });
  return { name: text, description, version, settings: Object.fromEntries(own) };
}

/** Notes on invalid rounds. */
export function leftOutNotes(rounds: readonly RoundRecord[]): string[] {
  const notes: string[] = [];
  const leftOut = rounds.filter(isInvalid);
  const cause = leftOut[0]?.findings.find(({ kind }) => kind === 'validity')?.message ?? '';
  if (leftOut.length > 0)
    notes.push(
      `${leftOut.length} of ${rounds.length} rounds are invalid; they and the other round of their pair are excluded. ${cause}`,
    );
  return notes;
}
