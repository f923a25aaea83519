import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import type { Coverage } from '../../core/coverage/coverage.ts';
import { type FaultWindow, parseFaultsFile } from '../../core/faults/window.ts';
import type { ClockCost } from '../../core/history/clock-cost.ts';
import type { History, HistoryHeader, Operation } from '../../core/history/history.ts';
import type { GeneratorShare } from '../../core/load/generator-share.ts';
import { loadLevels } from '../../core/load/load-levels.ts';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import { PROFILES, type ProfileName } from '../../core/load/profiles.ts';
import type { Finding, VerdictState } from '../../core/verdict/run-verdict.ts';
import type { LimitResult, RunSummary } from '../../core/verdict/summary.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { EmptyHistoryError, eachOperation, HISTORY_FILES } from '../load/history/history-file.ts';
import type { Sample } from '../load/measure/sampler.ts';
import type { ServersFile } from '../load/measure/server-meter.ts';
import { type EvidenceContexts, EvidenceReader } from './evidence/evidence-context.ts';
import { type HistoryFigures, HistoryReader } from './history-figures.ts';

/** The fields of run.json that a report shows. */
export interface RunRecord {
  readonly id: string;
  readonly started: string;
  readonly ended?: string;
  readonly interrupted: boolean;
  /** Version of the suite, and commit of the project that it ran for. */
  readonly suite?: string;
  readonly commit?: string;
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
  /** Present if several generators shared the load. */
  readonly generators?: readonly GeneratorShare[];
}

/** verdict.json. */
export interface VerdictRecord {
  readonly state: VerdictState;
  readonly headline: string;
  readonly findings: readonly Finding[];
  readonly bottleneck: string;
  /** Limits judged by k6, and those measured outside it. */
  readonly limits: readonly LimitResult[];
  readonly checks: readonly CheckVerdict[];
  /** Which situations happened that the scenario is about; absent in runs of earlier releases. */
  readonly exercised?: Coverage;
  /** Effect of the clock uncertainty of several generators. */
  readonly clocks?: ClockCost;
}

/** timeline.json. */
interface UsageRecord {
  /** Milliseconds since 1970. */
  readonly started?: number;
  readonly samples: readonly Sample[];
}

/** Contents of a report. Parts that an interrupted run lacks are undefined. */
export interface ReportData {
  readonly run: RunRecord;
  readonly summary: RunSummary | undefined;
  readonly verdict: VerdictRecord | undefined;
  readonly figures: HistoryFigures;
  /** What the history holds around the evidence of the checkers. */
  readonly contexts: EvidenceContexts;
  readonly faults: readonly FaultWindow[];
  /** `at` is on the history's clock, if both clocks are known. */
  readonly samples: readonly Sample[];
  /** Counters of TiKV and PD over the measured part, of targets that have them. */
  readonly servers: ServersFile | undefined;
  /** Names of files beside the report, to link to. */
  readonly files: readonly string[];
}

/**
 * @param history the run's history if it is in memory already; otherwise it is read from the folder
 * @throws UsageError if the folder holds no run
 */
export async function readReportData(folder: string, history?: History): Promise<ReportData> {
  const files = await readdir(folder).catch(() => [] as string[]);
  const run = await readJson<RunRecord>(folder, 'run.json');
  if (run === undefined)
    throw new UsageError(`There is no run in ${folder}: give a folder of results/, such as results/RUN.`);
  const verdict = await readJson<VerdictRecord>(folder, 'verdict.json');
  const { profile } = run.settings;
  const levels = isProfile(profile) ? loadLevels(profile, run.plan) : [];
  const figures = new HistoryReader(run.plan, levels);
  const evidence = new EvidenceReader(verdict?.checks ?? []);
  const visit = (operation: Operation): void => {
    figures.add(operation);
    evidence.add(operation);
  };
  const header = history === undefined ? await readFrom(folder, files, visit) : visitAll(history, visit);
  const usage = await readJson<UsageRecord>(folder, 'timeline.json');
  const faults = await readJson<unknown>(folder, 'faults.json');
  return {
    run,
    summary: await readJson(folder, 'summary.json'),
    verdict,
    figures: figures.figures(),
    contexts: evidence.contexts(),
    faults: faults === undefined ? [] : parseFaultsFile(join(folder, 'faults.json'), faults).windows,
    samples: onHistoryClock(usage, header),
    servers: await readJson(folder, 'servers.json'),
    files: files.map((file) => basename(file)),
  };
}

const isProfile = (name: unknown): name is ProfileName => typeof name === 'string' && Object.hasOwn(PROFILES, name);

type Visit = (operation: Operation) => void;

function visitAll({ header, operations }: History, visit: Visit): HistoryHeader {
  for (const operation of operations) visit(operation);
  return header;
}

/** @returns undefined if the run ended before it recorded anything */
async function readFrom(folder: string, files: readonly string[], visit: Visit): Promise<HistoryHeader | undefined> {
  const file = HISTORY_FILES.find((name) => files.includes(name));
  if (file === undefined) return undefined;
  try {
    return (await eachOperation(join(folder, file), visit)).header;
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

/** Reads a JSON file of a run; undefined if it does not exist. @throws Failure if it is damaged */
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
