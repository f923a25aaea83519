import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { type FaultWindow, parseFaultsFile } from '../../core/faults/window.ts';
import type { ClockCost } from '../../core/history/clock-cost.ts';
import type { History, HistoryHeader } from '../../core/history/history.ts';
import type { GeneratorShare } from '../../core/load/generator-share.ts';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import type { Finding, VerdictState } from '../../core/verdict/run-verdict.ts';
import type { LimitResult, RunSummary } from '../../core/verdict/summary.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { EmptyHistoryError, eachOperation, HISTORY_FILES } from '../load/history/history-file.ts';
import type { Sample } from '../load/measure/sampler.ts';
import { type HistoryFigures, HistoryReader } from './history-figures.ts';

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
  /** Where several generators shared the load. */
  readonly generators?: readonly GeneratorShare[];
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
  /** What it costs to know the clocks of several generators only so well. */
  readonly clocks?: ClockCost;
}

/** timeline.json. */
interface UsageRecord {
  /** Milliseconds since 1970. */
  readonly started?: number;
  readonly samples: readonly Sample[];
}

/** Everything that a report shows. Parts that an interrupted run lacks are undefined. */
export interface ReportData {
  readonly run: RunRecord;
  readonly summary: RunSummary | undefined;
  readonly verdict: VerdictRecord | undefined;
  readonly figures: HistoryFigures;
  readonly faults: readonly FaultWindow[];
  /** `at` on the history's clock, as far as both clocks are known. */
  readonly samples: readonly Sample[];
  /** Names of files beside the report, to link to. */
  readonly files: readonly string[];
}

/**
 * @param history the run's where it is in memory already; else it is read from the folder
 * @throws UsageError where the folder holds no run
 */
export async function readReportData(folder: string, history?: History): Promise<ReportData> {
  const files = await readdir(folder).catch(() => [] as string[]);
  const run = await readJson<RunRecord>(folder, 'run.json');
  if (run === undefined)
    throw new UsageError(`There is no run in ${folder}: give a folder of results/, such as results/RUN.`);
  const reader = new HistoryReader(run.plan);
  const header = history === undefined ? await readInto(reader, folder, files) : takeIn(reader, history);
  const usage = await readJson<UsageRecord>(folder, 'timeline.json');
  const faults = await readJson<unknown>(folder, 'faults.json');
  return {
    run,
    summary: await readJson(folder, 'summary.json'),
    verdict: await readJson(folder, 'verdict.json'),
    figures: reader.figures(),
    faults: faults === undefined ? [] : parseFaultsFile(join(folder, 'faults.json'), faults).windows,
    samples: onHistoryClock(usage, header),
    files: files.map((file) => basename(file)),
  };
}

function takeIn(reader: HistoryReader, { header, operations }: History): HistoryHeader {
  for (const operation of operations) reader.add(operation);
  return header;
}

/** @returns undefined where the run ended before it recorded anything */
async function readInto(
  reader: HistoryReader,
  folder: string,
  files: readonly string[],
): Promise<HistoryHeader | undefined> {
  const file = HISTORY_FILES.find((name) => files.includes(name));
  if (file === undefined) return undefined;
  try {
    return (await eachOperation(join(folder, file), reader.add)).header;
  } catch (error) {
    if (error instanceof EmptyHistoryError) return undefined;
    throw error;
  }
}

function onHistoryClock(
  { started, samples }: UsageRecord = { samples: [] },
  header?: HistoryHeader,
): readonly Sample[] {
  if (started === undefined || header?.began === undefined) return samples;
  const ahead = started - header.began;
  return samples.map((sample) => ({ ...sample, at: sample.at + ahead }));
}

/** A JSON file of a run; undefined where there is none. @throws Failure where it is damaged */
export async function readJson<T>(folder: string, name: string): Promise<T | undefined> {
  const text = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Failure(
      `${join(folder, name)} is not JSON: it was damaged after the run. Remove it to report without it.`,
    );
  }
}
