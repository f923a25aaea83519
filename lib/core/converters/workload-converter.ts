import { given } from '../given.ts';
import type { Operation } from '../history/history.ts';
import { type Context, type Foreign, isPair, READERS, unreadable, type Workload } from './jepsen-workloads.ts';
import { transactionWorkloadOf, workloadOf } from './recognise-workload.ts';

/**
 * Converts operations as they come. Transactions are converted from the first on that writes, because its steps tell the
 * workload: what they were invoked with need not be kept. All others are converted at the end, in place, so that memory holds
 * them in one form only.
 */
export class WorkloadConverter {
  #workload: Workload | undefined;
  #isKnown = false;
  /** Foreign ones until the workload is known. */
  readonly #operations: (Operation | Foreign)[] = [];

  /** @param workload what they are; if absent it is read from the content */
  constructor(workload?: Workload) {
    this.#workload = workload;
  }

  /** @throws HistoryError if the operation is not of this workload */
  add(operation: Foreign): void {
    if (this.#isKnown) {
      this.#operations.push(convert(operation, this.#workload as Workload, NOT_KEYED));
      return;
    }
    this.#operations.push(operation);
    const workload = this.#workload ?? transactionWorkloadOf(operation);
    if (workload !== undefined && READERS[workload].functions === undefined) this.#convertAll(workload);
  }

  /** @throws HistoryError if the content does not tell the workload, or if an operation is not of it */
  end(): { readonly workload: Workload; readonly scenario: string; readonly operations: Operation[] } {
    const workload = this.#workload ?? workloadOf(this.#operations as Foreign[]);
    if (!this.#isKnown) this.#convertAll(workload);
    return { workload, scenario: READERS[workload].scenario, operations: this.#operations as Operation[] };
  }

  #convertAll(workload: Workload): void {
    const foreign = this.#operations as Foreign[];
    const context = workload === 'cas-register' && isKeyed(foreign) ? KEYED : NOT_KEYED;
    for (const [index, operation] of foreign.entries()) this.#operations[index] = convert(operation, workload, context);
    this.#workload = workload;
    this.#isKnown = true;
  }
}

const KEYED: Context = { isKeyed: true };
const NOT_KEYED: Context = { isKeyed: false };

function convert(operation: Foreign, workload: Workload, context: Context): Operation {
  const { functions, read } = READERS[workload];
  if (functions?.includes(operation.f) === false)
    throw unreadable(
      operation,
      `:${operation.f} is not an operation of ${workload}, which has ${functions.map((f) => `:${f}`).join(', ')}`,
    );
  const { process, start, end, outcome } = operation;
  const reading = read(operation, context);
  // Most operations by far, without the spreads that cost more than all the rest.
  if (outcome === 'ok' && end !== undefined && reading.key === undefined)
    return { process, node: '', protocol: '', start, end, outcome, f: reading.f, value: reading.value };
  const { error = operation.error, ...said } = reading;
  return {
    process,
    node: '',
    protocol: '',
    start,
    ...given('end', end),
    outcome,
    ...given('error', error),
    ...said,
  };
}

/** Every value is a pair, and that of a compare-and-set the pair of a key and a pair. */
function isKeyed(operations: readonly Foreign[]): boolean {
  const reads = operations.filter(({ f }) => f === 'read');
  const decisive = reads.length > 0 ? reads : operations;
  return (
    decisive.length > 0 && decisive.every(({ f, invoked }) => isPair(invoked) && (f !== 'cas' || isPair(invoked[1])))
  );
}
