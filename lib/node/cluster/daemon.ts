import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ps } from 'zx';
import { Failure } from '../cli/errors.ts';
import { signalGroup } from '../process/guard.ts';

interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  readonly pidFile: string;
}

/** How long a process gets to end in good order before it is killed. */
const PATIENCE_MS = 3000;
const POLL_MS = 25;

/**
 * Starts a process that lives on when we end. It writes its own number before it becomes the program, so there is no
 * moment in which it runs and nobody knows it, however we are interrupted.
 * @throws Failure where it cannot be started
 */
export async function startDaemon(argv: readonly string[], { env, log, pidFile }: StartOptions): Promise<number> {
  const output = openSync(log, 'a');
  const script = 'umask 077 && echo $$ >"$0" && exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, pidFile, ...argv], {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
  });
  closeSync(output);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Failure(`${argv[0]} could not be started: ${error.message}.`)));
  });
  child.unref();
  return child.pid as number;
}

/**
 * The number of the process of a pid file, where it runs and is the one that we started.
 * @param mark text that its command line has, so that a number which was given to another process is not taken for it
 */
export async function findDaemon(pidFile: string, mark: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await commandLineOf(pid))?.includes(mark) ? pid : undefined;
}

/** Program and arguments of a process; undefined where it does not run. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (!isRunning(pid)) return undefined;
  const [found] = await ps.lookup({ pid });
  return found === undefined ? undefined : [found.command, ...(found.arguments ?? [])].join(' ');
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ends it in good order, or by SIGKILL when it takes too long; with all that it started. */
export async function stopDaemon(pid: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS))
    if (!isRunning(pid)) return;
  signalGroup(pid, 'SIGKILL');
  while (isRunning(pid)) await sleep(POLL_MS);
}
