/** What the engine answers for one statement of a query. */
export interface Statement {
  readonly status: 'OK' | 'ERR';
  readonly time: string;
  readonly result?: unknown;
  readonly kind?: string;
  readonly details?: unknown;
  readonly type?: unknown;
}

/** How engine 3.0 words a conflict, in every statement of the transaction that it undid. */
const UNDONE = 'Query not executed: Transaction conflict: ';
/** How it words a conflict of a statement that is a transaction of its own. */
const CONFLICT = 'Transaction conflict: ';

const NOT_EXECUTED = 'The query was not executed due to a failed transaction';

const query = (statement: Statement, kind: 'NotExecuted' | 'TransactionConflict', result: string): Statement => ({
  ...statement,
  kind: 'Query',
  details: { kind },
  result,
});

/**
 * Gives conflicts the form that they have since SurrealDB 3.1: typed, once for each transaction, at its COMMIT. Engine
 * 3.0 leaves them untyped, repeats them for each statement, and has no entry for a COMMIT that failed.
 */
export function withTypedConflicts(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((statement, index) => {
    const text = typeof statement.result === 'string' && statement.status === 'ERR' ? statement.result : '';
    if (text.startsWith(CONFLICT))
      return [query(statement, 'TransactionConflict', `There was a problem with the key-value store: ${text}`)];
    if (!text.startsWith(UNDONE)) return [statement];
    const undone = query(statement, 'NotExecuted', NOT_EXECUTED);
    if (statements[index + 1]?.result === text) return [undone];
    const reason = text.replace(UNDONE, CONFLICT);
    return [undone, query({ ...statement, time: '0ns' }, 'TransactionConflict', `Cannot COMMIT: ${reason}`)];
  });
}
