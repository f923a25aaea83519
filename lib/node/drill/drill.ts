import { join } from 'node:path';
import { drillFigures } from '../../core/faults/drill-figures.ts';
import type { DrillResult } from '../../core/faults/drill-table.ts';
import type { Exercise } from '../../core/faults/exercises.ts';
import { parseFault } from '../../core/faults/fault-grammar.ts';
import { given } from '../../core/given.ts';
import { parseSettings, SETTINGS } from '../../core/settings/settings.ts';
import type { UsageSummary } from '../../core/verdict/usage.ts';
import { SIMPLE_SCENARIOS } from '../catalog/catalog.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { runLoad } from '../load/run-load.ts';
import { writeJson } from '../system/files.ts';
import { holdCompose } from '../targets/compose-target.ts';
import type { TargetRequest } from '../targets/target.ts';

/** Every exercise is run under each of these. */
export const DRILL_SCENARIOS: readonly string[] = SIMPLE_SCENARIOS.filter(({ drill }) => drill).map(({ name }) => name);

const scenariosOf = ({ scenarios = DRILL_SCENARIOS }: Exercise): readonly string[] => scenarios;

/** Raised when a field of drill.json changes its meaning. */
const DRILL_VERSION = 1;

export interface DrillRequest {
  readonly exercises: readonly Exercise[];
  readonly target: TargetRequest;
  /** Settings of every run, as k6 reads them. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for drill.json and the logs of starting. */
  readonly folder: string;
  /** The command that repeats one exercise. */
  readonly repeat: (exercise: Exercise, scenario: string) => string;
}

/** Does each exercise under each scenario, one run after the other, and writes drill.json after each. */
export async function runDrill(request: DrillRequest, progress: Progress, signal: AbortSignal): Promise<DrillResult[]> {
  const { exercises, target, folder } = request;
  const results: DrillResult[] = [];
  const runs = exercises.reduce((sum, exercise) => sum + scenariosOf(exercise).length, 0);
  const hold = await holdCompose(target, { progress, logs: folder, signal });
  try {
    for (const exercise of exercises) {
      const refused = { reason: '' };
      for (const scenario of scenariosOf(exercise)) {
        signal.throwIfAborted();
        progress.say(`\n== ${exercise.title}, under ${scenario} (${results.length + 1} of ${runs})`);
        const result =
          refused.reason === '' ? await exerciseOnce(request, exercise, scenario, progress, signal) : undefined;
        if (result?.state === 'not done') refused.reason = result.headline;
        const headline = refused.reason;
        const entry = result ?? { exercise: exercise.name, scenario, state: 'not done', headline, faults: [] };
        progress.say(`   ${entry.state.toUpperCase()}: ${entry.headline}`);
        results.push(entry);
        await writeJson(join(folder, 'drill.json'), { drill: DRILL_VERSION, results });
      }
    }
  } finally {
    await hold();
  }
  return results;
}

async function exerciseOnce(
  { target, env, repeat }: DrillRequest,
  exercise: Exercise,
  scenario: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<DrillResult> {
  const common = { exercise: exercise.name, scenario };
  const { duration, timeout } = exercise;
  const all = { ...env, [SETTINGS.duration.env]: duration, ...(timeout && { [SETTINGS.timeout.env]: timeout }) };
  const load = {
    scenario,
    target,
    settings: parseSettings(all),
    env: all,
    faults: { faults: exercise.faults.map(parseFault), commands: new Map() },
    repeat: () => repeat(exercise, scenario),
  };
  try {
    const { verdict, folder, summary, usage, faults, regions } = await runLoad(load, progress, signal);
    const { state, headline } = verdict;
    return {
      ...common,
      state,
      headline,
      run: folder.id,
      ...given('outcomes', summary?.phases[0]?.outcomes),
      ...given('regions', regions),
      ...given('memory', mostMemory(usage)),
      figures: drillFigures(faults),
      faults,
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    // Refused before it began; or the run could not be done, which says nothing about the target.
    const state = error instanceof UsageError ? 'not done' : 'invalid';
    return { ...common, state, headline: error.message, faults: [] };
  }
}

function mostMemory(usage: readonly UsageSummary[]): number | undefined {
  const nodes = usage.filter(({ name }) => name.startsWith('surreal-'));
  const known = nodes.flatMap(({ memory }) => memory?.max ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}
