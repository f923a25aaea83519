import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLIENTS, scanFrom } from '../../../lib/core/protocols/clients.ts';
import type { RawAnswer } from '../../../lib/core/protocols/outcome.ts';
import { mapRequest, query, type Request, understood } from '../../../lib/core/protocols/request.ts';
import type { TableShape } from '../../../lib/core/verdict/table-shape.ts';
import { entry } from '../../../lib/core/workloads/accounts.ts';

const POSTS: TableShape = { name: 'post', fields: ['title', 'author'], links: ['author'] };
const CONTENT = { title: 'a "quoted" title', author: 'user:a1' };

const answered = (value: unknown): RawAnswer => ({ status: 200, body: JSON.stringify(value), error_code: 0 });
const statement = (result: unknown): RawAnswer => answered([{ status: 'OK', result }]);
const sent = ({ endpoint, tail, body }: Request<unknown>): unknown[] => [
  endpoint.method,
  endpoint.transport === 'http' ? endpoint.path + tail : endpoint.protocol,
  body,
];

test('SurrealQL: one statement a request, links as links', () => {
  const { sql } = CLIENTS;
  assert.deepEqual(sent(sql.create(POSTS, 'p1', CONTENT)), [
    'POST',
    '/sql',
    String.raw`CREATE post:p1 CONTENT {"title":"a \"quoted\" title","author":user:a1} RETURN NONE`,
  ]);
  assert.equal(sql.read(POSTS, 'p1').body, 'SELECT * FROM post:p1');
  assert.equal(sql.merge(POSTS, 'p1', { title: 'b' }).body, 'UPDATE post:p1 MERGE {"title":"b"}');
  assert.equal(sql.replace(POSTS, 'p1', { title: 'b' }).body, 'UPDATE post:p1 CONTENT {"title":"b"}');
  assert.equal(sql.remove(POSTS, 'p1').body, 'DELETE post:p1');
  assert.equal(
    sql.list(POSTS, { start: 2, limit: 10, where: { title: 'b' } }).body,
    'SELECT * FROM post WHERE title = "b" ORDER BY id LIMIT 10 START 2',
  );
  assert.equal(scanFrom(POSTS, 'p1', 5).body, 'SELECT * FROM post:p1.. LIMIT 5');
});

test('REST: a method for each way to write, the record in the path', () => {
  const { rest } = CLIENTS;
  assert.deepEqual(sent(rest.insert('post', 'p1', '{"title":"b"}')), ['POST', '/key/post/p1', '{"title":"b"}']);
  assert.deepEqual(sent(rest.read(POSTS, 'p1')), ['GET', '/key/post/p1', null]);
  assert.deepEqual(sent(rest.replace(POSTS, 'p1', { title: 'b' })), ['PUT', '/key/post/p1', '{"title":"b"}']);
  assert.deepEqual(sent(rest.merge(POSTS, 'p1', { title: 'b' })), ['PATCH', '/key/post/p1', '{"title":"b"}']);
  assert.deepEqual(sent(rest.remove(POSTS, 'p1')), ['DELETE', '/key/post/p1', null]);
  assert.deepEqual(sent(rest.list(POSTS, { start: 2, limit: 10 })), ['GET', '/key/post?limit=10&start=2', null]);
});

test('GraphQL: values go as variables, and every field is selected', () => {
  const { graphql } = CLIENTS;
  const bodyOf = ({ body }: Request<unknown>) => JSON.parse(body ?? '') as { query: string; variables: unknown };
  assert.deepEqual(bodyOf(graphql.create(POSTS, 'p1', CONTENT)), {
    query: 'mutation($data: CreatePostInput!) { createPost(data: $data) { id } }',
    variables: { data: { id: 'p1', ...CONTENT } },
  });
  assert.deepEqual(bodyOf(graphql.read(POSTS, 'p1')), {
    query: 'query($id: ID!) { row: post(id: $id) { id title author { id } } }',
    variables: { id: 'p1' },
  });
  const unfiltered = bodyOf(graphql.list(POSTS, { start: 0, limit: 2 }));
  assert.ok(!unfiltered.query.includes('filter'), 'an empty filter is refused by the server');
  assert.deepEqual(bodyOf(graphql.list(POSTS, { start: 0, limit: 2, where: { title: 'b' } })).variables, {
    start: 0,
    limit: 2,
    filter: { title: { eq: 'b' } },
  });
});

test('a record reads the same by every protocol', () => {
  const row = { id: 'p1', title: 'b', author: 'user:a1' };
  const stored = { ...row, id: 'post:p1' };
  const answers = {
    sql: statement([stored]),
    rest: statement([stored]),
    graphql: answered({ data: { row: { ...stored, author: { id: 'user:a1' } } } }),
  } as const;
  for (const [protocol, answer] of Object.entries(answers)) {
    const client = CLIENTS[protocol as keyof typeof answers];
    assert.equal(client.read(POSTS, 'p1').endpoint.protocol, protocol);
    assert.deepEqual(client.read(POSTS, 'p1').read(answer), { outcome: 'ok', value: row }, protocol);
  }
});

test('a record that is not there is undefined by every protocol', () => {
  const nothing = { outcome: 'ok', value: undefined };
  assert.deepEqual(CLIENTS.sql.read(POSTS, 'p1').read(statement([])), nothing);
  assert.deepEqual(CLIENTS.rest.read(POSTS, 'p1').read(statement([])), nothing);
  assert.deepEqual(CLIENTS.graphql.read(POSTS, 'p1').read(answered({ data: { row: null } })), nothing);
});

test('a request that is understood otherwise sends the same', () => {
  const request = query('RETURN 1');
  const doubled = mapRequest(request, ([value]) => Number(value) * 2);
  assert.deepEqual(sent(doubled), sent(request));
  assert.deepEqual(doubled.read(statement(1)), { outcome: 'ok', value: 2 });
  const refused = answered([{ status: 'ERR', result: 'An error occurred: no', kind: 'Thrown' }]);
  assert.equal(doubled.read(refused).outcome, 'failed', 'only an acknowledged value is changed');
  const expected = understood<unknown[], string>(request, (answer) =>
    answer.outcome === 'failed' ? { outcome: 'ok', value: answer.kind } : { outcome: 'ok', value: 'was answered' },
  );
  assert.deepEqual(expected.read(refused), { outcome: 'ok', value: 'Thrown' });
});

test('an entry is acknowledged by a token and by nothing else', () => {
  const account = { id: 'a1', name: 'Author 1', email: 'a1@example.org', pass: 'secret' };
  const request = entry('signup', { namespace: 'n', database: 'd' }, account);
  assert.deepEqual(sent(request).slice(0, 2), ['POST', '/signup']);
  assert.deepEqual(JSON.parse(request.body ?? ''), { ns: 'n', db: 'd', ac: 'account', ...account });
  assert.deepEqual(request.read(answered({ token: 'abc' })), { outcome: 'ok', value: 'abc' });
  for (const body of [null, '', '{}', '{"token":1}', '[1'])
    assert.equal(request.read({ status: 200, body, error_code: 0 }).outcome, 'unknown', `${body}`);
  assert.equal(request.read({ status: 401, body: 'no', error_code: 1401 }).outcome, 'failed');
});
