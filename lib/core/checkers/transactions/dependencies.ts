import type { Operation } from '../../history/history.ts';

/** Types of dependencies between transactions (Adya 1999, section 3.1), and of order between them, as bits. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;

export const ABORTED = 0;
export const COMMITTED = 1;
/** Of unknown outcome, and nobody saw it: it may have been applied, or be applied later. */
export const MAYBE = 2;

/** Transactions, numbered, with what became of each. */
export interface Transactions {
  readonly transactions: readonly Operation[];
  readonly outcomes: Uint8Array;
}

export function outcomesOf(transactions: readonly Operation[]): Uint8Array {
  return Uint8Array.from(transactions, ({ outcome }) =>
    outcome === 'ok' ? COMMITTED : outcome === 'unknown' ? MAYBE : ABORTED,
  );
}
