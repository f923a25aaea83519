import type { History } from './history.ts';

/**
 * A look at the clock of one k6 process: the wall clock at its time 0 lay between `earliest` and `latest`, milliseconds since
 * 1970. The bounds hold strictly, for they come from readings of both clocks, one just after the other, in either order.
 */
export interface ClockLook {
  /** When it was taken, on the process's own clock. */
  readonly at: number;
  readonly earliest: number;
  readonly latest: number;
}

/** How the clock of a generator goes with that of the first: `its time + offset` is right within ± `uncertainty`. */
export interface Skew {
  readonly offset: number;
  readonly uncertainty: number;
}

/** What one generator had of the load, as run.json tells it. */
export interface GeneratorShare extends Skew {
  readonly generator: number;
  readonly operations: number;
  readonly dropped: number;
  /** Cores, the median while load was sent. */
  readonly cpu: number;
  /** How it ended, where it did not do its part to the end. */
  readonly death?: string;
}

/** k6's options for one of several equal shares of a load. @param index from 0 */
export function segmentOptions(index: number, count: number): string[] {
  const edge = (at: number): string => (at === 0 ? '0' : at === count ? '1' : `${at}/${count}`);
  const edges = Array.from({ length: count + 1 }, (_, at) => edge(at));
  return [`--execution-segment=${edge(index)}:${edge(index + 1)}`, `--execution-segment-sequence=${edges.join(',')}`];
}

/** Wall clocks are set right by no more than this share of the time that passes (adjtime: 500 ppm). */
const SLEW = 0.0005;

/**
 * Compares clocks that run alike, as those of one machine do, by their looks at one wall clock: the nth of one with the nth
 * of the other, between which the wall clock may have been set right a little. All pairs bound the same offset; where they
 * contradict each other, the wall clock jumped, and any of them may be right.
 * @returns undefined where there is no pair
 */
export function skewOf(looks: readonly ClockLook[], reference: readonly ClockLook[]): Skew | undefined {
  const bounds = looks.flatMap((look, index) => {
    const other = reference[index];
    if (other === undefined) return [];
    const slew = SLEW * Math.abs(look.at + look.earliest - (other.at + other.earliest));
    return [{ least: look.earliest - other.latest - slew, most: look.latest - other.earliest + slew }];
  });
  if (bounds.length === 0) return undefined;
  const leasts = bounds.map(({ least }) => least);
  const mosts = bounds.map(({ most }) => most);
  const agreed = { least: Math.max(...leasts), most: Math.min(...mosts) };
  const { least, most } =
    agreed.least <= agreed.most ? agreed : { least: Math.min(...leasts), most: Math.max(...mosts) };
  return { offset: (least + most) / 2, uncertainty: (most - least) / 2 };
}

/**
 * The history of several generators with each operation as long as it may have been on the common clock, so that no
 * order is claimed that the clocks do not prove: a checker finds nothing that skew alone explains, and overlooks what is
 * smaller than the two uncertainties together. Others are returned as they are.
 */
export function withinClockBounds(history: History): History {
  const { generators } = history.header;
  if (generators === undefined) return history;
  const operations = history.operations.map((operation) => {
    const { uncertainty = 0 } = generators[(operation.generator ?? 1) - 1] ?? {};
    return {
      ...operation,
      start: operation.start - uncertainty,
      ...(operation.end === undefined ? {} : { end: operation.end + uncertainty }),
    };
  });
  return { ...history, operations };
}
