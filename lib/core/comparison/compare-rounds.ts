import { holm, westfallYoung } from './many-metrics.ts';
import { CONFIDENCE, criticalZ, leastP, median, pairedShift, type Shift, unpairedShift } from './rank-tests.ts';
import { kindOf, type Measured, type Metric, type MetricKind } from './round-metrics.ts';

/** The metrics of one round, by name. */
export type Round = readonly Measured[];

/**
 * How rounds of the two arms belong together: `paired` rounds were measured side by side, `unpaired` ones at other times,
 * and `slices` are parts of a single run each, at the same place of the same profile, which know nothing of how runs differ.
 */
export type Design = 'paired' | 'unpaired' | 'slices';

export type ComparisonVerdict = 'better' | 'worse' | 'same' | 'inconclusive';

/** What a difference must reach to matter, in percent of the value, and for shares in percentage points. */
export interface Tolerance {
  readonly percent: number;
  readonly points: number;
}

export const DEFAULT_TOLERANCE: Tolerance = { percent: 5, points: 0.1 };

/** One metric of both arms. Changes are those from A to B: ratios minus one, or differences in percentage points. */
export interface MetricComparison extends Metric {
  /** Median over the rounds. */
  readonly a: number;
  readonly b: number;
  readonly change: number;
  /** 95 % confidence interval; absent where the rounds are too few for any. */
  readonly interval?: readonly [low: number, high: number];
  /** Two-sided, adjusted for all metrics of the comparison. */
  readonly p: number;
  /** A against A: the larger of the changes between odd and even rounds of one arm, as if they were two arms. */
  readonly noise: number;
  readonly verdict: ComparisonVerdict;
  /** Rounds of each arm that would decide an inconclusive one; absent where more than {@link MOST_ROUNDS} would be needed. */
  readonly roundsToDecide?: number;
}

/** Chance that any metric at all is called different though nothing differs. */
export const LEVEL = 1 - CONFIDENCE;

export const MOST_ROUNDS = 1000;

/**
 * Two runs on one machine differ twofold though nothing changed (seen in pull request 29804 of prisma/prisma), and slices
 * of one run do not show it: a difference below it is not told apart from that.
 */
const UNMEASURED_RUN_TO_RUN = Math.log(2);

export interface CompareOptions {
  readonly design: Design;
  readonly tolerance: Tolerance;
  /** The only kinds of metrics that are looked at; all where absent. Fewer are judged more sharply. */
  readonly kinds?: readonly MetricKind[];
}

/**
 * Compares arms by every metric that all of their rounds have. `better` and `worse` need all of: a rank test that says so
 * though many metrics are looked at, a change that matters, and one that is larger than what rounds of one and the
 * same arm differ by. `same` needs an interval that lies within what does not matter.
 */
export function compareRounds(a: readonly Round[], b: readonly Round[], options: CompareOptions): MetricComparison[] {
  const { kinds, design } = options;
  const metrics = (a[0] ?? []).filter(
    (metric) =>
      (kinds === undefined || kinds.includes(kindOf(metric))) &&
      [...a, ...b].every((round) => figureOf(round, metric) !== undefined),
  );
  const shifts = metrics.map((metric) => shiftOf(scaled(a, metric), scaled(b, metric), design));
  const adjusted = adjust(shifts, metrics, a, b, design);
  return metrics.map((metric, index) => {
    const shift = { ...(shifts[index] as Shift), p: adjusted[index] ?? 1 };
    const [before, after] = [scaled(a, metric), scaled(b, metric)];
    const noise = Math.max(noiseOf(before), noiseOf(after), design === 'slices' ? UNMEASURED_RUN_TO_RUN : 0);
    const least = leastChange(metric, options.tolerance);
    const verdict = judge(shift, metric, noise, least);
    const rounds =
      verdict === 'inconclusive'
        ? roundsToDecide(shift, { noise, least, rounds: Math.min(a.length, b.length), metrics: metrics.length })
        : undefined;
    const { name, unit, better, scale } = metric;
    return {
      name,
      unit,
      better,
      scale,
      a: median(valuesOf(a, metric)),
      b: median(valuesOf(b, metric)),
      change: changeOf(shift.estimate, metric),
      ...(shift.interval === undefined
        ? {}
        : { interval: [changeOf(shift.interval[0], metric), changeOf(shift.interval[1], metric)] as const }),
      p: shift.p,
      noise: changeOf(noise, metric),
      verdict,
      ...(rounds === undefined || design === 'slices' ? {} : { roundsToDecide: rounds }),
    };
  });
}

/** Ratios become differences of logarithms, so that twice and half are as far from one. */
const scaled = (rounds: readonly Round[], metric: Metric): number[] =>
  valuesOf(rounds, metric).map((value) => (metric.scale === 'ratio' ? Math.log(value) : value));

const changeOf = (shift: number, { scale }: Metric): number => (scale === 'ratio' ? Math.expm1(shift) : shift);

const leastChange = ({ scale }: Metric, { percent, points }: Tolerance): number =>
  scale === 'ratio' ? Math.log1p(percent / 100) : points;

const valuesOf = (rounds: readonly Round[], metric: Metric): number[] =>
  rounds.map((round) => figureOf(round, metric) ?? Number.NaN);

/** The value of a metric in a round; undefined where it has none that can be compared. */
function figureOf(round: Round, { name, scale }: Metric): number | undefined {
  const value = round.find((metric) => metric.name === name)?.value;
  return value === undefined || !Number.isFinite(value) || (scale === 'ratio' && value <= 0) ? undefined : value;
}

const shiftOf = (a: readonly number[], b: readonly number[], design: Design): Shift =>
  design === 'unpaired' ? unpairedShift(a, b) : pairedShift(a, b);

/** p-values that take into account how many metrics are looked at. */
function adjust(
  shifts: readonly Shift[],
  metrics: readonly Metric[],
  a: readonly Round[],
  b: readonly Round[],
  design: Design,
): number[] {
  const plain = shifts.map(({ p }) => p);
  if (design === 'unpaired') return holm(plain);
  const differences = metrics.map((metric) => {
    const before = scaled(a, metric);
    return scaled(b, metric).map((value, pair) => value - (before[pair] ?? Number.NaN));
  });
  return westfallYoung(differences).map((p, index) => Math.max(p, plain[index] ?? 1));
}

/** A against A: how far odd rounds of one arm lie from its even ones. */
function noiseOf(values: readonly number[]): number {
  const odd = values.filter((_, index) => index % 2 === 0);
  const even = values.filter((_, index) => index % 2 === 1);
  return even.length === 0 ? 0 : Math.abs(unpairedShift(odd, even).estimate);
}

function judge({ estimate, interval, p }: Shift, { better }: Metric, noise: number, least: number): ComparisonVerdict {
  if (p <= LEVEL && Math.abs(estimate) >= Math.max(least, noise))
    return estimate > 0 === (better === 'higher') ? 'better' : 'worse';
  const within = interval !== undefined && Math.abs(interval[0]) <= least && Math.abs(interval[1]) <= least;
  return within ? 'same' : 'inconclusive';
}

interface Evidence {
  readonly noise: number;
  readonly least: number;
  readonly rounds: number;
  readonly metrics: number;
}

/**
 * Rounds of each arm after which the verdict would no longer be open, were the change and the scatter to stay as they
 * are: the width of an interval, and the noise, shrink with the square root of the rounds.
 */
function roundsToDecide(
  { estimate, interval }: Shift,
  { noise, least, rounds, metrics }: Evidence,
): number | undefined {
  const fewest = fewestPairs(LEVEL / metrics);
  if (interval === undefined) return Math.max(fewest, rounds + 1);
  const halfWidth = (interval[1] - interval[0]) / 2;
  const size = Math.abs(estimate);
  const sharper = criticalZ(LEVEL / metrics) / criticalZ(LEVEL);
  const matters = size > least;
  const factor = matters ? Math.max((halfWidth * sharper) / size, noise / size) : halfWidth / (least - size);
  const needed = Math.max(fewest, rounds + 1, Math.ceil(rounds * factor ** 2));
  return needed > MOST_ROUNDS ? undefined : needed;
}

/** Pairs below which not even complete agreement is significant. */
function fewestPairs(level: number): number {
  let pairs = 1;
  while (leastP(pairs) > level) pairs++;
  return pairs;
}
