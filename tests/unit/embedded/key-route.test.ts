import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KeyMethod, keyQuery } from '../../../lib/node/embedded/key-route.ts';

const ask = (method: KeyMethod, id?: string, body = '', parameters = '') =>
  keyQuery({ method, table: 'pet', id, parameters: new URLSearchParams(parameters), body });

for (const [method, id, query] of [
  ['GET', undefined, 'SELECT * FROM type::table($table) LIMIT $limit START $start'],
  ['POST', undefined, 'CREATE type::table($table) CONTENT {}'],
  ['PUT', undefined, 'UPDATE type::table($table) CONTENT {}'],
  ['PATCH', undefined, 'UPDATE type::table($table) MERGE {}'],
  ['DELETE', undefined, 'DELETE type::table($table) RETURN BEFORE'],
  ['GET', '1', 'SELECT * FROM type::record($table, $id)'],
  ['POST', '1', 'CREATE type::record($table, $id) CONTENT {}'],
  ['PUT', '1', 'UPSERT type::record($table, $id) CONTENT {}'],
  ['PATCH', '1', 'UPSERT type::record($table, $id) MERGE {}'],
  ['DELETE', '1', 'DELETE type::record($table, $id) RETURN BEFORE'],
] as const)
  test(`${method} of ${id === undefined ? 'a table' : 'a record'}`, () => {
    const asked = ask(method, id, '{}');
    assert.equal('query' in asked && asked.query, query);
  });

for (const [id, value] of [
  ['7', 7n],
  ['-7', -7n],
  ['123456789012345678', 123456789012345678n],
  ['two', 'two'],
  ['"7"', '7'],
  ['a-b', 'a-b'],
  ['[1,"x"]', [1, 'x']],
  ['018f0a3e-8c1a-7b1a-9b1a-0123456789ab', '018f0a3e-8c1a-7b1a-9b1a-0123456789ab'],
] as const)
  test(`id ${id}`, () => {
    const asked = ask('GET', id);
    assert.deepEqual('variables' in asked && asked.variables.id, value);
  });

test('a parameter cannot stand in for the table or the id of the path', () => {
  const asked = ask('POST', '1', '{}', 'table=other&id=2&n=3');
  assert.deepEqual('variables' in asked && asked.variables, { table: 'pet', id: 1n, n: 3n });
});

for (const body of ['{"a":";"}', '5', '"text"', '[1]', '{ a: $n }', '$n'])
  test(`body ${body}`, () => assert.ok('query' in ask('POST', '1', body)));

for (const body of ['', '{}; DELETE pet', 'DELETE pet', 'rand()'])
  test(`body ${body} is not a value`, () => {
    const asked = ask('POST', '1', body);
    assert.equal('reply' in asked && asked.reply.status, 400);
  });
