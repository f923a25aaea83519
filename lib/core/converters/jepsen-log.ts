import { HISTORY_VERSION, HistoryError, type Operation } from '../history/history.ts';
import { type ForeignHistory, summaryOf, unansweredNote } from './foreign-history.ts';
import { type ForeignOperation, type InvocationEvent, Invocations } from './invocations.ts';

/** A line about an operation. */
export const JEPSEN_LOG_LINE = /^INFO\s+jepsen\.util - (\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.*)$/;

/**
 * Reads logs of Jepsen's etcd tests, as Porcupine's tests use them: `INFO  jepsen.util - 1	:invoke	:cas	[2 3]`. They are
 * about one register that holds null first. Other lines are the test's own messages: they are left out, and counted.
 *
 * @throws HistoryError if a value is not one of a register
 */
export function readJepsenLog(text: string): ForeignHistory {
  const operations: Operation[] = [];
  const invocations = new Invocations<unknown>((operation) => operations.push(operationOf(operation)));
  let messages = 0;
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const event = eventOf(line, index + 1);
    if (event !== undefined) invocations.add(event);
    else if (line !== '') messages++;
  }
  invocations.end();
  if (operations.length === 0)
    throw new HistoryError('It holds no operation: no line begins with "INFO  jepsen.util - " and a process.');
  return {
    header: { history: HISTORY_VERSION, scenario: 'register', seed: 0, nodes: [] },
    operations,
    damaged: 0,
    summary: summaryOf(
      operations,
      'cas-register',
      { 'lines that are not operations': messages },
      unansweredNote(invocations.unanswered),
    ),
  };
}

function eventOf(text: string, line: number): InvocationEvent<unknown> | undefined {
  const [, process, type, f, value] = JEPSEN_LOG_LINE.exec(text) ?? [];
  if (process === undefined || type === undefined || f === undefined || value === undefined) return undefined;
  const timedOut = value === ':timed-out';
  return {
    process: Number(process),
    // A write that timed out may still be applied, whatever the log calls it.
    type: timedOut ? 'info' : (type as InvocationEvent<unknown>['type']),
    f,
    value: timedOut ? null : registerValue(value, line),
    line,
  };
}

function registerValue(text: string, line: number): unknown {
  const pair = /^\[(nil|-?\d+) (nil|-?\d+)\]$/.exec(text);
  if (pair !== null) return pair.slice(1).map((each) => registerValue(each, line));
  if (text === 'nil') return null;
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new HistoryError(`Line ${line}: "${text}" is not a value of a register; expected a number, nil, or [old new].`);
}

function operationOf({ process, f, invoked, completed, start, end, outcome }: ForeignOperation<unknown>): Operation {
  return {
    process,
    f,
    key: 'register',
    value: f === 'read' && completed !== undefined ? completed : invoked,
    node: '',
    protocol: '',
    start,
    ...(end === undefined ? {} : { end }),
    outcome,
    // etcd's compare-and-set fails for one reason only.
    ...(f === 'cas' && outcome === 'failed' ? { error: 'mismatch' } : {}),
  };
}
