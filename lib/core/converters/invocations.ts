import { HistoryError } from '../history/history.ts';
import type { Outcome } from '../protocols/outcome.ts';

/** An event of a history that keeps invocations and completions apart, as Jepsen's do. */
export interface InvocationEvent<Value> {
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly process: number;
  readonly f: string;
  readonly value: Value;
  /** Milliseconds since the first event, if the history has times. */
  readonly time?: number | undefined;
  readonly error?: string | undefined;
  /** The line of the file, for messages. */
  readonly line: number;
}

/** An operation as another tool recorded it: its value still has that tool's form. */
export interface ForeignOperation<Value> {
  readonly process: number;
  readonly f: string;
  readonly invoked: Value;
  /** Of an `ok` operation. */
  readonly completed?: Value | undefined;
  readonly start: number;
  readonly end?: number;
  readonly outcome: Outcome;
  readonly error?: string | undefined;
  /** The line of its completion if it is `ok`, otherwise of its invocation. */
  readonly line: number;
}

const OUTCOMES: Readonly<Record<'ok' | 'fail' | 'info', Outcome>> = { ok: 'ok', fail: 'failed', info: 'unknown' };

/** One nanosecond, in milliseconds: Jepsen's resolution. */
const TICK = 1e-6;

interface Open<Value> {
  readonly event: InvocationEvent<Value>;
  readonly start: number;
}

/**
 * Joins each invocation with the completion of the same process. What never completed, or completed as `info`, or whose
 * process went on without a completion, is of unknown outcome. The order of the events is the truth: if their times
 * contradict it or are missing, times are moved forward.
 */
export class Invocations<Value> {
  readonly #visit: (operation: ForeignOperation<Value>) => void;
  readonly #open = new Map<number, Open<Value>>();
  /** Lines of the invocations that came while the process had an open operation. */
  readonly #overtaking = new Map<number, number>();
  #clock = 0;
  /** Operations whose process went on without a completion. */
  unanswered = 0;

  /** @param visit receives each operation when it ends, or when its process goes on */
  constructor(visit: (operation: ForeignOperation<Value>) => void) {
    this.#visit = visit;
  }

  /** @throws HistoryError for a completion without an invocation */
  add(event: InvocationEvent<Value>): void {
    this.#clock = Math.max(this.#clock + TICK, event.time ?? this.#clock + 1);
    const { process, type, error, line, f } = event;
    const open = this.#open.get(process);
    if (type === 'invoke') {
      if (open !== undefined) {
        this.unanswered++;
        this.#overtaking.set(process, line);
        this.#visit(unanswered(open));
      }
      this.#open.set(process, { event, start: this.#clock });
      return;
    }
    if (open === undefined) throw new HistoryError(`Line ${line}: ${this.#withoutInvocation(process, f)}`);
    if (open.event.f !== f)
      throw new HistoryError(
        `Line ${line}: a process completes :${f}, but invoked :${open.event.f} in line ${open.event.line}.`,
      );
    this.#open.delete(process);
    this.#visit({
      process,
      f,
      invoked: open.event.value,
      completed: type === 'ok' ? event.value : undefined,
      start: open.start,
      end: this.#clock,
      outcome: OUTCOMES[type],
      error,
      line: type === 'ok' ? line : open.event.line,
    });
  }

  /** Hands over what never completed, when there are no more events. */
  end(): void {
    for (const open of this.#open.values()) this.#visit(unanswered(open));
    this.#open.clear();
  }

  #withoutInvocation(process: number, f: string): string {
    const overtaking = this.#overtaking.get(process);
    return overtaking === undefined
      ? `a process completes :${f}, but the line that invokes it is missing.`
      : `a process completes :${f}, but has no open operation: in line ${overtaking} it invoked another one while its operation was open, and either may be the one that completed first.`;
  }
}

const unanswered = <Value>({ event, start }: Open<Value>): ForeignOperation<Value> => ({
  process: event.process,
  f: event.f,
  invoked: event.value,
  start,
  outcome: 'unknown',
  line: event.line,
});
