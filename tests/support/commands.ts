import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup } from '../../lib/node/process/guard.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { SCRIPT_BUNDLES } from '../runner/script-bundles.ts';

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Folder of the run's results, if there is one. */
  readonly results: string | undefined;
}

export interface Running {
  readonly pid: number;
  readonly stderr: () => string;
  readonly result: Promise<Result>;
}

/** Leaders of process groups that still run: they end with the test that started them, also when that is interrupted. */
const leaders = new Set<number>();
process.on('exit', () => {
  for (const leader of leaders) signalGroup(leader, 'SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Where `npm test` has bundled the commands. */
const BUNDLES = process.env[SCRIPT_BUNDLES];

/** Starts a script of the suite, in a process group of its own. */
export function startScript(name: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const script =
    BUNDLES === undefined ? ['--import', 'tsx', join('scripts', `${name}.ts`)] : [join(BUNDLES, `${name}.ts.mjs`)];
  return startCommand(process.execPath, [...script, ...args], env);
}

/** The folder of results that a command names at its end, relative to where it ran. */
const resultsOf = (stdout: string): string | undefined => /^Results: (.*)$/m.exec(stdout)?.[1];

/** The same of a command that ran in another folder. */
export const resultsIn = (folder: string, stdout: string): string => join(folder, resultsOf(stdout) ?? 'no results');

export function startCommand(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = PROJECT_ROOT,
): Running {
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const child = spawn(program, args, { cwd, env: { ...inherited, ...env }, detached: true });
  const pid = child.pid ?? 0;
  if (pid > 0) leaders.add(pid);
  child.once('exit', () => leaders.delete(pid));
  const written = outputOf(child);
  const result = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    ...written,
    results: resultsOf(written.stdout),
  }));
  return { pid, stderr: () => written.stderr, result };
}

/** Waits until a program that runs has said something on its standard error. @throws AssertionError if it ends without */
export async function untilSaid(running: Running, text: RegExp): Promise<void> {
  let ended = false;
  void running.result.then(() => {
    ended = true;
  });
  while (!text.test(running.stderr())) {
    assert.ok(!ended, `it ended before it said ${text}: ${running.stderr()}`);
    await sleep(5);
  }
}

/** What a process has written so far. */
export function outputOf(child: ChildProcessWithoutNullStreams): { stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk) => {
      written[stream] += chunk;
    });
  return written;
}

/** A load of the suite; without a warm-up, as no test judges how fast it is. */
export const startLoad = (args: readonly string[], env: Record<string, string> = {}): Running =>
  startScript('load', args, { LOAD_WARM_UP: '0s', ...env });

/** The same, to its end. */
export const load = (args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  startLoad(args, env).result;

/** Enough operations for a percentile, in little time. */
export const SHORT = ['--rate', '150', '--duration', '2s', '--port', '0', '--seed', '7'];

export async function temporaryFolder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'surrealdb-load-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
