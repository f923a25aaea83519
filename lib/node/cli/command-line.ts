import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { FaultError } from '../../core/faults/fault-grammar.ts';
import { FaultsFileError } from '../../core/faults/window.ts';
import { HistoryError } from '../../core/history/history.ts';
import { SettingsError } from '../../core/settings/settings.ts';
import { LimitsError } from '../../core/verdict/limits.ts';
import { asInstalled, commandPrefix } from '../system/paths.ts';
import { Failure } from './errors.ts';

/**
 * Runs a command and ends the process with its exit code. What the user can fix is printed without a stack trace;
 * anything else is a defect of ours and keeps it.
 */
export async function runCommand(
  command: (signal: AbortSignal) => Promise<number>,
  onInterrupt = 'Stopping the run. Its results so far are kept.',
): Promise<never> {
  const controller = new AbortController();
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      signals++;
      if (signals === 1) process.stderr.write(`\n${onInterrupt} Press again to stop at once.\n`);
      if (signals > 1) process.exit(1); // The guard ends what is left.
      controller.abort(new Failure('Interrupted.'));
    });
  // Whoever read the output may have gone (`… | head`): the exit code still counts.
  let problem: string | undefined;
  process.stdout.on('error', (error) => {
    problem ??= systemProblem(error);
  });
  process.stderr.on('error', () => {});
  try {
    const code = await command(controller.signal);
    await setImmediate(); // For errors of what was written last.
    if (problem !== undefined) console.error(`Standard output cannot be written. ${problem}`);
    process.exit(problem === undefined ? code : code || 1);
  } catch (error) {
    process.exit(tell(error));
  }
}

const SYSTEM_CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exhausted',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
};

/** A problem of the machine in one line; undefined if the error is another one. */
export function systemProblem(error: unknown): string | undefined {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const cause = SYSTEM_CAUSES[code];
  return cause && `${path ?? syscall ?? 'A system call'}: ${cause}.`;
}

function tell(error: unknown): number {
  if (error instanceof Failure) {
    console.error(asInstalled(error.message));
    return error.exitCode;
  }
  if (error instanceof SettingsError || error instanceof LimitsError || error instanceof FaultError) {
    console.error(asInstalled(error.message));
    return 2;
  }
  const isKnown = error instanceof HistoryError || error instanceof FaultsFileError;
  console.error(isKnown ? error.message : (systemProblem(error) ?? error));
  return 1;
}

/** A command line. Wrong usage exits with code 2, where commander's code is 1; subcommands inherit this. */
export const commandNamed = (name: string): Command =>
  new Command(commandPrefix(name)).exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
