import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { SIMPLE_SCENARIOS } from '../catalog/catalog.ts';
import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { Child } from '../process/child.ts';
import { lastLines } from '../system/files.ts';
import { NODE_ARGUMENTS, PROJECT_ROOT, RESULTS_FOLDER, WORK_FOLDER } from '../system/paths.ts';

export const SOAK_SCENARIOS: readonly string[] = SIMPLE_SCENARIOS.filter(({ soak }) => soak).map(({ name }) => name);

export interface QuietRequest {
  /** In all; each scenario does an equal share. */
  readonly operations: number;
  /** Arguments of `npm run load` that all runs share: the target, users, the length of a run. */
  readonly load: readonly string[];
  /** Seed of the first run; each further one takes the next. */
  readonly seed: number;
}

export interface QuietResult {
  operations: number;
  runs: number;
  /** Findings of checkers, all kinds. */
  anomalies: number;
  /** Runs of which a checker could not say anything. */
  undecided: number;
  /** Folders of runs that are worth a look. */
  readonly suspicious: string[];
}

/**
 * Runs the consistency scenarios one after another, each as often as its share of the operations takes, and adds up what their
 * checkers say. Limits of speed do not matter here.
 *
 * @throws Failure where a run comes to no end of its own
 */
export async function runQuietly(
  { operations, load, seed }: QuietRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<QuietResult> {
  const result: QuietResult = { operations: 0, runs: 0, anomalies: 0, undecided: 0, suspicious: [] };
  const share = operations / SOAK_SCENARIOS.length;
  for (const scenario of SOAK_SCENARIOS)
    for (let done = 0; done < share; ) {
      const args = [scenario, ...load, '--seed', String(seed + result.runs)];
      const { folder, checks } = await runOnce(args, signal);
      const checked = checks.reduce((sum, { counts }) => sum + (counts.operations ?? 0), 0);
      const anomalies = checks.flatMap((check) => check.anomalies).reduce((sum, { count }) => sum + count, 0);
      const undecided = checks.some(({ valid }) => valid === 'unknown');
      if (checked === 0) throw new Failure(`${folder}: no operation was recorded, so this would never end.`);
      if (anomalies > 0 || undecided) result.suspicious.push(folder);
      done += checked;
      result.operations += checked;
      result.runs++;
      result.anomalies += anomalies;
      if (undecided) result.undecided++;
      progress.say(
        `${new Date().toISOString().slice(11, 19)} ${scenario}: ${checked} operations, ${anomalies} anomalies; ${result.operations} of ${operations} in all (${folder})`,
      );
    }
  return result;
}

/** One run of `npm run load` in a process of its own, so that none can hold on to the memory of the one before. */
async function runOnce(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ folder: string; checks: readonly CheckVerdict[] }> {
  signal.throwIfAborted();
  await mkdir(RESULTS_FOLDER, { recursive: true });
  const log = join(RESULTS_FOLDER, `quiet-${process.pid}.log`);
  const script = join(PROJECT_ROOT, 'scripts/load.ts');
  const child = await Child.start([process.execPath, ...NODE_ARGUMENTS, script, ...args], {
    log,
    cwd: WORK_FOLDER,
    signal: 'SIGINT',
  });
  const stop = (): void => child.kill();
  signal.addEventListener('abort', stop, { once: true });
  const { code } = await child.exited;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const text = await readFile(log, 'utf8');
  const folder = [...text.matchAll(/^Results: (.*)$/gm)].at(-1)?.[1];
  if (folder === undefined || !FINISHED.has(code))
    throw new Failure(`npm run load -- ${args.join(' ')} ended with exit code ${code}:\n${await lastLines(log)}`);
  const verdict = await readFile(join(WORK_FOLDER, folder, 'verdict.json'), 'utf8');
  return { folder, checks: (JSON.parse(verdict) as { checks: CheckVerdict[] }).checks };
}

/** Passed, broke a limit, or was too slow to be judged. */
const FINISHED: ReadonlySet<number | null> = new Set([0, 99, 98]);
