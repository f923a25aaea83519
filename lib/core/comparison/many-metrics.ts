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
  const pairs = metrics[0]?.length ?? 0;
  const observed = signed.map((ranks) => statistic(ranks, () => 1));
  const order = observed.map((_, index) => index).sort((x, y) => (observed[y] ?? 0) - (observed[x] ?? 0));
  const atLeast = new Array<number>(order.length).fill(0);
  let draws = 0;
  for (const signs of assignments(pairs)) {
    draws++;
    let largest = 0;
    // Step-down: each metric is compared with the largest statistic among itself and the smaller ones.
    for (let place = order.length - 1; place >= 0; place--) {
      const index = order[place] ?? 0;
      largest = Math.max(
        largest,
        statistic(signed[index] ?? [], (pair) => signs[pair] ?? 1),
      );
      if (largest >= (observed[index] ?? 0) - 1e-9) atLeast[place] = (atLeast[place] ?? 0) + 1;
    }
  }
  const adjusted = new Array<number>(order.length).fill(1);
  let least = 0;
  for (const [place, index] of order.entries()) {
    least = Math.max(least, (atLeast[place] ?? 0) / draws);
    adjusted[index] = least;
  }
  return adjusted;
}

/** Sum of signed ranks in its own deviations, so that metrics with ties and zeros are on one scale; 0 without differences. */
function statistic(ranks: readonly number[], sign: (pair: number) => number): number {
  let sum = 0;
  let squares = 0;
  for (const [pair, rank] of ranks.entries()) {
    sum += sign(pair) * rank;
    squares += rank * rank;
  }
  return squares === 0 ? 0 : Math.abs(sum) / Math.sqrt(squares);
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

/** Signs for every pair: the one that was observed first, then all others, or as many as it takes of them. */
function* assignments(pairs: number): Generator<readonly number[]> {
  // Swapping all pairs at once changes no statistic, so the first sign is fixed.
  const free = Math.max(0, pairs - 1);
  if (pairs <= MOST_PAIRS_IN_FULL) {
    for (let bits = 0; bits < 2 ** free; bits++)
      yield Array.from({ length: pairs }, (_, pair) => (pair > 0 && (bits >> (pair - 1)) & 1 ? -1 : 1));
    return;
  }
  const random = randomStream(1);
  yield new Array<number>(pairs).fill(1);
  for (let draw = 1; draw < DRAWS; draw++) yield Array.from({ length: pairs }, () => (random() < 0.5 ? -1 : 1));
}
