import { HistoryError, type Operation } from '../history/history.ts';
import { EdnMap, EdnSet, type EdnValue, Keyword, nameOf, printEdn, scalarOf } from './edn/edn-values.ts';
import type { ForeignOperation } from './invocations.ts';
import { refused } from './jepsen-events.ts';

/** Workloads of Jepsen and Elle that are read. */
export const WORKLOADS = ['list-append', 'rw-register', 'long-fork', 'bank', 'set', 'counter', 'cas-register'] as const;
export type Workload = (typeof WORKLOADS)[number];

type Foreign = ForeignOperation<EdnValue>;

/** What an operation says in our terms. */
type Reading = Pick<Operation, 'f' | 'key' | 'value'> & { readonly error?: string };

interface Context {
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

const READERS: Readonly<Record<Workload, Reader>> = {
  'list-append': { scenario: 'append', read: (operation) => transactionOf(operation, appendStep) },
  'rw-register': { scenario: 'rw-register', read: (operation) => transactionOf(operation, registerStep) },
  'long-fork': { scenario: 'rw-register', read: (operation) => transactionOf(operation, registerStep) },
  bank: { scenario: 'bank', functions: ['transfer', 'read'], read: bankReading },
  set: { scenario: 'set', functions: ['add', 'read'], read: setReading },
  counter: { scenario: 'counter', functions: ['add', 'read'], read: counterReading },
  'cas-register': { scenario: 'register', functions: ['read', 'write', 'cas'], read: registerReading },
};

/** Converts operations in place, so that memory holds them in one form only. */
export function convertOperations(
  foreign: Foreign[],
  workload: Workload,
): { scenario: string; operations: Operation[] } {
  const { scenario, functions, read } = READERS[workload];
  const context: Context = { isKeyed: workload === 'cas-register' && isKeyed(foreign) };
  const operations = foreign as unknown as Operation[];
  for (let index = 0; index < foreign.length; index++) {
    const operation = foreign[index] as Foreign;
    if (functions?.includes(operation.f) === false)
      throw unreadable(operation, `:${operation.f} is not an operation of ${workload}, which has ${colons(functions)}`);
    const { process, start, end, outcome, error } = operation;
    operations[index] = {
      process,
      node: '',
      protocol: '',
      start,
      ...(end === undefined ? {} : { end }),
      outcome,
      ...(error === undefined ? {} : { error }),
      ...read(operation, context),
    };
  }
  return { scenario, operations };
}

/**
 * Which workload operations are of, by their functions and values.
 * @throws HistoryError if the content does not tell; the message names what was not understood
 */
export function workloadOf(operations: readonly Foreign[]): Workload {
  const transaction = operations.find(({ f, invoked }) => f === 'txn' || isTransaction(invoked));
  if (transaction !== undefined) return transactionWorkload(operations);
  const functions = new Set(operations.map(({ f }) => f));
  const reads = operations.flatMap(({ f, completed }) => (f === 'read' && completed !== undefined ? [completed] : []));
  const fits = (workload: Workload): boolean => [...functions].every((f) => READERS[workload].functions?.includes(f));
  if (fits('bank') && (functions.has('transfer') || reads.some((value) => value instanceof EdnMap))) return 'bank';
  if (fits('set') && reads.some((value) => value instanceof EdnSet)) return 'set';
  if (fits('set') && functions.has('add')) {
    const [read] = reads;
    if (Array.isArray(read)) return 'set';
    if (typeof read === 'number') return 'counter';
    throw new HistoryError(
      'Operations :add may be of a set or of a counter, and no read tells which: name it by --as set or --as counter.',
    );
  }
  if (fits('cas-register')) return 'cas-register';
  const known = new Set(Object.values(READERS).flatMap((reader) => reader.functions ?? []));
  const other = operations.find(({ f }) => !known.has(f)) ?? operations[0];
  throw new HistoryError(
    `${other === undefined ? '' : `Line ${other.line}: :${other.f} is unknown here, or not beside ${colons([...functions].filter((f) => f !== other.f))}. `}Workloads that are read: ${WORKLOADS.join(', ')}. Name one by --as if this is one of them.`,
  );
}

const colons = (functions: readonly string[]): string => functions.map((f) => `:${f}`).join(', ');

function transactionWorkload(operations: readonly Foreign[]): Workload {
  const has = (name: string): boolean =>
    operations.some(({ invoked }) => Array.isArray(invoked) && invoked.some((step) => isStep(step, name)));
  if (has('append')) return 'list-append';
  if (has('w')) return operations.some(({ f }) => f === 'write') ? 'long-fork' : 'rw-register';
  const readsLists = operations.some(
    ({ completed }) =>
      Array.isArray(completed) && completed.some((step) => Array.isArray(step) && Array.isArray(step[2])),
  );
  return readsLists ? 'list-append' : 'rw-register';
}

const isStep = (step: EdnValue, name: string): boolean => Array.isArray(step) && step[0] === Keyword.of(name);

const isTransaction = (value: EdnValue): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((step) => Array.isArray(step) && step[0] instanceof Keyword);

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
const isAnswer = (asked: Steps, answered: Steps): boolean =>
  asked.length === answered.length &&
  asked.every(([f, key, value], index) => {
    const [otherF, otherKey, otherValue] = answered[index] as readonly EdnValue[];
    return f === otherF && same(key, otherKey) && (f === READ || same(value, otherValue));
  });

const same = (one: EdnValue | undefined, other: EdnValue | undefined): boolean =>
  one === other || printEdn(one ?? null) === printEdn(other ?? null);

const READ = Keyword.of('r');
const APPEND = Keyword.of('append');
const WRITE = Keyword.of('w');

function appendStep(step: unknown[], isKnown: boolean, operation: Foreign): void {
  const [f, key = null, value = null] = step as EdnValue[];
  if (f !== APPEND && f !== READ) throw unknownStep(operation, f, 'list-append', '[:append k v] and [:r k [...]]');
  if (f === READ && isKnown && value !== null && !Array.isArray(value))
    throw unreadable(
      operation,
      `the read of ${printEdn(key)} is ${printEdn(value)}, but a list is read as a vector or nil`,
    );
  step[0] = f === READ ? 'r' : 'append';
  step[1] = nameOf(key);
  if (f === APPEND) step[2] = nameOf(value);
  else if (!isKnown) step[2] = null;
  else if (Array.isArray(value)) for (const [index, element] of value.entries()) value[index] = nameOf(element);
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

const unreadable = (operation: Foreign, why: string): HistoryError =>
  refused(operation.line, operation.completed ?? operation.invoked, why);

/** The value of a write: its completion must not tell of another one. */
function writtenBy(operation: Foreign): EdnValue {
  const { invoked, completed = null } = operation;
  if (completed !== null && !same(completed, invoked))
    throw unreadable(operation, `it was invoked with ${printEdn(invoked)}`);
  return invoked;
}

/** Every value is a pair, and that of a compare-and-set the pair of a key and a pair. */
function isKeyed(operations: readonly Foreign[]): boolean {
  const reads = operations.filter(({ f }) => f === 'read');
  const decisive = reads.length > 0 ? reads : operations;
  return (
    decisive.length > 0 && decisive.every(({ f, invoked }) => isPair(invoked) && (f !== 'cas' || isPair(invoked[1])))
  );
}

const isPair = (value: EdnValue | undefined): value is readonly [EdnValue, EdnValue] =>
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
