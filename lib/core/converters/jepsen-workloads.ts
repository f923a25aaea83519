import type { HistoryError, Operation } from '../history/history.ts';
import { EdnMap, EdnSet, type EdnValue, Keyword, nameOf, printEdn, scalarOf } from './edn/edn-values.ts';
import type { ForeignOperation } from './invocations.ts';
import { refused } from './jepsen-events.ts';

/** Workloads of Jepsen and Elle that are read. */
export const WORKLOADS = ['list-append', 'rw-register', 'long-fork', 'bank', 'set', 'counter', 'cas-register'] as const;
export type Workload = (typeof WORKLOADS)[number];

export type Foreign = ForeignOperation<EdnValue>;

/** What an operation says in our terms. */
export type Reading = Pick<Operation, 'f' | 'key' | 'value'> & { readonly error?: string };

export interface Context {
  /** Whether values are `[key value]`, as `jepsen.independent` writes them. */
  readonly isKeyed: boolean;
}

interface Reader {
  /** The scenario whose checker judges it. */
  readonly scenario: string;
  /** Functions of its operations; undefined for transactions, whose steps say what they are. */
  readonly functions?: readonly string[];
  /** @throws HistoryError if the operation is not of this workload */
  readonly read: (operation: Foreign, context: Context) => Reading;
}

export const READERS: Readonly<Record<Workload, Reader>> = {
  'list-append': { scenario: 'append', read: (operation) => transactionOf(operation, appendStep) },
  'rw-register': { scenario: 'rw-register', read: (operation) => transactionOf(operation, registerStep) },
  'long-fork': { scenario: 'rw-register', read: (operation) => transactionOf(operation, registerStep) },
  bank: { scenario: 'bank', functions: ['transfer', 'read'], read: bankReading },
  set: { scenario: 'set', functions: ['add', 'read'], read: setReading },
  counter: { scenario: 'counter', functions: ['add', 'read'], read: counterReading },
  'cas-register': { scenario: 'register', functions: ['read', 'write', 'cas'], read: registerReading },
};

type Steps = readonly (readonly EdnValue[])[];
/** Turns a step into one of ours, in place: a history of a million transactions has no room for two copies. */
type StepReader = (step: unknown[], isKnown: boolean, operation: Foreign) => void;

/** An acknowledged transaction as it was answered, any other as it was asked for. */
function transactionOf(operation: Foreign, read: StepReader): Reading {
  const { invoked, completed } = operation;
  const asked = stepsOf(operation, invoked);
  const answered = completed === undefined ? asked : stepsOf(operation, completed);
  if (answered !== asked && !isAnswer(asked, answered))
    throw unreadable(operation, `its completion ${printEdn(completed as EdnValue)} is that of another transaction`);
  for (const step of answered) read(step as unknown[], completed !== undefined, operation);
  return { f: 'txn', value: answered };
}

function stepsOf(operation: Foreign, value: EdnValue): Steps {
  if (Array.isArray(value) && value.every((step) => Array.isArray(step) && step.length === 3)) return value as Steps;
  throw unreadable(operation, 'a transaction is a vector of steps of three, such as [[:append 1 2] [:r 1 nil]]');
}

/** Whether the steps are the same but for what reads saw. */
function isAnswer(asked: Steps, answered: Steps): boolean {
  if (asked.length !== answered.length) return false;
  for (let index = 0; index < asked.length; index++) {
    const one = asked[index] as readonly EdnValue[];
    const other = answered[index] as readonly EdnValue[];
    if (one[0] !== other[0] || !same(one[1], other[1]) || (one[0] !== READ && !same(one[2], other[2]))) return false;
  }
  return true;
}

const same = (one: EdnValue | undefined, other: EdnValue | undefined): boolean =>
  one === other || printEdn(one ?? null) === printEdn(other ?? null);

const READ = Keyword.of('r');
const APPEND = Keyword.of('append');
const WRITE = Keyword.of('w');

function appendStep(step: unknown[], isKnown: boolean, operation: Foreign): void {
  const f = step[0];
  const key = step[1] as EdnValue;
  const value = step[2] as EdnValue;
  if (f !== APPEND && f !== READ)
    throw unknownStep(operation, f as EdnValue, 'list-append', '[:append k v] and [:r k [...]]');
  if (f === READ && isKnown && value !== null && !Array.isArray(value))
    throw unreadable(
      operation,
      `the read of ${printEdn(key)} is ${printEdn(value)}, but a list is read as a vector or nil`,
    );
  step[0] = f === READ ? 'r' : 'append';
  step[1] = nameOf(key);
  if (f === APPEND) step[2] = nameOf(value);
  else if (!isKnown) step[2] = null;
  else if (Array.isArray(value))
    for (let index = 0; index < value.length; index++)
      if (typeof value[index] !== 'number') value[index] = nameOf(value[index]);
}

function registerStep(step: unknown[], isKnown: boolean, operation: Foreign): void {
  const [f, key, value] = step as EdnValue[];
  if (f !== READ && f !== WRITE) throw unknownStep(operation, f, 'rw-register', '[:w k v] and [:r k v]');
  step[0] = f === READ ? 'r' : 'w';
  step[1] = nameOf(key ?? null);
  step[2] = f === READ && (!isKnown || value === null) ? null : nameOf(value ?? null);
}

const unknownStep = (operation: Foreign, f: EdnValue | undefined, workload: Workload, steps: string): HistoryError =>
  unreadable(operation, `${printEdn(f ?? null)} is not a step of ${workload}, which has ${steps}`);

export const unreadable = (operation: Foreign, why: string): HistoryError =>
  refused(operation.line, operation.completed ?? operation.invoked, why);

/** The value of a write: its completion must not tell of another one. */
function writtenBy(operation: Foreign): EdnValue {
  const { invoked, completed = null } = operation;
  if (completed !== null && !same(completed, invoked))
    throw unreadable(operation, `it was invoked with ${printEdn(invoked)}`);
  return invoked;
}

export const isPair = (value: EdnValue | undefined): value is readonly [EdnValue, EdnValue] =>
  Array.isArray(value) && value.length === 2;

function registerReading(operation: Foreign, context: Context): Reading {
  const { f, completed } = operation;
  const whole = f === 'read' ? (completed ?? operation.invoked) : writtenBy(operation);
  if (context.isKeyed && !isPair(whole)) throw unreadable(operation, 'other values are [key value]');
  const [key, value] = context.isKeyed ? (whole as readonly [EdnValue, EdnValue]) : ['register', whole];
  const register = String(nameOf(key));
  // A failed compare-and-set says nothing more, as in Knossos, because a client may fail it for other reasons than the value;
  // only what this suite exports says that the value was the reason.
  if (f !== 'cas') return { f, key: register, value: scalarOf(value) };
  if (!isPair(value)) throw unreadable(operation, 'a compare-and-set has the value [old new]');
  const refusedByValue = operation.outcome === 'failed' && operation.error === ':mismatch';
  return { f, key: register, value: value.map(scalarOf), ...(refusedByValue ? { error: 'mismatch' } : {}) };
}

function setReading(operation: Foreign): Reading {
  const { f, completed } = operation;
  if (f === 'add') return { f, value: nameOf(writtenBy(operation)) };
  if (completed === undefined) return { f };
  const items = completed instanceof EdnSet ? completed.items : completed;
  if (!Array.isArray(items)) throw unreadable(operation, 'a set is read as a set, a vector or a list');
  return { f, value: items.map(nameOf) };
}

function counterReading(operation: Foreign): Reading {
  const { f, completed } = operation;
  const value = f === 'add' ? writtenBy(operation) : (completed ?? null);
  if (value === null && f === 'read') return { f, key: 'counter', value: null };
  return { f, key: 'counter', value: numberOf(operation, value, 'a counter holds whole numbers') };
}

function numberOf(operation: Foreign, value: EdnValue, why: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw unreadable(operation, `${why} up to 2^53, not ${printEdn(value)}`);
}

function bankReading(operation: Foreign): Reading {
  const { f, completed, line } = operation;
  if (f === 'transfer') {
    const { from, to, amount } = Object.fromEntries(
      fieldsOf(operation, writtenBy(operation), (key) => printEdn(key).replace(/^:/, '')),
    );
    if (from === undefined || to === undefined || amount === undefined)
      throw unreadable(operation, 'a transfer has the value {:from a, :to b, :amount n}');
    return {
      f,
      value: {
        id: line,
        from: String(nameOf(from)),
        to: String(nameOf(to)),
        amount: numberOf(operation, amount, 'amounts are whole numbers'),
      },
    };
  }
  if (completed === undefined) return { f };
  const balances = fieldsOf(operation, completed, (key) => String(nameOf(key)));
  return {
    f,
    value: Object.fromEntries(
      balances.map(([account, balance]) => [
        account,
        balance === null ? null : numberOf(operation, balance, 'balances are whole numbers'),
      ]),
    ),
  };
}

function fieldsOf(operation: Foreign, value: EdnValue, nameField: (key: EdnValue) => string): [string, EdnValue][] {
  if (!(value instanceof EdnMap)) throw unreadable(operation, 'a bank is read and changed by maps');
  const fields: [string, EdnValue][] = [];
  for (let at = 0; at < value.entries.length; at += 2)
    fields.push([nameField(value.entries[at] as EdnValue), value.entries[at + 1] as EdnValue]);
  return fields;
}

/**
 * The balances before the first transfer: a history of Jepsen does not hold them. The total that most reads show counts, with
 * the accounts and balances of the first read that shows it.
 */
export function balancesOf(operations: readonly Operation[]): Readonly<Record<string, number>> | undefined {
  const totals = new Map<number, { count: number; readonly balances: Readonly<Record<string, number>> }>();
  for (const { f, outcome, value } of operations) {
    if (f !== 'read' || outcome !== 'ok') continue;
    const balances = value as Readonly<Record<string, number>>;
    const total = Object.values(balances).reduce((sum, balance) => sum + balance, 0);
    const known = totals.get(total);
    if (known === undefined) totals.set(total, { count: 1, balances });
    else known.count++;
  }
  return [...totals.values()].reduce<
    { count: number; readonly balances: Readonly<Record<string, number>> } | undefined
  >((most, each) => (most === undefined || each.count > most.count ? each : most), undefined)?.balances;
}
