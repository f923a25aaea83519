import { randomStream } from '../random/random.ts';

/**
 * Holm's step-down adjustment of p-values: keeps the family-wise error rate below the level.
 * Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((x, y) => (values[x] ?? 0) - (values[y] ?? 0));
  const adjusted = new Array<number>(values.length);
  let least = 0;
  for (const [rank, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (values[index] ?? 1) * (values.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

/** Up to this many pairs all sign assignments are enumerated, beyond it a sample. */
const MOST_PAIRS_IN_FULL = 12;
const DRAWS = 2 ** MOST_PAIRS_IN_FULL;

/**
 * Adjusted p-values of signed-rank tests of several metrics of the same pairs, with the family-wise error rate below the
 * level. Metrics of one load are correlated, which Holm's procedure cannot use: this one permutes whole pairs, all metrics
 * of a pair at once, as swapping the arms would.
 * Source: Westfall and Young, Resampling-Based Multiple Testing, 1993, algorithm 4.1 (step-down maxT).
 *
 * @param metrics differences B − A by pair, for each metric, all of the same length
 */
export function westfallYoung(metrics: readonly (readonly number[])[]): number[] {
  const signed = metrics.map(signedRanks);
  const deviations = signed.map((ranks) => Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)));
  // Sum of signed ranks in its own deviations, so that metrics with ties and zeros are on one scale; 0 without differences.
  const statistic = (index: number, signs: readonly number[]): number => {
    const ranks = signed[index] ?? [];
    let sum = 0;
    for (let pair = 0; pair < ranks.length; pair++) sum += (ranks[pair] ?? 0) * (signs[pair] ?? 1);
    const deviation = deviations[index] ?? 0;
    return deviation === 0 ? 0 : Math.abs(sum) / deviation;
  };
  const draws = assignments(metrics[0]?.length ?? 0);
  const observed = signed.map((_, index) => statistic(index, draws[0] ?? []));
  const order = observed.map((_, index) => index).sort((x, y) => (observed[y] ?? 0) - (observed[x] ?? 0));
  const atLeast = new Array<number>(order.length).fill(0);
  for (const signs of draws) {
    let largest = 0;
    // Step-down: each metric is compared with the largest statistic among itself and the smaller ones.
    for (let place = order.length - 1; place >= 0; place--) {
      const index = order[place] ?? 0;
      largest = Math.max(largest, statistic(index, signs));
      if (largest >= (observed[index] ?? 0) - 1e-9) atLeast[place] = (atLeast[place] ?? 0) + 1;
    }
  }
  const adjusted = new Array<number>(order.length).fill(1);
  let least = 0;
  for (const [place, index] of order.entries()) {
    least = Math.max(least, (atLeast[place] ?? 0) / draws.length);
    adjusted[index] = least;
  }
  return adjusted;
}

/** The ranks of the differences by size, with their signs; equal sizes share the mean rank, zeros have none. */
function signedRanks(differences: readonly number[]): number[] {
  const sizes = differences.map(Math.abs).filter((size) => size > 0);
  return differences.map((difference) => {
    const size = Math.abs(difference);
    if (size === 0) return 0;
    const below = sizes.filter((other) => other < size).length;
    const equal = sizes.filter((other) => other === size).length;
    return Math.sign(difference) * (below + (equal + 1) / 2);
  });
}

/** Kept by the number of pairs: rounds are compared over and over. */
const drawn = new Map<number, readonly (readonly number[])[]>();

/** Signs for every pair, in every draw: those that were observed first, then all others, or as many as it takes of them. */
function assignments(pairs: number): readonly (readonly number[])[] {
  const known = drawn.get(pairs);
  if (known !== undefined) return known;
  const random = randomStream(1);
  // Swapping all pairs at once changes no statistic, so the first sign is fixed where all assignments are used.
  const inFull = pairs <= MOST_PAIRS_IN_FULL;
  const isTurned = (draw: number, pair: number): boolean =>
    inFull ? pair > 0 && ((draw >> (pair - 1)) & 1) === 1 : draw > 0 && random() < 0.5;
  const draws = Array.from({ length: inFull ? 2 ** Math.max(0, pairs - 1) : DRAWS }, (_, draw) =>
    Array.from({ length: pairs }, (_, pair) => (isTurned(draw, pair) ? -1 : 1)),
  );
  drawn.set(pairs, draws);
  return draws;
}
