import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { VerdictState } from '../../core/verdict/run-verdict.ts';
import type { RunSummary } from '../../core/verdict/summary.ts';
import { type RunRecord, readJson, type VerdictRecord } from './report-data.ts';

/** A run in a list of runs. */
export interface RunEntry {
  readonly id: string;
  /** ISO 8601. */
  readonly started: string;
  /** Runs of the same series can be compared: same scenario, profile, target, protocol and load. */
  readonly series: string;
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
    series: seriesOf(run),
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
  const load = ['rate', 'vus', 'duration', 'workload'].flatMap((name) =>
    settings[name] === undefined ? [] : [`${name} ${settings[name]}`],
  );
  const nodes = `${target.nodes.length} ${target.nodes.length === 1 ? 'node' : 'nodes'}`;
  const where = `${target.kind} (${nodes})`;
  return [scenario, settings.profile, where, settings.protocol, ...load, `${machine.cores} × ${machine.cpu}`].join(
    ' · ',
  );
}
