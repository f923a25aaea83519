import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import type { Operation } from '../../core/history.ts';
import { writeAtomically } from '../files.ts';
import { type ReportData, readReportData } from './data.ts';
import { Page } from './page.tsx';
import type { LatencyHistogram, Timeline } from './series.ts';

/** What the script in the page draws. */
export interface ChartData {
  readonly timeline: Timeline;
  readonly histogram: LatencyHistogram;
  /** Seconds in which load was sent but not measured. */
  readonly unmeasured: readonly (readonly [from: number, to: number])[];
  readonly usage: {
    /** Seconds from the start of sampling. */
    readonly at: readonly number[];
    /** Cores and megabytes of each process. */
    readonly processes: Readonly<
      Record<string, { readonly cpu: (number | null)[]; readonly memory: (number | null)[] }>
    >;
  };
}

/**
 * Writes report.html into a run's folder: one file that needs nothing else.
 * @param operations the run's history where it is in memory already; else it is read from the folder
 * @returns its path
 * @throws UsageError where the folder holds no run
 */
export async function writeReport(folder: string, operations?: Iterable<Operation>): Promise<string> {
  const data = await readReportData(folder, operations);
  const path = join(folder, 'report.html');
  await writeAtomically(path, await reportPage(data));
  return path;
}

async function reportPage(data: ReportData): Promise<string> {
  const [style, script] = await Promise.all([styles(), browserScript()]);
  const title = `${data.run.scenario} ${data.run.settings.profile}: ${data.verdict?.state ?? 'no verdict'}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `${render(h('title', null, title))}<style>${style}</style></head>`,
    `<body>${render(h(Page, { data }))}`,
    `<script type="application/json" id="data">${embedded(chartData(data))}</script>`,
    `<script>${script}</script>`,
    '</body></html>',
  ].join('\n');
}

/** JSON inside a script element: no text in it can end the element. */
const embedded = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

function chartData({ run, timeline, histogram, samples }: ReportData): ChartData {
  const names = [...new Set(samples.flatMap(({ usage }) => Object.keys(usage)))];
  const column = (pick: (usage: { cpu: number; memory: number }) => number, name: string) =>
    samples.map(({ usage }) => (usage[name] === undefined ? null : Number(pick(usage[name]).toPrecision(3))));
  return {
    timeline,
    histogram,
    unmeasured: pauses(run.plan),
    usage: {
      at: samples.map(({ at }) => at / 1000),
      processes: Object.fromEntries(
        names.map((name) => [
          name,
          { cpu: column(({ cpu }) => cpu, name), memory: column(({ memory }) => memory / 1e6, name) },
        ]),
      ),
    },
  };
}

/** The spans of a run outside its measured phases, seconds. */
function pauses({ measured, loadEnds }: ReportData['run']['plan']): [number, number][] {
  const spans: [number, number][] = [];
  let from = 0;
  for (const { start, milliseconds } of measured) {
    if (start > from) spans.push([from / 1000, start / 1000]);
    from = start + milliseconds;
  }
  if (loadEnds > from) spans.push([from / 1000, loadEnds / 1000]);
  return spans;
}

async function styles(): Promise<string> {
  const ours = await readFile(join(import.meta.dirname, 'style.css'), 'utf8');
  const theirs = await readFile(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8');
  return theirs + ours;
}

async function browserScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'browser.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
  });
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
}
