import type { Operation } from '../history/history.ts';
import type { Outcome } from '../protocols/outcome.ts';

/** A history that keeps invocations and completions apart, as Jepsen's do. */
export interface InvocationEvent {
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly process: number;
  readonly f: string;
  readonly value: unknown;
  /** Milliseconds, where the history has times. */
  readonly time?: number;
  readonly error?: string;
}

/** What an event's value says in our terms. */
export interface Reading {
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
  readonly error?: string;
}

const OUTCOMES: Readonly<Record<'ok' | 'fail' | 'info', Outcome>> = { ok: 'ok', fail: 'failed', info: 'unknown' };

/** One nanosecond, in milliseconds: Jepsen's resolution. */
const TICK = 1e-6;

/**
 * Joins each invocation with the completion of the same process. What never completed, or completed as `info`, is unknown.
 * The order of the events is the truth: where their times contradict it or are missing, times are moved forward.
 *
 * @param read an operation from its completed (or else its invoked) value
 */
export function joinEvents(
  events: Iterable<InvocationEvent>,
  read: (invoked: InvocationEvent, completed: InvocationEvent | undefined) => Reading,
): Operation[] {
  const operations: Operation[] = [];
  const open = new Map<number, { readonly event: InvocationEvent; readonly start: number }>();
  let clock = 0;
  for (const event of events) {
    clock = Math.max(clock + TICK, event.time ?? clock + 1);
    const { process, type, error } = event;
    if (type === 'invoke') {
      open.set(process, { event, start: clock });
      continue;
    }
    const invoked = open.get(process);
    if (invoked === undefined) continue;
    open.delete(process);
    const base = { process, node: '', protocol: '', start: invoked.start, end: clock, outcome: OUTCOMES[type] };
    operations.push({ ...base, ...(error === undefined ? {} : { error }), ...read(invoked.event, event) });
  }
  for (const [process, { event, start }] of open)
    operations.push({ process, node: '', protocol: '', start, outcome: 'unknown', ...read(event, undefined) });
  return operations;
}
