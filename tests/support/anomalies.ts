import assert from 'node:assert/strict';
import type { CheckVerdict } from '../../lib/core/checkers/shared/check-verdict.ts';

/** Asserts that a verdict names these anomalies and no others, each with readable evidence. */
export function assertAnomalies(verdict: CheckVerdict, kinds: readonly string[]): void {
  const found = verdict.anomalies.map(({ kind }) => kind).sort();
  assert.deepEqual(found, [...kinds].sort(), verdict.explanation);
  assert.equal(verdict.valid, kinds.length === 0 ? 'valid' : 'invalid', verdict.explanation);
  for (const { first, count } of verdict.anomalies) {
    assert.ok(first.message.endsWith('.'), `a sentence: ${first.message}`);
    assert.ok(first.operations.length > 0 && count > 0);
  }
}
