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

/** 16 hexadecimal digits that follow from three whole numbers alone. Written for k6's interpreter: no loop, no list. */
export function fingerprint(a: number, b: number, c: number): string {
  const high = mix(mix(a + 0x9e3779b9) ^ Math.imul(b, 0x85ebca6b) ^ c);
  const low = mix(high + c);
  return hex(high) + hex(low);
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
