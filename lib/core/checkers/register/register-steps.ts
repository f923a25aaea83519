import type { Operation } from '../../history/history.ts';

export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
/** A compare-and-set that was refused because the register held something else. */
export const MISMATCH = 3;

/** No value: what a write reads, and what a read makes. */
export const NOTHING = -1;

/** The number of a first value that nobody knows: it is whatever the first read takes it to be. */
export const UNDETERMINED = -2;

/** As a first value: a register that may hold anything. */
export const ANYTHING = Symbol('anything');

type Kind = typeof READ | typeof WRITE | typeof CAS | typeof MISMATCH;

/** What an operation says about its register; undefined where it says nothing, as failed reads and refused writes do. */
export function kindOf({ f, outcome, error }: Operation): Kind | undefined {
  if (f === 'read') return outcome === 'ok' ? READ : undefined;
  const kind = f === 'write' ? WRITE : f === 'cas' ? CAS : undefined;
  if (outcome === 'ok' || outcome === 'unknown') return kind;
  return kind === CAS && outcome === 'failed' && error === 'mismatch' ? MISMATCH : undefined;
}

/** The value that an operation needs the register to hold (or, refused, not to hold); undefined for a write. */
export function expectedBy({ f, value }: Operation): unknown {
  if (f === 'read') return value ?? null;
  return f === 'cas' ? (value as readonly unknown[])[0] : undefined;
}

/** The value that an operation leaves in the register; undefined for a read. */
export function madeBy({ f, value }: Operation): unknown {
  if (f === 'write') return value ?? null;
  return f === 'cas' ? (value as readonly unknown[])[1] : undefined;
}

/** The same for equal values, so that they can be looked up whatever a register holds. */
export function identityOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

/** The operations on one register in columns, as the search reads them; values are numbers from 0. */
export class RegisterSteps {
  readonly count: number;
  readonly kinds: Uint8Array;
  /** The value that the register must hold (`READ`, `CAS`), or must not hold (`MISMATCH`); `NOTHING` for a write. */
  readonly expects: Int32Array;
  /** The value that it holds afterwards; `NOTHING` for `READ` and `MISMATCH`. */
  readonly makes: Int32Array;
  /** 0 where the outcome is unknown: it took effect at some time after its start, or never. */
  readonly required: Uint8Array;
  readonly starts: Float64Array;
  /** When it had taken effect at the latest; infinite if nobody knows. */
  readonly ends: Float64Array;
  readonly initial: number;
  readonly #values = new Map<unknown, number>();

  /** @param relaxed writes that are taken as of unknown outcome, whatever is known of them */
  constructor(operations: readonly Operation[], initial: unknown, relaxed?: ReadonlySet<Operation>) {
    const size = operations.length;
    this.kinds = new Uint8Array(size);
    this.expects = new Int32Array(size);
    this.makes = new Int32Array(size);
    this.required = new Uint8Array(size);
    this.starts = new Float64Array(size);
    this.ends = new Float64Array(size);
    this.initial = initial === ANYTHING ? UNDETERMINED : this.#numberOf(initial);
    let count = 0;
    for (const operation of operations) {
      const kind = kindOf(operation);
      if (kind === undefined) continue;
      const isRequired = operation.outcome !== 'unknown' && !relaxed?.has(operation);
      this.kinds[count] = kind;
      this.expects[count] = kind === WRITE ? NOTHING : this.#numberOf(expectedBy(operation));
      this.makes[count] = kind === WRITE || kind === CAS ? this.#numberOf(madeBy(operation)) : NOTHING;
      this.required[count] = isRequired ? 1 : 0;
      this.starts[count] = operation.start;
      this.ends[count] = isRequired ? (operation.end ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
      count++;
    }
    this.count = count;
  }

  get valueCount(): number {
    return this.#values.size;
  }

  #numberOf(value: unknown): number {
    const identity = identityOf(value);
    let number = this.#values.get(identity);
    if (number === undefined) {
      number = this.#values.size;
      this.#values.set(identity, number);
    }
    return number;
  }
}
