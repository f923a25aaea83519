import { HistoryError } from '../history/history.ts';
import type { Outcome } from '../protocols/outcome.ts';

/** An event of a history that keeps invocations and completions apart, as Jepsen's do. */
export interface InvocationEvent<Value> {
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly process: number;
  readonly f: string;
  readonly value: Value;
  /** Milliseconds since the first event, if the history has times. */
  readonly time?: number;
  readonly error?: string;
  /** The line of the file, for messages. */
  readonly line: number;
}

/** An operation as another tool recorded it: its value still has that tool's form. */
export interface ForeignOperation<Value> {
  readonly process: number;
  readonly f: string;
  readonly invoked: Value;
  /** Of an `ok` operation. */
  readonly completed?: Value;
  readonly start: number;
  readonly end?: number;
  readonly outcome: Outcome;
  readonly error?: string;
  /** The line of its completion if it is `ok`, otherwise of its invocation. */
  readonly line: number;
}

const OUTCOMES: Readonly<Record<'ok' | 'fail' | 'info', Outcome>> = { ok: 'ok', fail: 'failed', info: 'unknown' };

/** One nanosecond, in milliseconds: Jepsen's resolution. */
const TICK = 1e-6;

/**
 * Joins each invocation with the completion of the same process. What never completed, or completed as `info`, or whose
 * process went on without a completion, is of unknown outcome. The order of the events is the truth: if their times
 * contradict it or are missing, times are moved forward.
 */
export class Invocations<Value> {
  readonly #operations: ForeignOperation<Value>[] = [];
  readonly #open = new Map<number, { readonly event: InvocationEvent<Value>; readonly start: number }>();
  #clock = 0;
  /** Operations whose process went on without a completion. */
  unanswered = 0;

  /** @throws HistoryError for a completion without an invocation */
  add(event: InvocationEvent<Value>): void {
    this.#clock = Math.max(this.#clock + TICK, event.time ?? this.#clock + 1);
    const { process, type, error, line, f } = event;
    const open = this.#open.get(process);
    if (type === 'invoke') {
      if (open !== undefined) {
        this.unanswered++;
        this.#operations.push(unanswered(open.event, open.start));
      }
      this.#open.set(process, { event, start: this.#clock });
      return;
    }
    if (open === undefined)
      throw new HistoryError(
        `Line ${line}: a process completes :${f} without an open invocation. Its invocation is missing, or was given to two operations at once.`,
      );
    if (open.event.f !== f)
      throw new HistoryError(
        `Line ${line}: a process completes :${f}, but invoked :${open.event.f} in line ${open.event.line}.`,
      );
    this.#open.delete(process);
    this.#operations.push({
      process,
      f,
      invoked: open.event.value,
      ...(type === 'ok' ? { completed: event.value } : {}),
      start: open.start,
      end: this.#clock,
      outcome: OUTCOMES[type],
      ...(error === undefined ? {} : { error }),
      line: type === 'ok' ? line : open.event.line,
    });
  }

  /** All operations, when there are no more events. */
  operations(): ForeignOperation<Value>[] {
    for (const { event, start } of this.#open.values()) this.#operations.push(unanswered(event, start));
    this.#open.clear();
    return this.#operations;
  }
}

const unanswered = <Value>(event: InvocationEvent<Value>, start: number): ForeignOperation<Value> => ({
  process: event.process,
  f: event.f,
  invoked: event.value,
  start,
  outcome: 'unknown',
  line: event.line,
});
