import { parseEDNString } from 'edn-data';
import { HistoryError, type Operation } from '../history/history.ts';
import { type InvocationEvent, joinEvents, type Reading } from './events.ts';

/** One event as Jepsen writes it: `{:type :ok, :f :txn, :value [[:append 5 1]], :process 0, :time 32, :index 1}`. */
interface EdnEvent {
  readonly type: InvocationEvent['type'];
  readonly process?: unknown;
  readonly f?: unknown;
  readonly value?: unknown;
  /** Nanoseconds. */
  readonly time?: number;
  readonly error?: unknown;
}

const NANOSECONDS = 1e6;

/** Operations, and the scenario whose checker judges them. */
interface JepsenHistory {
  readonly scenario: 'append' | 'register';
  readonly operations: Operation[];
}

/**
 * Reads a Jepsen history in EDN: `history.edn` of a test, or one of Elle's `histories/*.edn`. Which kind of test it was is seen
 * from its operations: transactions of Elle's list-append, or registers (`:read`, `:write`, `:cas`), of which
 * `jepsen.independent` writes the values as `[key value]`.
 *
 * Format: README of github.com/jepsen-io/history, section Operation Structure.
 *
 * @throws HistoryError where the text is not EDN, or its operations are of another kind
 */
export function readJepsenHistory(edn: string): JepsenHistory {
  const events = [...eventsOf(edn)];
  const invoked = events.filter(({ type }) => type === 'invoke');
  if (invoked.some(isTransaction)) return { scenario: 'append', operations: joinEvents(events, transactionOf) };
  const other = invoked.find(({ f }) => !REGISTER_FUNCTIONS.has(f));
  if (other !== undefined)
    throw new HistoryError(
      `Operations :${other.f} are unknown here. Jepsen histories are read of Elle's list-append (transactions of [:append k v] and [:r k nil]) and of registers (:read, :write, :cas).`,
    );
  const keyed = invoked.some(isKeyed);
  return {
    scenario: 'register',
    operations: joinEvents(events, (event, completed) => readingOf(event, completed, keyed)),
  };
}

const REGISTER_FUNCTIONS: ReadonlySet<string> = new Set(['read', 'write', 'cas']);

const isTransaction = ({ f, value }: InvocationEvent): boolean =>
  f === 'txn' || f === '' || (Array.isArray(value) && value.length > 0 && value.every(Array.isArray));

/** Without keys a read's value is nil, a write's a plain one, and that of a compare-and-set a pair of plain ones. */
const isKeyed = ({ f, value }: InvocationEvent): boolean =>
  Array.isArray(value) && (f !== 'cas' || Array.isArray(value[1]));

function transactionOf(invoked: InvocationEvent, completed: InvocationEvent | undefined): Reading {
  const { value } = completed?.type === 'ok' ? completed : invoked;
  for (const step of Array.isArray(value) ? value : [value])
    if (!Array.isArray(step) || (step[0] !== 'append' && step[0] !== 'r'))
      throw new HistoryError(
        `A transaction holds ${JSON.stringify(step)}, but only [:append k v] and [:r k [...]] are known here: Elle's list-append, not its other tests.`,
      );
  return { f: 'txn', value };
}

function readingOf(invoked: InvocationEvent, completed: InvocationEvent | undefined, keyed: boolean): Reading {
  const { f } = invoked;
  const whole = f === 'read' && completed?.type === 'ok' ? completed.value : invoked.value;
  const [key, value] = keyed ? (whole as [unknown, unknown]) : ['register', whole];
  // A failed compare-and-set says nothing more: as in Knossos, for a client may fail it for other reasons than the value.
  return { f, key: String(key), value };
}

function* eventsOf(edn: string): Iterable<InvocationEvent> {
  for (const { type, process = 0, f, value, time, error } of formsOf(edn)) {
    // The nemesis is no client.
    if (typeof process !== 'number') continue;
    yield {
      type,
      process,
      f: typeof f === 'string' ? f : '',
      value: value ?? null,
      ...(time === undefined || time < 0 ? {} : { time: time / NANOSECONDS }),
      ...(error === undefined || error === null ? {} : { error: JSON.stringify(error) }),
    };
  }
}

/** Jepsen writes one form a line, or one vector of all. */
function* formsOf(edn: string): Iterable<EdnEvent> {
  if (/^(\s*;.*\n)*\s*\[/.test(edn)) {
    const all = parse(edn, 'The vector');
    if (Array.isArray(all)) for (const [index, form] of all.entries()) yield eventFrom(form, `Operation ${index}`);
    return;
  }
  for (const [index, line] of edn.split('\n').entries()) {
    const where = `Line ${index + 1}`;
    if (/^\s*[^\s;]/.test(line)) yield eventFrom(parse(line, where), where);
  }
}

const TYPES: ReadonlySet<unknown> = new Set(['invoke', 'ok', 'fail', 'info']);

function eventFrom(form: unknown, where: string): EdnEvent {
  if (typeof form === 'object' && form !== null && TYPES.has((form as Partial<EdnEvent>).type)) return form as EdnEvent;
  throw new HistoryError(
    `${where} is no operation of Jepsen: expected a map with :type :invoke, :ok, :fail or :info, as {:type :invoke, :f :read, :value nil, :process 0}.`,
  );
}

function parse(edn: string, where: string): unknown {
  try {
    return parseEDNString(edn, {
      mapAs: 'object',
      listAs: 'array',
      setAs: 'array',
      keywordAs: 'string',
      tagHandlers: { 'jepsen.history.Op': (fields) => fields },
    });
  } catch (error) {
    throw new HistoryError(`${where} is not EDN: ${error instanceof Error ? error.message : error}`);
  }
}
