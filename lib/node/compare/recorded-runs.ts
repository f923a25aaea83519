import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareRounds, type Tolerance } from '../../core/comparison/compare-rounds.ts';
import { conclude } from '../../core/comparison/comparison-verdict.ts';
import { slicesOf } from '../../core/comparison/slices.ts';
import { UsageError } from '../cli/errors.ts';
import { HISTORY_FILES, readHistory } from '../load/history/history-file.ts';
import { type RunRecord, readJson, type VerdictRecord } from '../report/report-data.ts';
import { thisMachine } from '../system/machine.ts';
import type { ArmName } from './arms.ts';
import { COMPARISON_VERSION, type ComparisonRecord } from './comparison-record.ts';

/**
 * Compares two recorded runs of one scenario by slices of time.
 * @throws UsageError if a folder does not hold a complete run, or the scenarios differ
 */
export async function compareRuns(
  first: string,
  second: string,
  tolerance: Tolerance,
  command: string,
): Promise<ComparisonRecord> {
  const [a, b] = [await readRun(first), await readRun(second)];
  if (a.run.scenario !== b.run.scenario)
    throw new UsageError(
      `${first} is a run of ${a.run.scenario}, ${second} one of ${b.run.scenario}: compare runs of the same scenario.`,
    );
  const started = new Date().toISOString();
  const rounds = Math.min(a.slices.length, b.slices.length);
  const design = 'slices';
  const metrics = compareRounds(a.slices.slice(0, rounds), b.slices.slice(0, rounds), { design, tolerance });
  const judged = (arm: ArmName, { verdict }: Recorded) => ({ arm, pair: 0, findings: verdict.findings });
  const conclusion = conclude([judged('a', a), judged('b', b)], metrics, { wanted: 1 });
  return {
    ...conclusion,
    comparison: COMPARISON_VERSION,
    started,
    ended: new Date().toISOString(),
    scenario: a.run.scenario,
    command,
    design,
    tolerance,
    settings: a.run.settings,
    machine: thisMachine(),
    arms: { a: armOf(first, a), b: armOf(second, b) },
    notes: [...settingsApart(a.run, b.run), ...oneRunEach(rounds)],
    metrics,
    rounds: [],
  };
}

const oneRunEach = (slices: number): string[] => [
  `One run of each side, in ${slices} time slices. Slices do not show how much two runs of the same target differ (up to ` +
    'twofold), so only a larger change counts as a difference. ' +
    'npm run compare -- --a TARGET --b TARGET SCENARIO measures that.',
];

interface Recorded {
  readonly run: RunRecord;
  readonly verdict: VerdictRecord;
  readonly slices: ReturnType<typeof slicesOf>;
}

async function readRun(folder: string): Promise<Recorded> {
  const run = await readJson<RunRecord>(folder, 'run.json');
  const verdict = await readJson<VerdictRecord>(folder, 'verdict.json');
  const files = await readdir(folder).catch(() => [] as string[]);
  const history = HISTORY_FILES.find((name) => files.includes(name));
  if (run === undefined)
    throw new UsageError(`There is no run in ${folder}: give a folder of results/, such as results/RUN.`);
  if (verdict === undefined || history === undefined)
    throw new UsageError(
      `The run in ${folder} is incomplete: it has no verdict or no history. Compare runs that ended.`,
    );
  const { operations } = await readHistory(join(folder, history));
  return { run, verdict, slices: slicesOf(operations, run.plan) };
}

const armOf = (folder: string, { run }: Recorded) => ({
  name: folder,
  description: `${run.target.description}, ${run.started.slice(0, 19).replace('T', ' ')} UTC`,
  version: run.target.version,
  settings: {},
});

/** Settings in which the runs differ. */
function settingsApart(a: RunRecord, b: RunRecord): string[] {
  const shown = (value: unknown) => (value === undefined ? 'none' : String(value));
  const names = [...new Set([...Object.keys(a.settings), ...Object.keys(b.settings)])].filter(
    (name) =>
      !['seed', 'nodes', 'run', 'namespace'].includes(name) && shown(a.settings[name]) !== shown(b.settings[name]),
  );
  const apart = names.map((name) => `${name} ${shown(a.settings[name])} / ${shown(b.settings[name])}`);
  const machines = JSON.stringify(a.machine) === JSON.stringify(b.machine) ? [] : ['machine'];
  const all = [...apart, ...machines];
  return all.length === 0 ? [] : [`The runs also differ in: ${all.join(', ')}.`];
}
