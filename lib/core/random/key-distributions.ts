/** YCSB's own: θ of the Zipf law (Cooper and others 2010; `ZipfianGenerator.ZIPFIAN_CONSTANT`). */
export const ZIPFIAN_CONSTANT = 0.99;

/** Terms of ζ that are summed; the rest is an integral. */
const SUMMED = 100;

/**
 * ζ(n, θ) = Σ 1/i^θ for i = 1 … n, by Euler–Maclaurin from the hundredth term on: no sum over n, so that a user starts
 * at once whatever the number of records. The error is below 1e-10 (|B₄|/4! · |f‴(100)| is 9e-11).
 */
export function zeta(n: number, theta = ZIPFIAN_CONSTANT): number {
  let sum = 0;
  for (let i = 1; i <= Math.min(n, SUMMED - 1); i++) sum += i ** -theta;
  if (n < SUMMED) return sum;
  const integral = (n ** (1 - theta) - SUMMED ** (1 - theta)) / (1 - theta);
  const ends = (SUMMED ** -theta + n ** -theta) / 2;
  const slopes = (theta / 12) * (SUMMED ** (-theta - 1) - n ** (-theta - 1));
  return sum + integral + ends + slopes;
}

/** Draws a number from 0 to below the number of items. */
export type KeyChooser = () => number;

/**
 * Ranks by the Zipf law, 0 the most frequent: J. Gray and others, "Quickly Generating Billion-Record Synthetic Databases",
 * SIGMOD 1994, as YCSB has it. Ranks 0 and 1 are exact; the others are an inversion of the integral.
 */
export function zipfianRanks(items: number, random: () => number): KeyChooser {
  const zetaN = zeta(items);
  const alpha = 1 / (1 - ZIPFIAN_CONSTANT);
  const eta = (1 - (2 / items) ** (1 - ZIPFIAN_CONSTANT)) / (1 - zeta(2) / zetaN);
  const first = 1 / zetaN;
  const second = zeta(2) / zetaN;
  return () => {
    const u = random();
    if (u < first) return 0;
    if (u < second) return 1;
    return Math.floor(items * (eta * u - eta + 1) ** alpha);
  };
}

/** Items over which YCSB draws before it scatters: `ScrambledZipfianGenerator.ITEM_COUNT`. */
const SCRAMBLED_ITEMS = 1e10;

/**
 * The Zipf law with its frequent items scattered over the key space: YCSB's `zipfian`, which draws from ten thousand
 * million ranks whatever the number of records, and folds them onto the records. Instead of its 64-bit FNV hash, which
 * has no cheap form without 64-bit integers, ranks go round the key space in steps of the golden section: other keys are
 * hot, equally hot, and far from each other.
 */
export function scrambledZipfian(items: number, random: () => number): KeyChooser {
  const ranks = zipfianRanks(SCRAMBLED_ITEMS, random);
  const step = stepThrough(items);
  return () => ((ranks() % items) * step) % items;
}

/** The number nearest above the golden section of `items` that has no divisor in common with it. */
function stepThrough(items: number): number {
  let step = Math.ceil(items * 0.6180339887);
  while (commonDivisor(step, items) > 1) step++;
  return step;
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Every item equally often. */
export function uniform(items: number, random: () => number): KeyChooser {
  return () => Math.floor(random() * items);
}

/** How far back from the newest item, by the Zipf law: YCSB's `latest`. The number of items may grow between draws. */
export function latestOf(random: () => number): (items: number) => number {
  let known = 0;
  let ranks: KeyChooser = () => 0;
  return (items) => {
    // Renewed at every hundredth of growth: in between, the oldest items are out of reach.
    if (items > known * 1.01 || items < known) {
      known = items;
      ranks = zipfianRanks(items, random);
    }
    return items - 1 - ranks();
  };
}
