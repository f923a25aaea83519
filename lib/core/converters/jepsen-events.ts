import { HistoryError } from '../history/history.ts';
import { EdnMap, type EdnValue, Keyword, printEdn } from './edn/edn-values.ts';
import type { InvocationEvent } from './invocations.ts';

const TYPES: ReadonlySet<string> = new Set(['invoke', 'ok', 'fail', 'info']);
const [TYPE, PROCESS, F, VALUE, TIME, ERROR, NEMESIS] = [
  'type',
  'process',
  'f',
  'value',
  'time',
  'error',
  'nemesis',
].map(Keyword.of);

const NANOSECONDS = 1e6;
/** Longer forms and errors are cut in messages. */
const SHOWN = 160;
const NAMES_SHOWN = 5;

export type EdnEvent = InvocationEvent<EdnValue>;

/**
 * Reads events as Jepsen writes them: `{:type :ok, :f :txn, :value [[:append 5 1]], :process 0, :time 32, :index 1}` (README of
 * github.com/jepsen-io/history, section Operation Structure).
 */
export class JepsenEvents {
  /** Processes that are not whole numbers get negative ones. */
  readonly #named = new Map<string, number>();
  #firstTime: bigint | undefined;
  /** Events of the nemesis, which are not operations. */
  nemesis = 0;
  invocations = 0;

  /**
   * @returns undefined for an event of the nemesis
   * @throws HistoryError if the form is not an event, with line and form
   */
  read(form: EdnValue, line: number): EdnEvent | undefined {
    if (!(form instanceof EdnMap)) throw notAnEvent(form, line);
    let type: EdnValue = null;
    let process: EdnValue = null;
    let f: EdnValue = null;
    let value: EdnValue = null;
    let time: EdnValue = null;
    let error: EdnValue = null;
    const { entries } = form;
    for (let at = 0; at < entries.length; at += 2) {
      const content = entries[at + 1] as EdnValue;
      switch (entries[at]) {
        case TYPE:
          type = content;
          break;
        case PROCESS:
          process = content;
          break;
        case F:
          f = content;
          break;
        case VALUE:
          value = content;
          break;
        case TIME:
          time = content;
          break;
        case ERROR:
          error = content;
          break;
      }
    }
    if (!(type instanceof Keyword) || !TYPES.has(type.name)) throw notAnEvent(form, line);
    if (process === NEMESIS) {
      this.nemesis++;
      return undefined;
    }
    if (process === null) throw refused(line, form, ':process is missing');
    if (type.name === 'invoke') this.invocations++;
    return {
      type: type.name as EdnEvent['type'],
      process: this.#processNumber(process),
      f: functionOf(f, form, line),
      value,
      line,
      time: this.#milliseconds(time, form, line),
      error: error === null ? undefined : cut(printEdn(error)),
    };
  }

  /** Which number stands for which process that has another name. */
  namesNote(): string[] {
    const names = [...this.#named].slice(0, NAMES_SHOWN).map(([name, number]) => `${name} is ${number}`);
    if (names.length === 0) return [];
    const more = this.#named.size - names.length;
    return [`processes with names: ${names.join(', ')}${more > 0 ? `, and ${more} more` : ''}`];
  }

  #processNumber(process: EdnValue): number {
    if (typeof process === 'number' && Number.isInteger(process) && process >= 0) return process;
    const name = printEdn(process);
    let number = this.#named.get(name);
    if (number === undefined) {
      number = -1 - this.#named.size;
      this.#named.set(name, number);
    }
    return number;
  }

  /** Times count from the first: nanoseconds since 1970 are beyond what a number holds exactly. */
  #milliseconds(time: EdnValue, form: EdnValue, line: number): number | undefined {
    if (time === null || time === -1) return undefined;
    if (typeof time !== 'bigint' && !(typeof time === 'number' && Number.isInteger(time)))
      throw refused(line, form, `:time must be a whole number of nanoseconds, not ${printEdn(time)}`);
    this.#firstTime ??= Number(time) < 2 ** 50 ? 0n : BigInt(time);
    if (typeof time === 'number' && this.#firstTime === 0n) return time / NANOSECONDS;
    return Number(BigInt(time) - this.#firstTime) / NANOSECONDS;
  }
}

function functionOf(f: EdnValue, form: EdnValue, line: number): string {
  if (f === null) return 'txn';
  if (f instanceof Keyword) return f.name;
  if (typeof f === 'string') return f;
  throw refused(line, form, `:f must be a keyword, not ${printEdn(f)}`);
}

const notAnEvent = (form: EdnValue, line: number): HistoryError =>
  refused(
    line,
    form,
    'it is not an operation of Jepsen: expected a map with :type :invoke, :ok, :fail or :info, such as {:type :invoke, :f :read, :value nil, :process 0}',
  );

/** Why a form cannot be read, with its line and the form itself. */
export const refused = (line: number, form: EdnValue, why: string): HistoryError =>
  new HistoryError(`Line ${line}: ${cut(printEdn(form))} cannot be read: ${why}.`);

const cut = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);
