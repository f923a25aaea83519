import type { Operation } from '../history/history.ts';

/** Cycles in the dependency graph of transactions (Adya 1999, chapters 3 and 4; Kingsbury and Alvaro 2020, section 4). */
export type CycleKind = 'G0' | 'G1c' | 'G-single' | 'G-nonadjacent' | 'G2-item';

/** What a checker can find, in the field's own terms. docs/explanation/consistency.md says what each one means. */
export type AnomalyKind =
  | CycleKind
  // The same, where the cycle needs the order of one process, or of real time (Elle's names).
  | `${CycleKind}-process`
  | `${CycleKind}-realtime`
  // Transactions, without a cycle.
  | 'G1a'
  | 'G1b'
  | 'internal'
  | 'incompatible order'
  | 'lost update'
  // What was read, booked or kept is not what was written.
  | 'corrupted'
  | 'dirty read'
  | 'duplicate'
  | 'lost'
  | 'not converged'
  | 'stale'
  | 'stale read'
  | 'unexpected'
  // Bank.
  | 'ledger mismatch'
  | 'missing account'
  | 'negative balance'
  | 'refused but booked'
  | 'unexpected account'
  | 'wrong total'
  // Answers of scenarios that know what must come (lib/core/checkers/answers.ts).
  | 'foreign edit'
  | 'leaked draft'
  | 'wrong record'
  // Registers and sessions.
  | 'commit order'
  | 'non-monotonic read'
  | 'non-monotonic write'
  | 'not linearizable'
  | 'read your writes'
  | 'writes follow reads';

/** `unknown` where the history does not suffice, or a limit ended the search. */
export type Validity = 'valid' | 'invalid' | 'unknown';

/** What a checker says of one history. */
export interface CheckVerdict {
  /** The checker's name: `bank`, `register`, … */
  readonly checker: string;
  readonly valid: Validity;
  /** What was looked at: operations, outcomes, keys, and figures of the checker's own. */
  readonly counts: Readonly<Record<string, number>>;
  /** One entry per kind found; empty where nothing was. */
  readonly anomalies: readonly AnomalySummary[];
  /** One plain sentence. */
  readonly explanation: string;
}

/** All findings of one kind. */
export interface AnomalySummary {
  readonly kind: AnomalyKind;
  readonly count: number;
  readonly first: Evidence;
  /** The gravest one, where the kind has a measure and it is not the first. */
  readonly worst?: Evidence;
}

/** The smallest readable excerpt: a sentence with who, where, when and what, and the operations it speaks of. */
export interface Evidence {
  readonly message: string;
  readonly operations: readonly Operation[];
}
