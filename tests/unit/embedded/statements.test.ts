import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Statement, withTypedConflicts } from '../../../lib/node/embedded/statements.ts';

const REASON = 'Transaction conflict: Write conflict, retry the transaction. This transaction can be retried';
const done: Statement = { status: 'OK', time: '1µs', result: 1 };
const undone: Statement = { status: 'ERR', time: '2µs', kind: 'Internal', result: `Query not executed: ${REASON}` };

const kinds = (statements: Statement[]) =>
  statements.map(({ details }) => (details as { kind?: string })?.kind ?? 'none');

test('what has no conflict stays as it is', () => {
  const thrown: Statement = { status: 'ERR', time: '1µs', kind: 'Thrown', result: 'An error occurred: x' };
  const text: Statement = { ...done, result: REASON };
  assert.deepEqual(withTypedConflicts([done, thrown, text]), [done, thrown, text]);
});

test('a transaction that lost tells its conflict once, at its COMMIT', () => {
  const [begin, first, second, commit, after] = withTypedConflicts([done, undone, undone, done]);
  assert.deepEqual(kinds([first, second, commit] as Statement[]), [
    'NotExecuted',
    'NotExecuted',
    'TransactionConflict',
  ]);
  assert.deepEqual([begin, after], [done, done]);
  assert.equal(commit?.result, `Cannot COMMIT: ${REASON}`);
});

test('of two transactions that lost, each tells it', () => {
  const answer = withTypedConflicts([done, undone, done, undone]);
  assert.deepEqual(kinds(answer), [
    'none',
    'NotExecuted',
    'TransactionConflict',
    'none',
    'NotExecuted',
    'TransactionConflict',
  ]);
});

test('a statement that is a transaction of its own tells its conflict', () => {
  const [lost] = withTypedConflicts([{ ...undone, kind: 'Query', details: { kind: 'NotExecuted' }, result: REASON }]);
  assert.deepEqual(lost, {
    status: 'ERR',
    time: '2µs',
    kind: 'Query',
    details: { kind: 'TransactionConflict' },
    result: `There was a problem with the key-value store: ${REASON}`,
  });
});
