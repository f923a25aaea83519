import type { ReportData } from './report-data.ts';
import type { LatencyHistogram, Timeline } from './series.ts';

/** What the script in the page draws; seconds on the history's clock. */
export interface ChartData {
  readonly timeline: Timeline;
  readonly histogram: LatencyHistogram;
  /** In which load was sent but not measured. */
  readonly unmeasured: readonly Span[];
  readonly faults: readonly Span[];
  readonly usage: {
    readonly at: readonly number[];
    /** Cores and megabytes of each process. */
    readonly processes: Readonly<
      Record<string, { readonly cpu: (number | null)[]; readonly memory: (number | null)[] }>
    >;
  };
}

export type Span = readonly [from: number, to: number];

/** Samples of an hour are thinned to what a chart can show. */
const MOST_SAMPLES = 600;

export function chartData({ run, figures, faults, samples }: ReportData): ChartData {
  const { timeline, histogram, began } = figures;
  const ends = began + run.plan.loadEnds;
  const step = Math.max(1, Math.ceil(samples.length / MOST_SAMPLES));
  const thinned = samples.filter((_, index) => index % step === 0);
  const names = [...new Set(samples.flatMap(({ usage }) => Object.keys(usage)))];
  const column = (pick: (usage: { cpu: number; memory: number }) => number, name: string) =>
    thinned.map(({ usage }) => (usage[name] === undefined ? null : Number(pick(usage[name]).toPrecision(3))));
  return {
    timeline,
    histogram,
    unmeasured: pauses(run.plan).map(([from, to]) => [(began + from) / 1000, (began + to) / 1000]),
    faults: faults.flatMap(({ began: start, healed = ends }) =>
      start === undefined ? [] : [[start / 1000, healed / 1000] as const],
    ),
    usage: {
      at: thinned.map(({ at }) => at / 1000),
      processes: Object.fromEntries(
        names.map((name) => [
          name,
          { cpu: column(({ cpu }) => cpu, name), memory: column(({ memory }) => memory / 1e6, name) },
        ]),
      ),
    },
  };
}

/** The spans of a run outside its measured phases, milliseconds from the beginning of the load. */
function pauses({ measured, loadEnds }: ReportData['run']['plan']): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const { start, milliseconds } of measured) {
    if (start > from) spans.push([from, start]);
    from = start + milliseconds;
  }
  if (loadEnds > from) spans.push([from, loadEnds]);
  return spans;
}

export const secondsText = (seconds = 0): string => `${Math.round(seconds * 10) / 10} s`;
