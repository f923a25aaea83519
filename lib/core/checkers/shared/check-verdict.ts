import type { Operation } from '../../history/history.ts';

/** `unknown` if the history does not suffice, or if a limit ended the search. */
export type Validity = 'valid' | 'invalid' | 'unknown';

/** The verdict of one checker on one history. `Kind`: the anomalies that this checker can find. */
export interface CheckVerdict<Kind extends string = string> {
  /** The checker's name: `bank`, `register`, … */
  readonly checker: string;
  readonly valid: Validity;
  /** What was checked: operations, outcomes, keys, and figures of the checker's own. */
  readonly counts: Readonly<Record<string, number>>;
  /** One entry per kind found; empty if nothing was found. */
  readonly anomalies: readonly AnomalySummary<Kind>[];
  /** One plain sentence. */
  readonly explanation: string;
}

/** All findings of one kind. */
export interface AnomalySummary<Kind extends string = string> {
  readonly kind: Kind;
  readonly count: number;
  readonly first: Evidence;
  /** The gravest one, if the kind has a measure and the gravest is not the first. */
  readonly worst?: Evidence;
}

/**
 * The smallest readable excerpt: a sentence with who, where, when and what, and the operations that it names. The optional
 * fields give the same as data, for pictures; verdicts of earlier releases have none of them. Every number in them is an
 * index of `operations`.
 */
export interface Evidence {
  readonly message: string;
  readonly operations: readonly Operation[];
  /** The record, element or transaction that it is about, if the first operation does not name it or names several. */
  readonly subject?: string;
  /** Transactions that have no order: each edge says that `from` must precede `to`, and the edges form a cycle. */
  readonly cycle?: readonly CycleEdge[];
  /** The two operations that cannot both be right, and the reason in a few words. */
  readonly contradiction?: Contradiction;
  /** Of a register: the longest prefix that has an order, that order, and the operation that fits nowhere after it. */
  readonly linearization?: Linearization;
}

export interface Contradiction {
  readonly earlier: number;
  readonly later: number;
  readonly reason: string;
}

/**
 * Why one transaction precedes another (Adya 1999, section 3.1): `ww` it wrote the version before, `wr` it wrote what the other
 * read, `rw` it did not see what the other wrote; `process` and `realtime` are orders of time.
 */
export interface CycleEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'ww' | 'wr' | 'rw' | 'process' | 'realtime';
  /** The list or register that proves a dependency; absent for orders of time. */
  readonly key?: string | number;
  /** The version that `from` wrote or read (for a list its last element), and the one that `to` wrote or read. */
  readonly versions?: readonly [from: unknown, to: unknown];
}

export interface Linearization {
  /** Each operation of the prefix in an order that explains every answer, with the register's value after it. */
  readonly order: readonly { readonly operation: number; readonly value: unknown }[];
  /** The operation that ends the prefix: no order of all of them explains its answer. */
  readonly stuck: number;
}
