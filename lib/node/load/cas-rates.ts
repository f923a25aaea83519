import type { CheckVerdict } from '../../core/checkers/verdict.ts';
import type { Operation } from '../../core/history/history.ts';

/** Adds how compare-and-sets ended to what the register checker counted. */
export function withCasRates(verdict: CheckVerdict, operations: readonly Operation[]): CheckVerdict {
  const all = operations.filter(({ f }) => f === 'cas');
  const won = all.filter(({ outcome }) => outcome === 'ok').length;
  const mismatched = all.filter(({ error }) => error === 'mismatch').length;
  const retried = all.filter(({ attempts = 1 }) => attempts > 1).length;
  return {
    ...verdict,
    counts: { ...verdict.counts, 'cas won': won, 'cas mismatched': mismatched, 'cas that met conflicts': retried },
  };
}
