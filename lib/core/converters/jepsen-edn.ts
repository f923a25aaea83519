import { parseEDNString } from 'edn-data';
import type { Operation } from '../history.ts';
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

/**
 * Reads a history of Elle's list-append: `history.edn` of a Jepsen test, or one of Elle's `histories/*.edn`.
 *
 * @returns operations for `checkAppend`
 */
export function readElleHistory(edn: string): Operation[] {
  return joinEvents(eventsOf(edn), (invoked, completed) => ({
    f: 'txn',
    value: (completed?.type === 'ok' ? completed : invoked).value,
  }));
}

/**
 * Reads a Jepsen history of registers (`:read`, `:write`, `:cas`).
 *
 * @param keyed whether values are `[key value]`, as `jepsen.independent` writes them
 * @returns operations for `checkRegister`
 */
export function readJepsenRegisters(edn: string, { keyed }: { keyed: boolean }): Operation[] {
  return joinEvents(eventsOf(edn), (invoked, completed) => readingOf(invoked, completed, keyed));
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
  if (edn.trimStart().startsWith('[')) {
    yield* parse(edn) as EdnEvent[];
    return;
  }
  for (const line of edn.split('\n')) if (/^\s*[{#]/.test(line)) yield parse(line) as EdnEvent;
}

const parse = (edn: string): unknown =>
  parseEDNString(edn, {
    mapAs: 'object',
    listAs: 'array',
    setAs: 'array',
    keywordAs: 'string',
    tagHandlers: { 'jepsen.history.Op': (fields) => fields },
  });
