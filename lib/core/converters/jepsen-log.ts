import { HistoryError, type Operation } from '../history/history.ts';
import { type InvocationEvent, joinEvents, type Reading } from './events.ts';

/** A line about an operation. */
export const JEPSEN_LOG_LINE = /^INFO\s+jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.*)$/;

/**
 * Reads logs of Jepsen's etcd tests, as Porcupine's tests use them: `INFO  jepsen.util - 1	:invoke	:cas	[2 3]`. They are
 * about one register that holds null first. Other lines are skipped.
 *
 * @returns operations for `checkRegister`, all on key `register`
 * @throws HistoryError where a value is none
 */
export function readJepsenLog(text: string): Operation[] {
  return joinEvents(eventsOf(text), readingOf);
}

function* eventsOf(text: string): Iterable<InvocationEvent> {
  for (const [index, line] of text.split('\n').entries()) {
    const [, process, type, f, value] = JEPSEN_LOG_LINE.exec(line) ?? [];
    if (process === undefined || type === undefined || f === undefined || value === undefined) continue;
    const timedOut = value === ':timed-out';
    yield {
      process: Number(process),
      // A write that timed out may still be applied, whatever the log calls it.
      type: timedOut ? 'info' : (type as InvocationEvent['type']),
      f,
      value: timedOut ? null : registerValue(value, index + 1),
    };
  }
}

function registerValue(text: string, line: number): unknown {
  try {
    return JSON.parse(text.replaceAll('nil', 'null').replace(/(\d) (\d)/g, '$1, $2'));
  } catch {
    throw new HistoryError(`Line ${line}: "${text}" is no value of a register; expected a number, nil, or [old new].`);
  }
}

function readingOf(invoked: InvocationEvent, completed: InvocationEvent | undefined): Reading {
  const { f } = invoked;
  const value = f === 'read' && completed !== undefined ? completed.value : invoked.value;
  // etcd's compare-and-set fails for one reason only.
  const mismatch = f === 'cas' && completed?.type === 'fail' ? { error: 'mismatch' } : {};
  return { f, key: 'register', value, ...mismatch };
}
