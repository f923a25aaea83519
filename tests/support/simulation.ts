import type { Operation } from '../../lib/core/history/history.ts';
import type { Outcome } from '../../lib/core/protocols/outcome.ts';
import { randomStream } from '../../lib/core/random/random.ts';
import { Database, type Level, Refusal, type Session, type Transaction } from './database.ts';

/** One operation of a client: what the history says it asked for, and what it does. */
export interface Action {
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
  /** Yields where others may come between, and returns the value that a successful answer has. */
  run(session: Session): Generator<void, unknown>;
}

export interface Simulation {
  readonly level: Level;
  readonly seed: number;
  readonly processes: number;
  readonly operations: number;
  /** Chances that an operation is refused, aborted as a conflict, or that its answer is lost. */
  readonly refused: number;
  readonly conflict: number;
  readonly unknown: number;
}

/** A random number below a bound. */
export type Pick = (bound: number) => number;

interface Task {
  readonly action: Action;
  readonly start: number;
  readonly fate: Outcome;
  /** Whether the client gives up before the server is done. */
  readonly abandoned: boolean;
  transaction?: Transaction;
  steps?: Generator<void, unknown>;
  answer?: { readonly outcome: Outcome; readonly value: unknown; readonly error?: string };
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

const NODES = ['a', 'b', 'c'];

/**
 * Runs clients against the reference database in random order and records what they saw. Operations whose answer is lost
 * may have been applied, may be applied long after the client went on, or never.
 *
 * @param last actions that one client does after all others have ended; orphaned operations may still be applied between
 */
export function simulate(
  simulation: Simulation,
  act: (pick: Pick, number: number) => Action,
  last: readonly Action[] = [],
): Operation[] {
  const random = randomStream(simulation.seed);
  const pick: Pick = (bound) => Math.floor(random() * bound);
  const run = new Run(simulation, random);
  const clients: (Task | undefined)[] = Array.from({ length: simulation.processes }, () => undefined);
  let begun = 0;
  while (begun < simulation.operations || clients.some((task) => task !== undefined)) {
    const process = pick(simulation.processes);
    const task = clients[process];
    if (task === undefined) {
      if (begun === simulation.operations) continue;
      clients[process] = run.begin(act(pick, begun++));
    } else if (task.answer !== undefined || (task.abandoned && random() < 0.3)) {
      run.finish(process, task);
      clients[process] = undefined;
    } else run.advance(task);
    if (random() < 0.2) run.advanceOrphan();
  }
  for (const action of last) {
    const task = run.begin(action, 'ok');
    while (task.answer === undefined) run.advance(task);
    run.finish(0, task);
    if (random() < 0.5) run.advanceOrphan();
  }
  return run.operations;
}

class Run {
  readonly operations: Operation[] = [];
  readonly #simulation: Simulation;
  readonly #random: () => number;
  readonly #database: Database;
  readonly #orphans: Task[] = [];
  #clock = 0;

  constructor(simulation: Simulation, random: () => number) {
    this.#simulation = simulation;
    this.#random = random;
    this.#database = new Database(simulation.level);
  }

  begin(action: Action, fate = this.#fate()): Task {
    this.#tick();
    return { action, start: this.#clock, fate, abandoned: fate === 'unknown' && this.#random() < 0.5 };
  }

  /** One step on the server; where a transaction happens in one step, all of them. */
  advance(task: Task): void {
    this.#tick();
    const { level } = this.#database;
    task.transaction ??= this.#database.begin(Math.floor(this.#random() * 5));
    task.steps ??= task.action.run(task.transaction);
    const atOnce = level === 'strict-serializable' || level === 'serializable';
    try {
      let step = task.steps.next();
      while (atOnce && !step.done) step = task.steps.next();
      if (step.done) this.#complete(task, step.value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      task.answer = { outcome: 'failed', value: task.action.value, error: error.message };
    }
  }

  advanceOrphan(): void {
    const index = Math.floor(this.#random() * this.#orphans.length);
    const task = this.#orphans[index];
    if (task === undefined) return;
    this.advance(task);
    if (task.answer !== undefined) this.#orphans.splice(index, 1);
  }

  finish(process: number, task: Task): void {
    this.#tick();
    const { action, start, answer } = task;
    if (answer === undefined) this.#orphans.push(task);
    const isLost = task.fate === 'unknown' && (answer === undefined || answer.outcome === 'ok');
    const { outcome, value, error } = isLost || answer === undefined ? lostAnswer(action) : answer;
    const node = NODES[Math.floor(this.#random() * NODES.length)] as string;
    const operation: Writable<Operation> = {
      process,
      f: action.f,
      start,
      end: this.#clock,
      outcome,
      protocol: 'sql',
      node,
    };
    if (action.key !== undefined) operation.key = action.key;
    if (value !== undefined) operation.value = value;
    if (error !== undefined) operation.error = error;
    this.operations.push(operation);
  }

  #complete(task: Task, value: unknown): void {
    const { fate, transaction, action } = task;
    if (fate === 'failed' || fate === 'conflict') task.answer = { outcome: fate, value: action.value, error: 'chance' };
    // Half of the unknown operations never reach the database.
    else if (fate === 'unknown' && this.#random() < 0.5) task.answer = { outcome: 'ok', value: action.value };
    else if (transaction?.commit()) task.answer = { outcome: 'ok', value };
    else task.answer = { outcome: 'conflict', value: action.value, error: 'TransactionConflict' };
  }

  #fate(): Outcome {
    const { refused, conflict, unknown } = this.#simulation;
    const chance = this.#random();
    if (chance < refused) return 'failed';
    if (chance < refused + conflict) return 'conflict';
    return chance < refused + conflict + unknown ? 'unknown' : 'ok';
  }

  /** Clocks have a resolution: now and then two events share a moment. */
  #tick(): void {
    if (this.#random() < 0.9) this.#clock += 1 + Math.floor(this.#random() * 3);
  }
}

const lostAnswer = ({ value }: Action): { outcome: Outcome; value: unknown; error: string } => ({
  outcome: 'unknown',
  value,
  error: 'timeout',
});
