/** A stretch of time that is drawn to scale. Milliseconds, and pixels. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly x: number;
  readonly width: number;
}

/** A time axis on which long spans without operations are left out, so that milliseconds stay visible beside minutes. */
export interface TimeAxis {
  readonly stretches: readonly Stretch[];
  /** Pixels of a time; a time inside a gap is drawn at the gap. */
  readonly x: (time: number) => number;
  /** Where the stretch of this time ends, pixels. */
  readonly edgeAfter: (time: number) => number;
}

/** Pixels of a gap. */
export const GAP = 34;
/** A gap is left out if it is this share of the whole span. */
const LONG_GAP = 0.15;
const MOST_STRETCHES = 5;
/** Shortest stretch, milliseconds, so that a single moment has a width. */
const SHORTEST = 1;

type Span = readonly [from: number, to: number];

/** @param spans start and end of everything that is to be seen, milliseconds; at least one */
export function timeAxis(spans: readonly Span[], left: number, width: number): TimeAxis {
  const groups = grouped(spans);
  const total = groups.reduce((sum, [from, to]) => sum + to - from, 0);
  const room = width - GAP * (groups.length - 1);
  let x = left;
  const stretches = groups.map(([from, to]): Stretch => {
    const share = 0.5 / groups.length + (0.5 * (to - from)) / total;
    const stretch = { from, to, x, width: room * share };
    x += stretch.width + GAP;
    return stretch;
  });
  const stretchOf = (time: number): Stretch => stretches.find(({ to }) => time <= to) ?? (stretches.at(-1) as Stretch);
  return {
    stretches,
    x: (time) => {
      const { from, to, x: start, width: pixels } = stretchOf(time);
      return start + pixels * Math.max(0, Math.min(1, (time - from) / (to - from)));
    },
    edgeAfter: (time) => {
      const stretch = stretchOf(time);
      return stretch.x + stretch.width;
    },
  };
}

/** Neighbours in time, with a margin; the longest gaps between them separate them. */
function grouped(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  const [first, last] = [merged[0]?.[0] ?? 0, Math.max(...merged.map(([, to]) => to))];
  const gaps = merged.slice(1).map(([from], index) => ({ index, length: from - (merged[index]?.[1] ?? 0) }));
  const long = gaps
    .filter(({ length }) => length > Math.max(20 * SHORTEST, (last - first) * LONG_GAP))
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST_STRETCHES - 1);
  const groups: [number, number][] = [];
  for (const [index, [from, to]] of merged.entries()) {
    const open = groups.at(-1);
    if (open !== undefined && !long.some((gap) => gap.index === index - 1)) open[1] = to;
    else groups.push([from, to]);
  }
  return groups.map(([from, to]) => {
    const margin = Math.max(SHORTEST / 2, (to - from) * 0.04);
    return [from - margin, to + margin];
  });
}

/** Distance of the labels of the axis: a round number of milliseconds. */
function stepOf({ from, to, width }: Stretch): number {
  const raw = (to - from) / Math.max(1, Math.floor(width / 95));
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
}

/** Round times within a stretch, for the labels of the axis, milliseconds. */
export function ticksOf(stretch: Stretch): number[] {
  const { from, to } = stretch;
  const step = stepOf(stretch);
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick);
  return ticks.length > 0 ? ticks : [(from + to) / 2];
}

/** `12.056 s`, with the digits that neighbouring labels need to differ. */
export function timeLabel(time: number, stretch: Stretch): string {
  const digits = Math.max(1, Math.min(6, Math.ceil(-Math.log10(stepOf(stretch) / 1000))));
  return `${(time / 1000).toFixed(digits)} s`;
}
