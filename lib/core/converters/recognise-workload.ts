import { HistoryError } from '../history/history.ts';
import { EdnMap, EdnSet, type EdnValue, Keyword } from './edn/edn-values.ts';
import { type Foreign, READERS, WORKLOADS, type Workload } from './jepsen-workloads.ts';

/**
 * Which workload operations are of, by their functions and values; none of them is a transaction that writes.
 * @throws HistoryError if the content does not tell; the message names what was not understood
 */
export function workloadOf(operations: readonly Foreign[]): Workload {
  if (operations.some(isTransactional)) return readsLists(operations) ? 'list-append' : 'rw-register';
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

/** Which workload a transaction is of, if one of its steps writes. */
export function transactionWorkloadOf(operation: Foreign): Workload | undefined {
  if (!isTransactional(operation) || !Array.isArray(operation.invoked)) return undefined;
  if (operation.invoked.some((step) => isStep(step, APPEND))) return 'list-append';
  if (!operation.invoked.some((step) => isStep(step, WRITE))) return undefined;
  return operation.f === 'write' ? 'long-fork' : 'rw-register';
}

const readsLists = (operations: readonly Foreign[]): boolean =>
  operations.some(
    ({ completed }) =>
      Array.isArray(completed) && completed.some((step) => Array.isArray(step) && Array.isArray(step[2])),
  );

const APPEND = Keyword.of('append');
const WRITE = Keyword.of('w');

const isStep = (step: EdnValue, name: Keyword): boolean => Array.isArray(step) && step[0] === name;

const isTransactional = ({ f, invoked }: Foreign): boolean => f === 'txn' || isTransaction(invoked);

const isTransaction = (value: EdnValue): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((step) => Array.isArray(step) && step[0] instanceof Keyword);
