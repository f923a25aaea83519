import { changedSettings, faultTexts, type Trial, trialEnvironment } from '../../core/explore/trial.ts';
import type { TrialOutcome } from '../../core/explore/trial-outcome.ts';
import { parseFault } from '../../core/faults/fault-grammar.ts';
import { given } from '../../core/given.ts';
import { planLoad } from '../../core/load/load-plan.ts';
import { parseSettings } from '../../core/settings/settings.ts';
import { findingOfLimit } from '../../core/verdict/run-verdict.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import type { LoadResult } from '../load/conclude.ts';
import { removeFolder } from '../load/run-folder.ts';
import { runLoad } from '../load/run-load.ts';
import type { NodeSettings } from '../targets/node-settings.ts';
import type { TargetRequest } from '../targets/target.ts';

export interface TrialContext {
  readonly target: TargetRequest;
  /** Settings of the nodes that every trial has. */
  readonly fixed: NodeSettings;
  /** The command that repeats a trial. */
  readonly commandOf: (trial: Trial) => string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs one trial and judges it by its checkers alone: limits of speed do not matter. Only runs that are worth a look keep their folder.
 * @throws Failure if it was interrupted
 */
export async function runTrial(trial: Trial, context: TrialContext): Promise<TrialOutcome> {
  const { target, fixed, commandOf, progress, signal } = context;
  const env = trialEnvironment(trial);
  const settings = parseSettings(env);
  const began = Date.now();
  const load = planLoad(trial.scenario, settings).loadEnds / 1000;
  const request = {
    scenario: trial.scenario,
    target: {
      ...target,
      nodeCount: trial.nodes > 0 ? trial.nodes : undefined,
      nodeSettings: { ...fixed, ...changedSettings(trial) },
    },
    settings,
    env,
    faults: { faults: faultTexts(trial).map(parseFault), commands: new Map() },
    repeat: () => commandOf(trial),
  };
  const secondsSoFar = () => (Date.now() - began) / 1000;
  try {
    const result = await runLoad(request, progress, signal);
    const outcome = { ...outcomeOf(result), load };
    if (signal.aborted || outcome.state === 'nothing') await removeFolder(result.folder);
    signal.throwIfAborted();
    return {
      ...outcome,
      ...given('run', outcome.state === 'nothing' ? undefined : result.folder.id),
      seconds: secondsSoFar(),
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    // Refused before it began; or the run could not be done, which says nothing about the target.
    const state = error instanceof UsageError ? 'refused' : 'undecided';
    return { state, found: [], message: error.message, seconds: secondsSoFar(), load };
  }
}

/** An anomaly counts in an invalid run as well: wrong data stay wrong. */
function outcomeOf({ checks, verdict, summary }: LoadResult): Pick<TrialOutcome, 'state' | 'found' | 'message'> {
  const found = checks.flatMap(({ checker, anomalies }) => anomalies.map(({ kind }) => `${checker}: ${kind}`)).sort();
  if (found.length > 0) return { state: 'anomaly', found, message: verdict.headline };
  const ofSpeed = (summary?.limits ?? [])
    .filter(({ limit, state }) => state === 'too few samples' || limit.metric === 'generator_cpu')
    .flatMap(findingOfLimit)
    .map(({ message }) => message);
  const doubt = verdict.findings.find(({ kind, message }) => kind === 'validity' && !ofSpeed.includes(message));
  const unknown = checks.find(({ valid }) => valid !== 'valid');
  if (doubt === undefined && unknown === undefined) return { state: 'nothing', found, message: verdict.headline };
  return { state: 'undecided', found, message: doubt?.message ?? unknown?.explanation ?? '' };
}
