import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Failure } from '../cli/errors.ts';
import { entrust, signalGroup } from './guard.ts';

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** File for what it prints; standard output goes to a pipe where `pipeOutput` is set. */
  readonly log: string;
  readonly pipeOutput?: boolean;
  readonly cwd?: string;
  /** What ends it in good order. */
  readonly signal?: NodeJS.Signals;
}

/** How long a process gets to end in good order before it is killed. */
const PATIENCE_MS = 10_000;

/**
 * A process that belongs to this run: in a group of its own, so that the terminal's Ctrl-C reaches only us and we decide
 * the order; watched by the guard, so that it ends with us however we end.
 */
export class Child {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #signal: NodeJS.Signals;
  #running = true;
  #wasAsked = false;

  private constructor(process: ChildProcess, pid: number, signal: NodeJS.Signals) {
    this.process = process;
    this.pid = pid;
    this.#signal = signal;
    const ended = entrust({ end: { pid, signal } });
    this.exited = new Promise((resolve) => {
      process.once('exit', (code, exitSignal) => {
        this.#running = false;
        ended();
        resolve({ code, signal: exitSignal });
      });
    });
  }

  /** @throws Failure where the program cannot be started */
  static async start([program = '', ...args]: readonly string[], options: ChildOptions): Promise<Child> {
    const log = openSync(options.log, 'a');
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', options.pipeOutput ? 'pipe' : log, log],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    closeSync(log);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Failure(`${program} could not be started: ${error.message}.`)));
    });
    const signal = options.signal ?? 'SIGTERM';
    return new Child(child, child.pid as number, signal);
  }

  /** Whether it was sent a signal that ends it: else, it ended by itself. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Sends a signal to the process and what it started. */
  kill(signal: NodeJS.Signals = this.#signal): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#wasAsked = true;
    if (this.#running) signalGroup(this.pid, signal);
  }

  /** Ends it in good order, or by SIGKILL when it takes too long. */
  async stop(): Promise<void> {
    this.kill();
    const timer = setTimeout(() => this.kill('SIGKILL'), PATIENCE_MS);
    await this.exited;
    clearTimeout(timer);
  }
}
