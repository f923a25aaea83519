import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, Tagged } from '@surrealdb/cbor';
import { CLIENTS } from '../../../lib/core/protocols/clients.ts';
import { classifySql } from '../../../lib/core/protocols/outcome.ts';
import { query, takesQueries, variablesOf } from '../../../lib/core/protocols/request.ts';
import { toCbor } from '../../../lib/core/protocols/rpc-cbor.ts';
import { RPC_FORMATS } from '../../../lib/core/protocols/rpc-formats.ts';
import { bodyOf, receive, rpcRequest } from '../../../lib/core/protocols/rpc-messages.ts';

/** The classified answer to a request, as the transport makes it. */
function answerTo(text: string, isQuery: boolean): unknown {
  const received = receive(text);
  assert.ok(received.id !== undefined);
  return classifySql({ status: 200, body: bodyOf(received, isQuery), error_code: 0 });
}

// Messages of SurrealDB 3.3.5, shortened.
test('the answer to a query is that of /sql', () => {
  const text = '{"id":"7","result":[{"result":[{"a":1}],"status":"OK","time":"1ms","type":null}]}';
  assert.deepEqual(answerTo(text, true), { outcome: 'ok', value: [[{ a: 1 }]] });
  assert.deepEqual(answerTo('{"result":[{"result":1,"status":"OK"}],"id":"7"}', true), { outcome: 'ok', value: [1] });
});

test('what another method answers is the result of one statement', () => {
  assert.deepEqual(answerTo('{"id":"10","result":{"a":1,"id":"t:2"}}', false), {
    outcome: 'ok',
    value: [{ a: 1, id: 't:2' }],
  });
  assert.deepEqual(answerTo('{"id":"11","result":null}', false), { outcome: 'ok', value: [null] });
});

test('an error is classified as that of a statement is', () => {
  const exists =
    '{"error":{"cause":null,"code":-32000,"details":{"details":{"id":"t:2"},"kind":"Record"},"kind":"AlreadyExists","message":"Database record `t:2` already exists"},"id":"9"}';
  assert.deepEqual(answerTo(exists, false), {
    outcome: 'failed',
    kind: 'AlreadyExists',
    message: 'Database record `t:2` already exists',
  });
  const conflict =
    '{"error":{"code":-32009,"details":{"kind":"TransactionConflict"},"kind":"Query","message":"There was a problem with the key-value store: Transaction conflict: Write conflict, retry the transaction. This transaction can be retried"},"id":"31"}';
  assert.equal((answerTo(conflict, false) as { outcome: string }).outcome, 'conflict');
  const internal = '{"error":{"code":-32000,"kind":"Internal","message":"something broke"},"id":"1"}';
  assert.equal((answerTo(internal, true) as { outcome: string }).outcome, 'unknown');
});

test('in CBOR, records are records, and what JSON has no type for becomes its text', () => {
  const request = RPC_FORMATS.cbor.write('3', 'relate', '["t:1","knows","t:2",{"n":1}]') as ArrayBuffer;
  const { params } = decode(new Uint8Array(request)) as { params: unknown[] };
  assert.deepEqual(params, [new Tagged(8, 't:1'), 'knows', new Tagged(8, 't:2'), { n: 1 }]);
  const result = {
    id: new Tagged(8, ['t', 1]),
    at: [new Tagged(12, [1_577_836_800, 0]), new Tagged(12, [1_577_836_800, 1_500_000])],
    uuid: new Tagged(37, new Uint8Array(16).fill(0xab)),
    none: new Tagged(6, null),
    stamp: 117_703_021_281_476_609n,
  };
  const received = RPC_FORMATS.cbor.read(toCbor({ id: '7', result }));
  assert.ok(received.id !== undefined);
  assert.equal(
    bodyOf(received, false),
    '[{"status":"OK","result":{"id":"t:1","at":["2020-01-01T00:00:00Z","2020-01-01T00:00:00.001500Z"],"uuid":"abababab-abab-abab-abab-abababababab","none":null,"stamp":117703021281476609}}]',
  );
});

test('a notification is none of the answers', () => {
  const text = '{"result":{"action":"CREATE","id":"7bc4","record":"t:40","result":{"a":1,"id":"t:40"},"session":"1"}}';
  const received = receive(text);
  assert.ok(received.id === undefined);
  assert.deepEqual([received.notification.action, received.notification.record], ['CREATE', 't:40']);
  assert.throws(() => receive('{"id":"1'), SyntaxError);
});

test('a request is a message with its parameters as they are', () => {
  assert.deepEqual(JSON.parse(rpcRequest('3', 'create', '["t:1",{"a":1}]')), {
    id: '3',
    method: 'create',
    params: ['t:1', { a: 1 }],
  });
});

test('the variables of a query come back from its tail', () => {
  const variables = { a: '1 & 2 = 3', b: '', c: 'ü?#' };
  const { endpoint, tail } = query('RETURN 1', variables);
  assert.ok(takesQueries(endpoint));
  assert.deepEqual(variablesOf(tail), variables);
  assert.deepEqual(variablesOf(''), {});
});

test('what JSON cannot say goes by a query: links to records', () => {
  const linked = { name: 'post', fields: ['title', 'author'], links: ['author'] };
  const { rpc, sql } = CLIENTS;
  const content = { title: 'x', author: 'user:a' };
  assert.equal(rpc.create(linked, 'p1', content).body, sql.create(linked, 'p1', content).body);
  assert.deepEqual(JSON.parse(rpc.merge(linked, 'p1', { title: 'y' }).body ?? ''), ['post:p1', { title: 'y' }]);
  assert.equal(rpc.read(linked, 'p1').endpoint.method, 'select');
});
