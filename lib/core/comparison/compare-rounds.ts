import { holm, westfallYoung } from './many-metrics.ts';
import { CONFIDENCE, criticalZ, leastP, median, pairedShift, type Shift, unpairedShift } from './rank-tests.ts';
import { kindOf, type Measured, type Metric, type MetricKind } from './round-metrics.ts';

/** The metrics of one round, by name. */
export type Round = readonly Measured[];

/**
 * Relation between the rounds of the two arms: `paired` rounds were measured next to each other, `unpaired` ones at other
 * times. `slices` are parts of a single run per arm, at the same time of the same profile; they do not show run-to-run noise.
 */
export type Design = 'paired' | 'unpaired' | 'slices';

export type ComparisonVerdict = 'better' | 'worse' | 'same' | 'inconclusive';

/** Smallest difference that counts, in percent of the value, and in percentage points for shares. */
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

/** Chance that any metric is reported as different although nothing differs (family-wise error rate). */
export const LEVEL = 1 - CONFIDENCE;

export const MOST_ROUNDS = 1000;

/**
 * Two runs on one machine can differ twofold although nothing changed (seen in pull request 29804 of prisma/prisma), and
 * slices of one run do not show it, so a smaller difference does not count.
 */
const UNMEASURED_RUN_TO_RUN = Math.log(2);

export interface CompareOptions {
  readonly design: Design;
  readonly tolerance: Tolerance;
  /** Kinds of metrics to compare; all if absent. With fewer metrics the tests have more power. */
  readonly kinds?: readonly MetricKind[];
}

/**
 * Compares arms by every metric that all of their rounds have. `better` and `worse` need all of: a rank test adjusted for
 * the number of metrics, a change of at least the tolerance, and one larger than the noise between rounds of the same
 * arm. `same` needs a confidence interval within the tolerance.
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

/** The value of a metric in a round; undefined if it has none that can be compared. */
function figureOf(round: Round, { name, scale }: Metric): number | undefined {
  const value = round.find((metric) => metric.name === name)?.value;
  return value === undefined || !Number.isFinite(value) || (scale === 'ratio' && value <= 0) ? undefined : value;
}

const shiftOf = (a: readonly number[], b: readonly number[], design: Design): Shift =>
  design === 'unpaired' ? unpairedShift(a, b) : pairedShift(a, b);

/** p-values adjusted for the number of metrics. */
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
 * Estimated rounds of each arm that would decide the verdict, if change and scatter stay as they are: interval width and
 * noise shrink with the square root of the rounds.
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

/** Fewest pairs with which a signed-rank test can be significant at all. */
function fewestPairs(level: number): number {
  let pairs = 1;
  while (leastP(pairs) > level) pairs++;
  return pairs;
}
