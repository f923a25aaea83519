import type { ReportData } from './report-data.ts';
import type { LatencyHistogram, Timeline } from './series.ts';

/** Data for the script in the page. Times are seconds on the history's clock. */
export interface ChartData {
  readonly timeline: Timeline;
  readonly histogram: LatencyHistogram;
  /** Warm-up and pauses: load that is not measured. */
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

/** More samples than a chart can show are thinned. */
const MOST_SAMPLES = 600;

export function chartData({ run, figures, faults, samples }: ReportData): ChartData {
  const { timeline, histogram } = figures;
  const shades = shadesOf({ run, figures, faults });
  const step = Math.max(1, Math.ceil(samples.length / MOST_SAMPLES));
  const thinned = samples.filter((_, index) => index % step === 0);
  const names = [...new Set(samples.flatMap(({ usage }) => Object.keys(usage)))];
  const column = (pick: (usage: { cpu: number; memory: number }) => number, name: string) =>
    thinned.map(({ usage }) => (usage[name] === undefined ? null : Number(pick(usage[name]).toPrecision(3))));
  return {
    timeline,
    histogram,
    unmeasured: shades.unmeasured.map(inSeconds),
    faults: shades.faults.map(inSeconds),
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

const inSeconds = ([from, to]: Span): Span => [from / 1000, to / 1000];

/** Spans that charts shade, milliseconds on the history's clock. */
export function shadesOf({ run, figures: { began }, faults }: Pick<ReportData, 'run' | 'figures' | 'faults'>) {
  const ends = began + run.plan.loadEnds;
  return {
    unmeasured: pauses(run.plan).map(([from, to]): Span => [began + from, began + to]),
    faults: faults.flatMap(({ began: start, healed = ends }): Span[] => (start === undefined ? [] : [[start, healed]])),
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
