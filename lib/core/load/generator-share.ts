import type { Skew } from '../history/clocks.ts';

/** What one generator had of the load, as run.json tells it. */
export interface GeneratorShare extends Skew {
  readonly generator: number;
  readonly operations: number;
  readonly dropped: number;
  /** Cores, the median while load was sent; absent if nobody looked. */
  readonly cpu?: number;
  /** Cores of its machine that nobody used, the median while load was sent. */
  readonly spare?: number;
  /** How it ended, where it did not do its part to the end. */
  readonly death?: string;
}

/** k6's options for one of several equal shares of a load. @param index from 0 */
export function segmentOptions(index: number, count: number): string[] {
  const edge = (at: number): string => (at === 0 ? '0' : at === count ? '1' : `${at}/${count}`);
  const edges = Array.from({ length: count + 1 }, (_, at) => edge(at));
  return [`--execution-segment=${edge(index)}:${edge(index + 1)}`, `--execution-segment-sequence=${edges.join(',')}`];
}
