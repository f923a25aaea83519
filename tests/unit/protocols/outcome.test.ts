import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyGraphql, classifySql, type RawAnswer } from '../../../lib/core/protocols/outcome.ts';

// Bodies as SurrealDB 3.3.5 sent them.
const ok = '{"result":[{"id":"foo:1"}],"status":"OK","time":"1ms","type":null}';
const exists =
  '{"details":{"details":{"id":"foo:1"},"kind":"Record"},"kind":"AlreadyExists","result":"Database record `foo:1` already exists","status":"ERR","time":"1ms"}';
const conflict =
  '{"details":{"kind":"TransactionConflict"},"kind":"Query","result":"Transaction conflict: Write conflict. This transaction can be retried","status":"ERR","time":"1ms"}';
const notExecuted =
  '{"details":{"kind":"NotExecuted"},"kind":"Query","result":"The query was not executed due to a failed transaction","status":"ERR","time":"1ms"}';
const commitConflict =
  '{"kind":"Query","result":"Cannot COMMIT: Transaction conflict: Resource busy. This transaction can be retried","status":"ERR","time":"1ms"}';
const commitUnknown =
  '{"kind":"Internal","result":"Cannot COMMIT: The transaction\'s commit outcome is unknown; it may or may not have been applied","status":"ERR","time":"1ms"}';
const cancelled =
  '{"details":{"kind":"Cancelled"},"kind":"Query","result":"The query was not executed due to a cancelled transaction","status":"ERR","time":"0ns","type":null}';
const indexed =
  '{"kind":"Internal","result":"Database index `u` already contains \'a\', with record `uniq:qjqu67fihn00v00r0ne4`","status":"ERR","time":"1ms"}';
const thrown = '{"kind":"Thrown","result":"An error occurred: insufficient","status":"ERR","time":"1ms"}';
const untyped =
  '{"kind":"Internal","result":"There was a problem with the key-value store","status":"ERR","time":"1ms"}';

const http = (status: number, body: string | null, errorCode = 0, error = ''): RawAnswer => ({
  status,
  body,
  error_code: errorCode,
  error,
});
const bare = '{"result":[],"status":"OK","time":"1.763066ms","type":null}';

const SQL: [name: string, RawAnswer, outcome: string, kind?: string][] = [
  ['every statement OK', http(200, `[${ok},${ok}]`), 'ok'],
  ['a write that returns nothing', http(200, `[${bare}]`), 'ok'],
  ['a write that returns nothing beside a failure', http(200, `[${bare},${exists}]`), 'failed', 'AlreadyExists'],
  ['no statement', http(200, '[]'), 'ok'],
  ['a record that exists', http(200, `[${exists}]`), 'failed', 'AlreadyExists'],
  ['one failure among successes', http(200, `[${ok},${exists}]`), 'failed', 'AlreadyExists'],
  ['a conflict', http(200, `[${conflict}]`), 'conflict', 'TransactionConflict'],
  [
    'a conflict that ends a transaction',
    http(200, `[${notExecuted},${conflict},${notExecuted}]`),
    'conflict',
    'TransactionConflict',
  ],
  ['a conflict at COMMIT', http(200, `[${notExecuted},${commitConflict}]`), 'conflict', 'TransactionConflict'],
  ['an unknown COMMIT', http(200, `[${notExecuted},${commitUnknown}]`), 'unknown', 'CommitUnknown'],
  ['a THROW', http(200, `[${notExecuted},${thrown},${notExecuted}]`), 'failed', 'Thrown'],
  ['a THROW that cancels what follows', http(200, `[${notExecuted},${thrown},${cancelled}]`), 'failed', 'Thrown'],
  ['a unique index that holds the key', http(200, `[${indexed}]`), 'failed', 'AlreadyExists'],
  ['an error without a type', http(200, `[${untyped}]`), 'unknown', 'Internal'],
  ['a query that does not parse', http(400, '{"code":400}'), 'failed', 'http400'],
  ['a refused token', http(401, 'There was a problem with authentication'), 'failed', 'auth'],
  ['a server error', http(500, 'oops'), 'unknown', 'http500'],
  ['a gateway time-out', http(504, null), 'unknown', 'http504'],
  ['a body that is not JSON', http(200, '<html>'), 'unknown', 'body'],
  ['a body that breaks off after its status', http(200, `[${bare}]`.slice(0, -9)), 'unknown', 'body'],
  ['a body that is not a list', http(200, '{}'), 'unknown', 'body'],
  ['a time-out', http(0, null, 1050), 'unknown', 'timeout'],
  ['a dial that takes too long', http(0, null, 1211), 'failed', 'timeout'],
  ['a reset connection', http(0, null, 1220), 'unknown', 'reset'],
  ['a broken pipe', http(0, null, 1201), 'unknown', 'reset'],
  ['a connection that was closed', http(0, null, 1000, 'EOF'), 'unknown', 'reset'],
  ['any other trouble with the network', http(0, null, 1000, 'malformed HTTP response'), 'unknown', 'connection'],
  ['a host that is not found', http(0, null, 1101), 'failed', 'connection'],
  ['a refused connection', http(0, null, 1212), 'failed', 'refused'],
];

for (const [name, answer, outcome, kind] of SQL)
  test(`/sql: ${name} is ${outcome}`, () => {
    const classified = classifySql(answer);
    assert.equal(classified.outcome, outcome);
    if (classified.outcome !== 'ok') assert.equal(classified.kind, kind);
  });

test('/sql: values are those of the statements in order', () => {
  assert.deepEqual(classifySql(http(200, '[{"status":"OK","result":1},{"status":"OK","result":[]}]')), {
    outcome: 'ok',
    value: [1, []],
  });
});

const GRAPHQL: [name: string, RawAnswer, outcome: string][] = [
  ['data', http(200, '{"data":{"createPost":{"id":"post:1"}}}'), 'ok'],
  [
    'an existing id',
    http(
      200,
      '{"data":null,"errors":[{"message":"Internal Error: Query execution failed: Database record `p:1` already exists"}]}',
    ),
    'failed',
  ],
  [
    'a conflict',
    http(
      200,
      '{"data":null,"errors":[{"message":"Internal Error: Transaction conflict. This transaction can be retried"}]}',
    ),
    'conflict',
  ],
  [
    'an unknown field',
    http(200, '{"data":null,"errors":[{"message":"Unknown field \\"x\\" on type \\"post\\""}]}'),
    'failed',
  ],
  ['an internal error', http(200, '{"data":null,"errors":[{"message":"Internal Error: store"}]}'), 'unknown'],
  ['a time-out', http(0, null, 1050), 'unknown'],
  ['neither data nor errors', http(200, '{}'), 'unknown'],
];

for (const [name, answer, outcome] of GRAPHQL)
  test(`/graphql: ${name} is ${outcome}`, () => assert.equal(classifyGraphql(answer).outcome, outcome));
