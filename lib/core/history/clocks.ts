/**
 * A look at the clock of one k6 process: a wall clock at its time 0 lay between `earliest` and `latest`, milliseconds since
 * 1970. The bounds hold strictly, for the wall clock was read between two readings of the process's own (Cristian 1989).
 */
export interface ClockLook {
  /** The node whose wall clock it was; that of the process's own machine where absent. */
  readonly node?: string;
  /** When it was taken, on the process's own clock. */
  readonly at: number;
  readonly earliest: number;
  readonly latest: number;
}

/** The wall clock at the process's time 0, most likely. */
export const beganBy = ({ earliest, latest }: Pick<ClockLook, 'earliest' | 'latest'>): number =>
  (earliest + latest) / 2;

/** How the clock of a generator goes with that of the first: `its time + offset` is right within ± `uncertainty`. */
export interface Skew {
  readonly offset: number;
  readonly uncertainty: number;
}

/**
 * By what clocks of several processes are compared: the wall clock of the one machine that they share; that of a node which all
 * have asked; or the wall clocks of their machines, each of which is right within ± `uncertainty` milliseconds.
 */
export type ClockSource = 'machine' | 'node' | { readonly uncertainty: number };

/** The looks at what the clocks are compared by: those at a node's clock, or those at the machine's own. */
export const looksAt = (looks: readonly ClockLook[], source: ClockSource): ClockLook[] =>
  looks.filter(({ node }) => (node !== undefined) === (source === 'node'));

/** Wall clocks are set right by no more than this share of the time that passes (adjtime: 500 ppm). */
const SLEW = 0.0005;

/** What times of a history are rounded to. To round an offset, and the times that it is added to, adds half of it each. */
const MICROSECOND = 0.001;

interface Bound {
  readonly least: number;
  readonly most: number;
}

/**
 * Compares the clocks of two processes by their looks at one wall clock, the nth of one with the nth of the other, between which
 * that clock may have been set right a little. On one machine both run alike, so that all pairs bound the same offset; where
 * they contradict each other, the wall clock jumped, and any of them may be right. On two machines they drift apart, so that
 * each pair is right at its own time, and what lies between was in between.
 * @returns undefined if there is not a pair
 */
export function skewOf(
  looks: readonly ClockLook[],
  reference: readonly ClockLook[],
  source: ClockSource,
): Skew | undefined {
  const others = looksAt(reference, source);
  const bounds = looksAt(looks, source).flatMap((look, index): Bound[] => {
    const other = others[index];
    if (other === undefined || other.node !== look.node) return [];
    const slew = SLEW * Math.abs(look.at + look.earliest - (other.at + other.earliest));
    return [{ least: look.earliest - other.latest - slew, most: look.latest - other.earliest + slew }];
  });
  if (bounds.length === 0) return undefined;
  const { least, most } = source === 'machine' ? agreed(bounds) : allOf(bounds);
  const wrong = typeof source === 'object' ? 2 * source.uncertainty : 0;
  return {
    offset: Math.round(((least + most) / 2) * 1000) / 1000,
    uncertainty: Math.ceil(((most - least) / 2 + wrong + MICROSECOND) * 1000) / 1000,
  };
}

/** What lies within all of them, or where that is nothing, within any. */
function agreed(bounds: readonly Bound[]): Bound {
  const [least, most] = [Math.max(...bounds.map((it) => it.least)), Math.min(...bounds.map((it) => it.most))];
  return least <= most ? { least, most } : allOf(bounds);
}

const allOf = (bounds: readonly Bound[]): Bound => ({
  least: Math.min(...bounds.map((it) => it.least)),
  most: Math.max(...bounds.map((it) => it.most)),
});

/** Looks at one wall clock, taken so soon after each other that it cannot have gone astray, as one. */
export function joinLooks(looks: readonly ClockLook[]): ClockLook | undefined {
  const [first] = looks;
  if (first === undefined) return undefined;
  return {
    ...first,
    earliest: Math.max(...looks.map(({ earliest }) => earliest)),
    latest: Math.min(...looks.map(({ latest }) => latest)),
  };
}

/** A timestamp such as `2026-11-21T19:34:56.123456789Z`. @returns milliseconds since 1970 with all its digits; undefined for another text */
export function millisecondsOf(timestamp: unknown): number | undefined {
  const [, seconds, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z$/.exec(String(timestamp)) ?? [];
  return seconds === undefined ? undefined : Date.parse(`${seconds}Z`) + Number(`0${fraction}`) * 1000;
}
