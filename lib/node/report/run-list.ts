import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { given } from '../../core/given.ts';
import { formatDuration } from '../../core/load/duration.ts';
import { SETTINGS, type SettingName, type Settings } from '../../core/settings/settings.ts';
import type { VerdictState } from '../../core/verdict/run-verdict.ts';
import type { RunSummary } from '../../core/verdict/summary.ts';
import { applied } from '../catalog/catalog.ts';
import { type RunRecord, readJson, type VerdictRecord } from './report-data.ts';

/** A run in a list of runs. */
export interface RunEntry {
  readonly id: string;
  /** ISO 8601. */
  readonly started: string;
  readonly scenario: string;
  /** `native`, `compose`, … */
  readonly target: string;
  /** Runs of the same series can be compared: same scenario, profile, target, protocol and load. */
  readonly series: string;
  /** Of SurrealDB. */
  readonly version: string;
  /** Of the project; absent in runs of earlier releases, and outside of a repository. */
  readonly commit?: string;
  readonly state: VerdictState | 'no verdict';
  readonly headline: string;
  /** Of the whole measured part; absent if there is none. */
  readonly figures?: {
    /** Milliseconds. */
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    /** Acknowledged operations per second. */
    readonly perSecond: number;
    readonly errors: number;
  };
  readonly hasReport: boolean;
}

/** The runs in a folder, oldest first. Other folders are skipped. */
export async function listRuns(folder: string): Promise<RunEntry[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const entries: RunEntry[] = [];
  for (const name of names) {
    const entry = await entryOf(folder, name);
    if (entry !== undefined) entries.push(entry);
  }
  return entries.sort((a, b) => (a.started < b.started ? -1 : 1));
}

async function entryOf(folder: string, id: string): Promise<RunEntry | undefined> {
  const path = join(folder, id);
  const run = await readJson<RunRecord>(path, 'run.json').catch(() => undefined);
  if (run?.plan === undefined) return undefined;
  const verdict = await readJson<VerdictRecord>(path, 'verdict.json').catch(() => undefined);
  const summary = await readJson<RunSummary>(path, 'summary.json').catch(() => undefined);
  const [phase] = summary?.phases ?? [];
  const files = await readdir(path);
  return {
    id,
    started: run.started,
    scenario: run.scenario,
    target: run.target.kind,
    series: seriesOf(run),
    version: run.target.version,
    ...given('commit', run.commit),
    state: verdict?.state ?? 'no verdict',
    headline: verdict?.headline ?? 'The run ended before it had a verdict.',
    ...(phase === undefined
      ? {}
      : {
          figures: {
            p50: phase.latency.p50,
            p95: phase.latency.p95,
            p99: phase.latency.p99,
            perSecond: phase.perSecond,
            errors: phase.outcomes.conflict + phase.outcomes.failed + phase.outcomes.unknown,
          },
        }),
    hasReport: files.includes('report.html'),
  };
}

/** Runs at other rates, lengths or protocols, or on other machines, cannot be compared. */
function seriesOf({ scenario, settings, target, machine }: RunRecord): string {
  const load = Object.entries(LOAD_TEXTS).flatMap(([name, text]) => {
    const value = settings[name];
    const isApplied = applied(SETTINGS[name as SettingName], scenario, (settings.mix ?? {}) as Settings['mix']);
    return value === undefined || !isApplied ? [] : [text(value)];
  });
  const nodes = `${target.nodes.length} ${target.nodes.length === 1 ? 'node' : 'nodes'}`;
  const where = `${target.kind} (${nodes})`;
  return [scenario, settings.profile, where, settings.protocol, ...load, `${machine.cores} × ${machine.cpu}`].join(
    ' · ',
  );
}

/** Settings that decide which runs can be compared, with their units. */
const LOAD_TEXTS: Readonly<Record<string, (value: unknown) => string>> = {
  rate: (value) => `${value} iterations/s`,
  vus: (value) => `${value} VUs`,
  duration: (value) => formatDuration(Number(value)),
  workload: (value) => `workload ${value}`,
};
