import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBank } from '../../../lib/core/checkers/bank.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { findingsOfChecks } from '../../../lib/core/verdict/check-findings.ts';

const transfer = (id: string, start: number): Operation => ({
  process: 1,
  f: 'transfer',
  value: { id, from: 'a', to: 'b', amount: 1 },
  node: 'surreal-2',
  protocol: 'sql',
  start,
  end: start + 5,
  outcome: 'ok',
});

const finalRead = (node: string, ledger: readonly unknown[]): Operation => ({
  process: 1,
  f: 'final-read',
  value: { balances: { a: 7, b: 13 }, ledger },
  node,
  protocol: 'sql',
  start: 9000,
  end: 9001,
  outcome: 'ok',
});

const row = (id: string) => [id, 'a', 'b', 1];
const LEDGER = [row('t1n0'), row('t1n0'), row('t1n1')];
const HISTORY = [
  transfer('t1n0', 190),
  transfer('t1n1', 300),
  finalRead('surreal-1', LEDGER),
  finalRead('surreal-2', LEDGER),
];

test('a finding says what happened, how often and since when; the precise sentence is its detail', () => {
  const [finding] = findingsOfChecks([checkBank(HISTORY, { initial: { a: 10, b: 10 } })]);
  assert.equal(
    finding?.message,
    'The ledger holds a transfer more than once: 1 of 2 transfers, first t1n0 at 0.19 s on surreal-2.',
  );
  assert.match(
    finding?.detail ?? '',
    /^duplicate \(checker bank\): The ledger of surreal-1 holds transfer t1n0 2 times/,
  );
});

test('a headline does not print the content of a final read', () => {
  const transfers = Array.from({ length: 300 }, (_, index) => transfer(`t1n${index}`, index));
  const ledger = transfers.map(({ value }) => row((value as { id: string }).id));
  const check = checkBank([...transfers, finalRead('surreal-1', ledger)], { initial: { a: 10, b: 10 } });
  const messages = findingsOfChecks([check]).map(({ message }) => message);
  assert.ok(
    messages.includes(
      'At the end a balance differs from the start balance plus the transfers in the ledger: 2 times, first at 9.00 s on surreal-1.',
    ),
    messages.join('\n'),
  );
});

test('an anomaly that every node shows counts once', () => {
  const { anomalies } = checkBank(HISTORY, { initial: { a: 10, b: 10 } });
  assert.deepEqual(
    anomalies.map(({ kind, count }) => [kind, count]),
    [['duplicate', 1]],
  );
});

test('a checker of another release is named by its kind', () => {
  const first = { message: 'It is gone.', operations: [] };
  const check = {
    checker: 'old',
    valid: 'invalid',
    counts: {},
    anomalies: [{ kind: 'gone', count: 2, first }],
  } as const;
  assert.equal(findingsOfChecks([{ ...check, explanation: '' }])[0]?.message, 'gone: 2 times.');
});
