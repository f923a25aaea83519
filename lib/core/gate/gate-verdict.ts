import type { MetricComparison } from '../comparison/compare-rounds.ts';
import { change, titleOf, verdictOf } from '../comparison/comparison-text.ts';
import type { Conclusion, JudgedRound } from '../comparison/comparison-verdict.ts';
import type { Finding } from '../verdict/run-verdict.ts';
import type { LimitResult } from '../verdict/summary.ts';
import { quantity } from '../verdict/tables.ts';
import type { GateSuite } from './gate-suite.ts';

/** `invalid`: nothing is proven either way, because the measurement cannot be trusted. */
export type GateState = 'pass' | 'fail' | 'invalid';

/** One thing that a gate looked at. */
export interface GateCase {
  readonly name: string;
  readonly state: GateState | 'skipped';
  /** One sentence; what was measured where all is well. */
  readonly detail: string;
}

/** What one scenario of the suite came to. */
export interface GateEntryResult {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly GateCase[];
  /** Where the run or the comparison is, relative to the gate's folder. */
  readonly folder: string;
  readonly metrics?: readonly MetricComparison[];
}

const GRAVITY = ['fail', 'invalid', 'pass'] as const;

/** The gravest state of any case. */
export const stateOf = (cases: readonly GateCase[]): GateState =>
  GRAVITY.find((state) => cases.some((one) => one.state === state)) ?? 'pass';

/** Exit codes as everywhere in the suite: 99 for what the target did, 98 for what proves nothing. */
export const gateExitCode = (state: GateState): number => ({ pass: 0, fail: 99, invalid: 98 })[state];

/** What a run on the candidate came to. */
export interface RunToJudge {
  readonly findings: readonly Finding[];
  readonly limits: readonly LimitResult[];
  /** Whether the user set these limits for this gate, so that fixed limits on speed count. */
  readonly ownLimits: boolean;
}

/**
 * The cases of one run: every limit, and whatever else was found. A fixed limit on speed holds for the machine that it was
 * made for, so it counts only where the user has set it.
 */
export function casesOfRun({ findings, limits, ownLimits }: RunToJudge): GateCase[] {
  const counts = (kind: Finding['kind']) => kind !== 'performance' || ownLimits;
  const ofLimits = limits.map(({ limit, state, measured, reason }): GateCase => {
    const name = `${limit.requirement} ${limit.title}`;
    const detail =
      reason ?? `${quantity(measured, limit.unit)}, must be ${limit.comparison} ${quantity(limit.limit, limit.unit)}`;
    if (!counts(limit.kind))
      return { name, state: 'skipped', detail: `${detail}; performance is compared with the baseline` };
    if (state === 'held') return { name, state: 'pass', detail };
    if (state === 'not applicable') return { name, state: 'skipped', detail };
    return { name, state: state === 'too few samples' || limit.kind === 'validity' ? 'invalid' : 'fail', detail };
  });
  // That a limit could not be judged does not matter where it does not count.
  const unjudged = limits.filter(({ limit, state }) => state === 'too few samples' && !counts(limit.kind));
  const found = findings.filter(
    ({ kind, message }) => counts(kind) && !unjudged.some(({ limit }) => message.includes(`"${limit.title}"`)),
  );
  const wrong = found.filter(({ kind }) => kind === 'correctness');
  const untrusted = found.filter(({ kind }) => kind === 'validity');
  return [
    oneCase('every answer was right', 'fail', wrong),
    oneCase('the run can be trusted', 'invalid', untrusted),
    ...ofLimits,
  ];
}

const oneCase = (name: string, state: GateState, findings: readonly { readonly message: string }[]): GateCase => ({
  name,
  state: findings.length === 0 ? 'pass' : state,
  detail: findings.map(({ message }) => message).join(' '),
});

/** The cases of one comparison with the baseline, which is side A. */
export function casesOfComparison(
  rounds: readonly JudgedRound[],
  { state, headline }: Conclusion,
  metrics: readonly MetricComparison[],
  inconclusive: GateSuite['inconclusive'],
): GateCase[] {
  const wrong = (arm: string) =>
    rounds
      .filter((round) => round.arm === arm)
      .flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'correctness'));
  const untrusted = state === 'invalid' ? [{ message: headline }] : [];
  const ofBaseline = wrong('a').map(({ message }) => ({ message: `The baseline itself: ${message}` }));
  return [
    oneCase('every answer was right in every round', 'fail', wrong('b')),
    oneCase('the comparison can be trusted', 'invalid', [...ofBaseline, ...untrusted]),
    ...metrics.map((metric) => caseOfMetric(metric, state, inconclusive)),
  ];
}

/** The cases of a first gate, which measures the candidate as both sides: every answer counts, and a difference is noise. */
export const casesOfFirst = (rounds: readonly JudgedRound[], metrics: readonly MetricComparison[]): GateCase[] => [
  oneCase(
    'every answer was right in every round',
    'fail',
    rounds.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'correctness')),
  ),
  ...metrics.map(
    (metric): GateCase => ({
      name: `${titleOf(metric)}: noise`,
      state: 'pass',
      detail: `${change(metric.change, metric)} between two measurements of the candidate`,
    }),
  ),
];

function caseOfMetric(
  metric: MetricComparison,
  whole: Conclusion['state'],
  inconclusive: GateSuite['inconclusive'],
): GateCase {
  const name = `${titleOf(metric)} against the baseline`;
  const detail = `${quantity(metric.a, metric.unit)} → ${quantity(metric.b, metric.unit)} (${change(metric.change, metric)}): ${verdictOf(metric)}`;
  if (whole === 'void' || whole === 'invalid')
    return { name, state: 'skipped', detail: `${detail}, but the comparison is ${whole}` };
  if (metric.verdict === 'worse') return { name, state: 'fail', detail };
  if (metric.verdict === 'inconclusive' && inconclusive === 'invalid') return { name, state: 'invalid', detail };
  return { name, state: 'pass', detail };
}

/** The gate in one sentence: what failed first. */
export function gateHeadline(entries: readonly GateEntryResult[], interrupted: boolean): string {
  const all = entries.flatMap(({ name, cases }) => cases.map((one) => ({ entry: name, ...one })));
  const state = stateOf(all);
  const first = all.find((one) => one.state === state);
  if (state !== 'pass' && first !== undefined) return `${first.entry}: ${first.name}: ${first.detail}`;
  if (interrupted) return 'The gate was interrupted.';
  return `${all.filter((one) => one.state === 'pass').length} checks of ${entries.length} scenarios held.`;
}
