/**
 * Mixes 32 bits into 32 well-spread bits: the finaliser of MurmurHash3 (Appleby, `fmix32`).
 * @returns an unsigned 32-bit integer
 */
function mix(bits: number): number {
  let h = bits | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** An unsigned 32-bit integer that follows from three whole numbers alone. */
export const hash = (a: number, b: number, c: number): number =>
  mix(mix(a + 0x9e3779b9) ^ Math.imul(b, 0x85ebca6b) ^ c);

let mixedSeed = { seed: 0, bits: mix(0) };

/**
 * 16 hexadecimal digits that follow from a seed and two whole numbers alone. Written for k6's interpreter, where it runs
 * once an operation: no loop, and the seed, which stays the same, is mixed once.
 */
export function fingerprint(seed: number, a: number, b: number): string {
  if (mixedSeed.seed !== seed) mixedSeed = { seed, bits: mix(seed) };
  const high = mix(mixedSeed.bits ^ Math.imul(a, 0x85ebca6b) ^ b);
  return hex(high) + hex(Math.imul(high ^ b, 0xc2b2ae35) >>> 0);
}

const hex = (word: number): string => (word + 0x100000000).toString(16).slice(1);

/** A stream of random numbers in [0, 1), the same for the same seed: mulberry32 (T. Ettinger, public domain). */
export function randomStream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * As `randomStream`, at a third of its cost inside k6, whose interpreter is slow at 32-bit operations and fast at those on
 * numbers: two multiplicative congruential generators combined (P. L'Ecuyer, CACM 31/6, 1988), period 2.3e18.
 */
export function quickStream(seed: number): () => number {
  let first = 1 + (hash(seed, 1, 0) % 2147483562);
  let second = 1 + (hash(seed, 2, 0) % 2147483398);
  return () => {
    first = (first * 40014) % 2147483563;
    second = (second * 40692) % 2147483399;
    const difference = first - second;
    return (difference > 0 ? difference - 1 : difference + 2147483562) / 2147483563;
  };
}
