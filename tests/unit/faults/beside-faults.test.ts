import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAtomicity } from '../../../lib/core/checkers/atomicity.ts';
import { besideFaults } from '../../../lib/core/faults/beside-faults.ts';
import { transactionId } from '../../../lib/core/workloads/scattered.ts';
import { windowOf } from '../../support/invented-faults.ts';
import { inTurn } from '../../support/operations.ts';

const lost = () =>
  checkAtomicity(inTurn({ f: 'write', key: transactionId(0, 0, 1, 1, 'ab') }, { f: 'final-read', value: [] }));
const messageOf = (...windows: ReturnType<typeof windowOf>[]) =>
  besideFaults([lost()], windows)[0]?.anomalies[0]?.first.message ?? '';

test('an anomaly names the fault that took effect next to it', () => {
  const far = windowOf(500, 600);
  const near = { ...windowOf(3, 40), fault: 'crash:surreal-2@1s+1s' };
  assert.match(
    messageOf(far, near),
    /its records\. Nearest fault: crash:surreal-2@1s\+1s, in effect 2 ms after its answer\.$/,
  );
  assert.match(messageOf(windowOf(0, 40)), /in effect 1 ms before its answer\.$/);
});

test('an anomaly of a run without faults stays as it is', () => {
  const { began: _, ...never } = windowOf(3, 40);
  assert.equal(messageOf(never), lost().anomalies[0]?.first.message);
});
