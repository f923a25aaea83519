import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CheckVerdict } from '../../core/checkers/verdict.ts';
import type { Operation } from '../../core/history.ts';
import { bareFunction } from '../../core/history-parts.ts';
import type { LoadPlan } from '../../core/load-plan.ts';
import type { LimitResult, RunSummary } from '../../core/summary.ts';
import type { Finding, VerdictState } from '../../core/verdict.ts';
import { UsageError } from '../errors.ts';
import { eachOperation, HISTORY_FILES } from '../load/history-file.ts';
import type { Sample } from '../load/sampler.ts';
import { HistogramBuilder, type LatencyHistogram, type Timeline, TimelineBuilder } from './series.ts';

/** run.json, as far as a report shows it. */
export interface RunRecord {
  readonly id: string;
  readonly started: string;
  readonly ended?: string;
  readonly interrupted: boolean;
  readonly scenario: string;
  readonly command: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly plan: Pick<LoadPlan, 'model' | 'vus' | 'measured' | 'loadEnds'>;
  readonly target: {
    readonly kind: string;
    readonly description: string;
    readonly notes: readonly string[];
    readonly version: string;
    readonly nodes: readonly { readonly name: string; readonly url: string; readonly startUp?: number }[];
  };
  readonly k6: { readonly version: string; readonly source: string };
  readonly machine: Readonly<Record<string, string | number>>;
}

/** verdict.json. */
export interface VerdictRecord {
  readonly state: VerdictState;
  readonly headline: string;
  readonly findings: readonly Finding[];
  readonly bottleneck: string;
  /** The limits that k6 judged and those that were measured outside it. */
  readonly limits: readonly LimitResult[];
  readonly checks: readonly CheckVerdict[];
}

/** Everything that a report shows. Parts that an interrupted run lacks are undefined. */
export interface ReportData {
  readonly run: RunRecord;
  readonly summary: RunSummary | undefined;
  readonly verdict: VerdictRecord | undefined;
  readonly timeline: Timeline;
  readonly histogram: LatencyHistogram;
  readonly samples: readonly Sample[];
  /** Names of files beside the report, to link to. */
  readonly files: readonly string[];
}

/**
 * @param operations the run's history where it is in memory already; else it is read from the folder
 * @throws UsageError where the folder holds no run
 */
export async function readReportData(folder: string, operations?: Iterable<Operation>): Promise<ReportData> {
  const files = await readdir(folder).catch(() => [] as string[]);
  const run = await readJson<RunRecord>(folder, 'run.json');
  if (run === undefined)
    throw new UsageError(`There is no run in ${folder}: give a folder of results/, such as results/RUN.`);
  const timeline = new TimelineBuilder(run.plan.loadEnds);
  const histogram = new HistogramBuilder();
  let began: number | undefined;
  const draw = (recorded: Operation): void => {
    if (bareFunction(recorded.f) === FINAL_READ) return;
    began ??= recorded.start;
    const operation = sinceLoadBegan(recorded, began);
    timeline.add(operation);
    if (isMeasured(run, operation.start)) histogram.add(operation);
  };
  const history = HISTORY_FILES.find((name) => files.includes(name));
  if (operations !== undefined) for (const operation of operations) draw(operation);
  else if (history !== undefined) await eachOperation(join(folder, history), draw);
  return {
    run,
    summary: await readJson(folder, 'summary.json'),
    verdict: await readJson(folder, 'verdict.json'),
    timeline: timeline.build(),
    histogram: histogram.build(),
    samples: (await readJson<{ samples: Sample[] }>(folder, 'timeline.json'))?.samples ?? [],
    files: files.map((file) => basename(file)),
  };
}

/** Reading everything back after the load is no operation of the load. */
const FINAL_READ = 'final-read';

/** The recorded clock also runs during set-up; the first operation of the warm-up marks the beginning of the load. */
const sinceLoadBegan = (operation: Operation, began: number): Operation => ({
  ...operation,
  start: operation.start - began,
  ...(operation.end === undefined ? {} : { end: operation.end - began }),
});

const isMeasured = ({ plan }: RunRecord, at: number): boolean =>
  plan.measured.some(({ start, milliseconds }) => at >= start && at < start + milliseconds);

async function readJson<T>(folder: string, name: string): Promise<T | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
