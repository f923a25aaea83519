import { median } from '../../../core/comparison/rank-tests.ts';
import { randomStream } from '../../../core/random/random.ts';

/** A place where a series changes its level. */
export interface ChangePoint {
  /** Index of the first value after the change. */
  readonly at: number;
  /** Probability of a difference this large if the order of the values had no meaning. */
  readonly p: number;
  /** Medians of the values from the change before to this one, and from this one to the next. */
  readonly before: number;
  readonly after: number;
}

/** Fewest values on each side of a change. */
export const FEWEST = 4;
/** Older values are not relevant for the present. */
export const MOST = 100;
const SIGNIFICANT = 0.01;
/** Random orders that each change is compared with. */
const PERMUTATIONS = 999;
const SEED = 1;

/**
 * Change points by E-divisive (Matteson and James, *A Nonparametric Approach for Multiple Change Point Analysis of Multivariate
 * Data*, JASA 2014), as MongoDB and Apache Otava (Hunter) use it for performance over commits. It splits the series where the
 * energy distance between both sides is largest, as long as random orders of the values within the segments rarely show one
 * as large. It assumes no distribution, and the exponent 1 of its distances makes it robust against single outliers. The random
 * orders come from a fixed seed: the same values give the same answer.
 *
 * @param values oldest first; those before the last {@link MOST} are ignored
 */
export function changePointsOf(values: readonly number[]): ChangePoint[] {
  const skipped = Math.max(0, values.length - MOST);
  const recent = values.slice(skipped);
  const random = randomStream(SEED);
  const found: { at: number; p: number }[] = [];
  for (;;) {
    const edges = [0, ...found.map(({ at }) => at).sort((a, b) => a - b), recent.length];
    const split = bestSplit(recent, edges);
    if (split === undefined || split.statistic <= 0) break;
    const p = significanceOf(split.statistic, recent, edges, random);
    if (p > SIGNIFICANT) break;
    found.push({ at: split.at, p });
  }
  found.sort((a, b) => a.at - b.at);
  return found.map(({ at, p }, index) => ({
    at: skipped + at,
    p,
    before: median(recent.slice(found[index - 1]?.at ?? 0, at)),
    after: median(recent.slice(at, found[index + 1]?.at)),
  }));
}

interface Split {
  readonly at: number;
  /** Energy distance of both sides, scaled by their lengths: Q̂ of the paper. */
  readonly statistic: number;
}

/** The split with the largest statistic of all segments; undefined if all are too short. */
function bestSplit(values: readonly number[], edges: readonly number[]): Split | undefined {
  let best: Split | undefined;
  for (const [index, from] of edges.slice(0, -1).entries()) {
    const split = splitOf(values.slice(from, edges[index + 1]));
    if (split !== undefined && split.statistic > (best?.statistic ?? Number.NEGATIVE_INFINITY))
      best = { at: from + split.at, statistic: split.statistic };
  }
  return best;
}

/**
 * Tries every split of one segment. The sums of distances (within the left side, within the right, between both) follow from those of
 * the split before, so that all splits together take n² steps.
 */
function splitOf(values: readonly number[]): Split | undefined {
  const { length } = values;
  if (length < 2 * FEWEST) return undefined;
  let [left, between, right] = [0, 0, sumOfDistances(values)];
  let best: Split | undefined;
  for (let at = 1; at <= length - FEWEST; at++) {
    const moved = values[at - 1] as number;
    let [toLeft, toRight] = [0, 0];
    for (let other = 0; other < at - 1; other++) toLeft += Math.abs(moved - (values[other] as number));
    for (let other = at; other < length; other++) toRight += Math.abs(moved - (values[other] as number));
    left += toLeft;
    right -= toRight;
    between += toRight - toLeft;
    if (at < FEWEST) continue;
    const [m, n] = [at, length - at];
    const energy = (2 * between) / (m * n) - (2 * left) / (m * (m - 1)) - (2 * right) / (n * (n - 1));
    const statistic = (energy * m * n) / (m + n);
    if (best === undefined || statistic > best.statistic) best = { at, statistic };
  }
  return best;
}

function sumOfDistances(values: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of values.entries())
    for (let other = 0; other < index; other++) sum += Math.abs(value - (values[other] as number));
  return sum;
}

/** Share of random orders, of the values within each segment, whose best split is as good. */
function significanceOf(
  statistic: number,
  values: readonly number[],
  edges: readonly number[],
  random: () => number,
): number {
  let asGood = 1;
  for (let round = 0; round < PERMUTATIONS; round++) {
    const shuffled = edges.slice(0, -1).flatMap((from, index) => shuffle(values.slice(from, edges[index + 1]), random));
    if ((bestSplit(shuffled, edges)?.statistic ?? 0) >= statistic) asGood++;
    // It cannot become significant any more.
    if (asGood > SIGNIFICANT * (PERMUTATIONS + 1)) return asGood / (round + 2);
  }
  return asGood / (PERMUTATIONS + 1);
}

/** Fisher and Yates. */
function shuffle(values: number[], random: () => number): number[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [values[last], values[other]] = [values[other] as number, values[last] as number];
  }
  return values;
}
