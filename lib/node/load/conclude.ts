import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { type Coverage, coverageOf } from '../../core/coverage/coverage.ts';
import { besideFaults } from '../../core/faults/beside-faults.ts';
import { limitsUnderFaults } from '../../core/faults/effect-limits.ts';
import type { ObservedFault } from '../../core/faults/effects.ts';
import type { FaultsFile } from '../../core/faults/window.ts';
import { given } from '../../core/given.ts';
import { type ClockCost, clockCostOf } from '../../core/history/clock-cost.ts';
import type { History } from '../../core/history/history.ts';
import type { GeneratorShare } from '../../core/load/generator-share.ts';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { findingsOfChecks } from '../../core/verdict/check-findings.ts';
import { type Finding, judgeRun, type Verdict } from '../../core/verdict/run-verdict.ts';
import type { LimitResult, RunSummary } from '../../core/verdict/summary.ts';
import type { UsageSummary } from '../../core/verdict/usage.ts';
import { SIMPLE_SCENARIOS } from '../catalog/catalog.ts';
import type { FaultInjector } from '../faults/injector.ts';
import { writeReport } from '../report/write-report.ts';
import { writeJson } from '../system/files.ts';
import { checkHistory } from './checks.ts';
import { observeFaults } from './fault-effects.ts';
import { thrownIn } from './generators/k6-run.ts';
import type { Merged } from './generators/merge-generators.ts';
import { compressHistory, readHistory } from './history/history-file.ts';
import type { RunFolder } from './run-folder.ts';
import { readSummary } from './run-folder.ts';

/** What is there when the load is over, beside `history.ndjson` and `summary.json` in the run's folder. */
export interface EndedRun {
  readonly folder: RunFolder;
  readonly plan: LoadPlan;
  readonly settings: Settings;
  /** run.json but for when the run ended and what each generator had of it. */
  readonly describe: (ended: Date) => object;
  /** Whether the user ended it early: then only what is wrong in any case counts. */
  readonly interrupted: boolean;
  /** Where several generators shared the load. */
  readonly merged: Merged | undefined;
  readonly shares: readonly GeneratorShare[];
  readonly injected: Awaited<ReturnType<FaultInjector['finish']>> | undefined;
  /** How the run stands to limits that are not k6's: those on nodes and generator. */
  readonly measured: readonly LimitResult[];
  readonly usage: readonly UsageSummary[];
  /** One sentence on who was short of CPU. */
  readonly bottleneck: string;
  /** One for each server that ended by itself. */
  readonly deaths: readonly Finding[];
  /** Whether report.html is written. */
  readonly report: boolean;
}

/** Everything that a finished run came to. */
export interface LoadResult {
  readonly folder: RunFolder;
  /** k6's summary with the limits that the suite judged itself. */
  readonly summary: RunSummary | undefined;
  readonly usage: readonly UsageSummary[];
  /** What each of several generators did; empty if there was one. */
  readonly generators: readonly GeneratorShare[];
  /** What it costs to know the clocks of several generators only so well. */
  readonly clocks: ClockCost | undefined;
  /** What was done to the target, and what clients saw of it. */
  readonly faults: readonly ObservedFault[];
  /** In how many regions the data were; undefined in a run without faults, and if nobody can tell. */
  readonly regions: number | undefined;
  readonly checks: readonly CheckVerdict[];
  /** Which situations happened that the scenario is about; undefined if it names none, or there is no history. */
  readonly coverage: Coverage | undefined;
  readonly verdict: Verdict;
  /** One sentence on who was short of CPU. */
  readonly bottleneck: string;
}

/** Checks and judges what a run recorded, and writes its history.ndjson.gz, verdict.json, run.json, faults.json and report. */
export async function concludeRun(run: EndedRun): Promise<LoadResult> {
  const { folder, plan, settings, interrupted, merged, shares, injected, measured, usage, bottleneck, deaths, report } =
    run;
  const ofK6 = await readSummary(folder);
  const recorded = await compressHistory(folder.file('history.ndjson'));
  const history = interrupted ? undefined : await readHistory(recorded);
  const isWhole = merged === undefined || merged.isWhole;
  const clocks = history && clockCostOf(history);
  const windows = injected?.file.windows ?? [];
  const checks = history === undefined || !isWhole ? [] : besideFaults(checkHistory(history), windows);
  const observed =
    history === undefined || windows.length === 0
      ? { faults: windows, limits: [] }
      : await observeFaults(history.operations, windows, plan, settings);
  if (injected !== undefined)
    await writeJson(folder.file('faults.json'), { ...injected.file, windows: observed.faults });
  const summary =
    ofK6 === undefined
      ? undefined
      : withLimits(windows.length === 0 ? ofK6 : limitsUnderFaults(ofK6), [...observed.limits, ...measured]);
  const findings: Finding[] = [
    ...(interrupted ? [INTERRUPTED] : []),
    ...deaths,
    ...(injected?.findings ?? []),
    ...(interrupted ? [] : (merged?.findings ?? [])),
    ...findingsOfChecks(checks),
  ];
  const thrown = await thrownIn(folder.file('k6.log'));
  if (thrown !== undefined)
    findings.unshift({
      kind: 'validity',
      message: `${thrown}. The scenario's code threw it during the load: correct it, and run again.`,
    });
  const verdict =
    summary === undefined
      ? ({ state: 'invalid', headline: INTERRUPTED.message, findings } as const)
      : judgeRun({ summary: interrupted ? correctnessOf(summary) : summary, findings });
  const coverage = history && coverageIn(history, injected?.file);
  await writeJson(folder.file('verdict.json'), {
    verdict: 1,
    ...verdict,
    bottleneck,
    limits: summary?.limits ?? [],
    usage,
    checks,
    ...given('exercised', coverage),
    faults: observed.faults,
    clocks,
  });
  await writeJson(folder.file('run.json'), {
    ...run.describe(new Date()),
    ...(shares.length === 0 ? {} : { generators: shares }),
  });
  // What a check took while the history was read is in the file only.
  if (report) await writeReport(folder.path, history?.running.size === 0 ? history : undefined);
  return {
    folder,
    summary,
    usage,
    generators: shares,
    clocks,
    faults: observed.faults,
    regions: injected?.file.regions,
    checks,
    coverage,
    verdict,
    bottleneck,
  };
}

/** Of a scenario that names situations, which of them happened. */
function coverageIn({ header, operations }: History, faults: FaultsFile | undefined): Coverage | undefined {
  const { situations } = SIMPLE_SCENARIOS.find(({ name }) => name === header.scenario) ?? {};
  if (situations === undefined) return undefined;
  const { windows = [], regions, leaderChanges } = faults ?? {};
  return coverageOf(situations, { operations, faults: windows, regions, leaderChanges });
}

const INTERRUPTED: Finding = { kind: 'validity', message: 'The run was interrupted. Its results so far are kept.' };

/** Of an interrupted run only what is wrong in any case counts: limits on speed and completeness were made for a whole one. */
function correctnessOf(summary: RunSummary): RunSummary {
  return { ...summary, limits: summary.limits.filter(({ limit }) => limit.kind === 'correctness') };
}

const withLimits = (summary: RunSummary, more: readonly LimitResult[]): RunSummary => ({
  ...summary,
  limits: [...summary.limits, ...more],
});
