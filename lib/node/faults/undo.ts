import * as v from 'valibot';
import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { isRunning } from '../cluster/daemon.ts';
import { restartNode } from '../cluster/native-cluster.ts';
import { removeScheduler } from '../cluster/pd.ts';
import { run } from '../process/run-to-end.ts';

/** A command line, and what it prints if nothing is left to undo; empty if it does not fail then. */
const RUN = v.object({ how: v.literal('run'), argv: v.tupleWithRest([v.string()], v.string()), done: v.string() });

/** What undoes a fault, as data, so that a later process can do it. Each may be applied if nothing is left to undo. */
export const UNDO = v.variant('how', [
  RUN,
  v.object({ how: v.literal('run in order'), steps: v.array(RUN) }),
  v.object({ how: v.literal('remove scheduler'), pd: v.string(), name: v.string() }),
  v.object({ how: v.literal('continue'), pid: v.number() }),
  /** Of the native cluster that `npm run cluster -- up` left. */
  v.object({ how: v.literal('start node'), name: v.string() }),
]);
export type Undo = v.InferOutput<typeof UNDO>;

const LIMIT_MS = 60_000;

/** @throws Failure saying why it did not work */
export async function applyUndo(undo: Undo, env: NodeJS.ProcessEnv, progress: Progress): Promise<void> {
  switch (undo.how) {
    case 'run':
      return runOrExplain(undo.argv, env, undo.done);
    case 'run in order':
      for (const { argv, done } of undo.steps) await runOrExplain(argv, env, done);
      return;
    case 'remove scheduler':
      return removeScheduler(undo.pd, undo.name);
    case 'continue':
      if (isRunning(undo.pid)) process.kill(-undo.pid, 'SIGCONT');
      return;
    case 'start node':
      await restartNode(undo.name, { env, progress, signal: new AbortController().signal });
  }
}

/** Runs a command. @param done what it prints if there is nothing to do @throws Failure with what it printed */
export async function runOrExplain(
  argv: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  done = '',
): Promise<void> {
  const { problem, tail } = await run(argv, { env, limitMs: LIMIT_MS });
  if (problem === undefined) return;
  const text = tail.join('\n');
  if (done !== '' && text.includes(done)) return;
  throw new Failure(`\`${argv.join(' ')}\` ${problem}: ${text || 'no output'}`);
}
