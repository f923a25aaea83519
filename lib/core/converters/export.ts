import { isRuns } from '../checkers/set/runs-of-numbers.ts';
import { type History, HistoryError, type Operation } from '../history/history.ts';
import { printScalar } from './edn/edn-values.ts';

/** Formats that a history can be written in, for other checkers. */
export const EXPORT_FORMATS = ['elle', 'jepsen', 'porcupine', 'dbcop'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How file names of each format end. */
export const EXPORT_SUFFIX: Readonly<Record<ExportFormat, string>> = {
  elle: 'edn',
  jepsen: 'edn',
  porcupine: 'json',
  dbcop: 'json',
};

const NANOSECONDS = 1e6;

/** A value as EDN. */
type Print = (value: unknown) => string;

/** Names and strings of a history of this suite are strings; those of a foreign one are what `scalarOf` made of EDN. */
const PLAIN: Print = (value) => (value === null || value === undefined ? 'nil' : JSON.stringify(value));

/**
 * Writes a history so that others' checkers can judge it: `elle` for transactions over lists and registers, `jepsen` for
 * registers, banks, sets and counters, `porcupine` for registers, `dbcop` for transactions over registers.
 *
 * @param isForeign whether it was read from EDN
 * @returns the text in pieces
 * @throws HistoryError if the format cannot express what was recorded
 */
export function exportHistory(history: History, format: ExportFormat, isForeign: boolean): Iterable<string> {
  const print = isForeign ? printScalar : PLAIN;
  const { scenario } = history.header;
  if (format === 'porcupine' && scenario === 'register') return porcupineLines(history.operations);
  if (format === 'dbcop' && scenario === 'rw-register') return [dbcopText(history.operations)];
  const isTransactional = scenario === 'append' || scenario === 'rw-register';
  if (format === 'elle' && isTransactional) return events(history.operations, transactionValues(print));
  const values = VALUES[scenario];
  if (format === 'jepsen' && isTransactional) return events(history.operations, transactionValues(print));
  if (format === 'jepsen' && values !== undefined) return events(history.operations, values(print));
  throw new HistoryError(
    `A history of ${scenario} cannot be written as ${format}: elle has transactions over lists and registers, jepsen those, registers, banks, sets and counters, porcupine registers, dbcop transactions over registers.`,
  );
}

/** Function and value of an operation, as invoked and as completed. */
interface Texts {
  readonly f: string;
  readonly invoked: string;
  readonly completed: string;
}
type Values = (operation: Operation) => Texts;

const transactionValues =
  (print: Print): Values =>
  ({ value }) => {
    const steps = (value ?? []) as readonly (readonly [string, unknown, unknown])[];
    const text = (hidesReads: boolean): string =>
      `[${steps.map(([f, key, what]) => `[:${f} ${print(key)} ${f === 'r' ? (hidesReads ? 'nil' : printRead(what, print)) : print(what)}]`).join(' ')}]`;
    return { f: 'txn', invoked: text(true), completed: text(false) };
  };

const printRead = (seen: unknown, print: Print): string =>
  Array.isArray(seen) ? `[${seen.map(print).join(' ')}]` : print(seen);

const VALUES: Readonly<Record<string, (print: Print) => Values>> = {
  register:
    (print) =>
    ({ f, key, value }) => {
      const text = Array.isArray(value) && f === 'cas' ? `[${value.map(print).join(' ')}]` : print(value);
      const pair = (what: string): string => `[${print(key)} ${what}]`;
      return { f, invoked: pair(f === 'read' ? 'nil' : text), completed: pair(text) };
    },
  set:
    (print) =>
    ({ f, value }) =>
      f === 'add'
        ? same('add', print(value))
        : { f: 'read', invoked: 'nil', completed: `[${elementsOf(value).map(print).join(' ')}]` },
  counter: (print) => {
    let only: string | undefined;
    return ({ f, key, value }) => {
      only ??= key;
      if (key !== only)
        throw new HistoryError(`Jepsen's counter is one, but this history has several: ${only}, ${key}, …`);
      return f === 'add' ? same('add', print(value)) : { f: 'read', invoked: 'nil', completed: print(value) };
    };
  },
  bank:
    (print) =>
    ({ f, value }) => {
      if (f === 'transfer') {
        const { from, to, amount } = value as Readonly<Record<string, unknown>>;
        return same('transfer', `{:from ${print(from)}, :to ${print(to)}, :amount ${print(amount)}}`);
      }
      const balances = f === 'final-read' ? (value as { balances?: object } | undefined)?.balances : value;
      const pairs = Object.entries((balances ?? {}) as object).map(
        ([account, balance]) => `${print(account)} ${print(balance)}`,
      );
      return { f: 'read', invoked: 'nil', completed: `{${pairs.join(', ')}}` };
    },
};

const same = (f: string, text: string): Texts => ({ f, invoked: text, completed: text });

function elementsOf(value: unknown): readonly unknown[] {
  if (!isRuns(value)) return (value ?? []) as readonly unknown[];
  const elements: number[] = [...(value.duplicates ?? [])];
  for (let at = 0; at < value.runs.length; at += 2)
    for (let element = value.runs[at] as number; element <= (value.runs[at + 1] as number); element++)
      elements.push(element);
  return elements;
}

const TYPES = { ok: 'ok', conflict: 'fail', failed: 'fail', unknown: 'info' } as const;

/** Lines of invocations and completions in order of time. */
function* events(operations: readonly Operation[], valuesOf: Values): Iterable<string> {
  const processes = operations.reduce((most, { process }) => Math.max(most, process), 0) + 1;
  const generations = new Map<number, number>();
  let index = 0;
  for (const { at, isEnd, number } of moments(operations)) {
    const operation = operations[number] as Operation;
    const { process, outcome, error } = operation;
    // Jepsen gives a new number to a process that crashed.
    const name =
      process < 0
        ? `:p${-process}-${generations.get(process) ?? 0}`
        : String(process + processes * (generations.get(process) ?? 0));
    const { f, invoked, completed } = valuesOf(operation);
    const head = `{:index ${index++}, :type :${isEnd ? TYPES[outcome] : 'invoke'}, :process ${name}, :f :${f}`;
    const reason =
      isEnd && outcome !== 'ok' && error !== undefined
        ? `, :error ${error === 'mismatch' ? ':mismatch' : JSON.stringify(error)}`
        : '';
    yield `${head}, :value ${isEnd && outcome === 'ok' ? completed : invoked}, :time ${Math.round(at * NANOSECONDS)}${reason}}\n`;
    if (isEnd && outcome === 'unknown') generations.set(process, (generations.get(process) ?? 0) + 1);
    if (!isEnd && operation.end === undefined) generations.set(process, (generations.get(process) ?? 0) + 1);
  }
}

interface Moment {
  readonly at: number;
  readonly isEnd: boolean;
  readonly number: number;
}

/** Starts and ends in order of time; at one moment starts first, for what touches overlaps, except within a process. */
function moments(operations: readonly Operation[]): Moment[] {
  const all: Moment[] = [];
  for (const number of operations
    .map((_, index) => index)
    .sort((a, b) => (operations[a]?.start ?? 0) - (operations[b]?.start ?? 0))) {
    const { start, end } = operations[number] as Operation;
    all.push({ at: start, isEnd: false, number });
    if (end !== undefined) all.push({ at: end, isEnd: true, number });
  }
  const rank = ({ at, isEnd, number }: Moment): number => {
    const { process, start } = operations[number] as Operation;
    const siblings = startingAt.get(`${process} ${start}`) ?? [];
    const nth = siblings.indexOf(number);
    // Several of one client that take no time follow one another.
    if (isEnd) return start !== at ? 1 : number === siblings.at(-1) ? Number.POSITIVE_INFINITY : 2.5 + nth;
    return nth > 0 || endsAt.get(process)?.has(at) ? 2 + nth : 0;
  };
  /** Operations by client and start, in the order of the history. */
  const startingAt = new Map<string, number[]>();
  for (const [number, { process, start }] of operations.entries()) {
    const siblings = startingAt.get(`${process} ${start}`);
    if (siblings === undefined) startingAt.set(`${process} ${start}`, [number]);
    else siblings.push(number);
  }
  const endsAt = new Map<number, Set<number>>();
  for (const { process, start, end } of operations) {
    if (end === undefined || end === start) continue;
    const times = endsAt.get(process);
    if (times === undefined) endsAt.set(process, new Set([end]));
    else times.add(end);
  }
  return all.sort((a, b) => a.at - b.at || compare(rank(a), rank(b)));
}

/** Infinity less itself is not a number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

/** Operations of Porcupine, one a line; `Input` and `Output` are what `readPorcupineJson` reads. */
function* porcupineLines(operations: readonly Operation[]): Iterable<string> {
  const last = operations.reduce((latest, { start, end = start }) => Math.max(latest, end), 0);
  const ns = (time: number): number => Math.round(time * NANOSECONDS);
  for (const { process, f, key, value, start, end, outcome, error } of operations) {
    const input = { f, key, ...(f === 'read' ? {} : { value: value ?? null }) };
    const output = {
      outcome,
      ...(f === 'read' && outcome === 'ok' ? { value: value ?? null } : {}),
      ...(error === undefined ? {} : { error }),
    };
    // What may take effect at any later time returns after everything else.
    const Return = outcome === 'unknown' || end === undefined ? ns(last) + 1 : ns(end);
    yield `${JSON.stringify({ ClientId: process, Input: input, Call: ns(start), Output: output, Return })}\n`;
  }
}

/** Sessions of transactions (history format of github.com/rnbguy/dbcop); variables and versions are numbered. */
function dbcopText(operations: readonly Operation[]): string {
  const variables = numbering();
  const versions = numbering(1);
  const seen = new Set<string>();
  const steps = ({ value }: Operation) =>
    (value ?? []) as readonly (readonly [string, string | number, string | number | null])[];
  const name = (key: unknown, value: unknown): string => JSON.stringify([key, value]);
  for (const operation of operations)
    if (operation.outcome === 'ok')
      for (const [f, key, value] of steps(operation)) if (f === 'r') seen.add(name(key, value));
  const sessions = new Map<number, unknown[]>();
  for (const operation of [...operations].sort((a, b) => a.start - b.start)) {
    const { process, outcome } = operation;
    // Reads of a transaction without an answer are unknown; its writes count if somebody saw one.
    const events = steps(operation).flatMap(([f, key, value]): object[] => {
      if (f === 'w') return [{ Write: { variable: variables(key), version: versions(name(key, value)) } }];
      return outcome === 'ok'
        ? [{ Read: { variable: variables(key), version: value === null ? null : versions(name(key, value)) } }]
        : [];
    });
    const committed =
      outcome === 'ok' ||
      (outcome === 'unknown' && steps(operation).some(([f, key, value]) => f === 'w' && seen.has(name(key, value))));
    const session = sessions.get(process) ?? [];
    session.push({ events, committed });
    sessions.set(process, session);
  }
  const data = [...sessions.values()];
  const longest = Math.max(0, ...data.map(({ length }) => length));
  const params = { id: 0, n_node: data.length, n_variable: variables.size(), n_transaction: longest, n_event: 0 };
  const when = new Date(0).toISOString();
  return `${JSON.stringify({ params, info: 'exported', start: when, end: when, data })}\n`;
}

/** Numbers names in the order in which they first occur. */
function numbering(first = 0): { (name: unknown): number; size(): number } {
  const numbers = new Map<unknown, number>();
  const numberOf = (name: unknown): number => {
    const number = numbers.get(name) ?? first + numbers.size;
    numbers.set(name, number);
    return number;
  };
  return Object.assign(numberOf, { size: () => numbers.size });
}
