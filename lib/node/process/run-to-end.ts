import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Failure } from '../cli/errors.ts';
import { elapsed } from '../cli/progress.ts';
import { entrust, signalGroup } from './guard.ts';

export interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds after which the command and its children are killed. Without it the command may take as long as it likes. */
  readonly limitMs?: number;
  readonly onLine?: (line: string) => void;
}

export interface Ending {
  readonly stdout: string;
  /** The last lines of both streams. */
  readonly tail: readonly string[];
  /** Why the command did not end well, for the end of a sentence about it; absent where it did. */
  readonly problem?: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const STDOUT_LIMIT = 64 * 1024;
const TAIL_LINES = 15;
const GRACE_MS = 3_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

class Interrupted extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Runs a command to its end. A signal that arrives meanwhile ends the command with all its children and rejects: see
 * {@link endingOnSignals}.
 */
export async function run([command, ...args]: readonly [string, ...string[]], options: RunOptions): Promise<Ending> {
  const { env, cwd, limitMs, onLine } = options;
  // A process group of its own: compilers and shells start children, which have to end as well.
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  const ended = pid === undefined ? undefined : entrust({ end: { pid, signal: 'SIGTERM' } });
  const kill = (signal: NodeJS.Signals): void => {
    if (pid !== undefined) signalGroup(pid, signal);
  };
  let stdout = '';
  const tail: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    if (stdout.length < STDOUT_LIMIT) stdout += chunk.toString();
  });
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line);
    });
  }

  let interruption: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    interruption ??= signal;
    kill('SIGTERM');
    setTimeout(() => kill('SIGKILL'), GRACE_MS).unref();
  };
  let late = false;
  const limit =
    limitMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          kill('SIGKILL');
        }, limitMs);
  const interruptible = onSignals(interrupt);
  try {
    const problem = await ending(child);
    if (interruption) throw new Interrupted(interruption);
    if (late && limitMs !== undefined) return { stdout, tail, problem: `did not end within ${elapsed(limitMs)}` };
    return problem === undefined ? { stdout, tail } : { stdout, tail, problem };
  } finally {
    clearTimeout(limit);
    ended?.();
    interruptible.end();
  }
}

const interrupts = new Set<(signal: NodeJS.Signals) => void>();
const interruptAll = (signal: NodeJS.Signals): void => {
  for (const interrupt of interrupts) interrupt(signal);
};

/** One listener of the process for all commands: one for each would be taken for a leak where a dozen run at once. */
function onSignals(interrupt: (signal: NodeJS.Signals) => void): { end(): void } {
  if (interrupts.size === 0) for (const signal of SIGNALS) process.on(signal, interruptAll);
  interrupts.add(interrupt);
  return {
    end() {
      interrupts.delete(interrupt);
      if (interrupts.size === 0) for (const signal of SIGNALS) process.off(signal, interruptAll);
    },
  };
}

function ending(child: Child): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.on('error', (cause) => resolve(`cannot be started: ${cause.message}`));
    child.on('close', (code, signal) => {
      if (signal) resolve(`was killed by ${signal}`);
      else resolve(code === 0 ? undefined : `ended with exit code ${code}`);
    });
  });
}

/**
 * Does work that runs commands. Where a signal interrupted it, the work's own clean-up is done first, then this process
 * gets the signal again and ends as it would have at once, unless somebody else listens to the signal.
 */
export async function endingOnSignals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    if (process.listenerCount(error.signal) === 0) process.kill(process.pid, error.signal);
    throw new Failure(`Interrupted by ${error.signal}`, 1);
  }
}
