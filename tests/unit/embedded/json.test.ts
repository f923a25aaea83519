import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DateTime, Decimal, Duration, GeometryPoint, RecordId, Table, Uuid } from 'surrealdb';
import { quoted, quotedIdentifier, toJson, toSurql } from '../../../lib/node/embedded/json.ts';

test('a value that JSON knows is written as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(toJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

const UUID = '018f0a3e-8c1a-7b1a-9b1a-0123456789ab';

for (const [value, json] of [
  [undefined, 'null'],
  [{ a: undefined }, '{"a":null}'],
  [Number.NaN, 'null'],
  [Number.POSITIVE_INFINITY, 'null'],
  [9223372036854775807n, '9223372036854775807'],
  [new Set([1, 2]), '[1,2]'],
  [new Uint8Array([1, 255]).buffer, '[1,255]'],
  [new Decimal('1.10'), '"1.1"'],
  [new Duration('1h30m5us'), '"1h30m5µs"'],
  [new DateTime([0n, 0n]), '"1970-01-01T00:00:00Z"'],
  [new DateTime([1n, 120_000_000n]), '"1970-01-01T00:00:01.120Z"'],
  [new DateTime([1_700_000_000n, 999_999_999n]), '"2023-11-14T22:13:20.999999999Z"'],
  [new Uuid(UUID), `"${UUID}"`],
  [new Table('my table'), '"my table"'],
  [new GeometryPoint([1.5, 2.5]), '{"type":"Point","coordinates":[1.5,2.5]}'],
  [[new RecordId('person', 1), new RecordId('person', 'ann')], '["person:1","person:ann"]'],
] as const)
  test(`JSON: ${json}`, () => assert.equal(toJson(value), json));

for (const [value, surql] of [
  [new RecordId('my table', '42'), '`my table`:`42`'],
  [new RecordId('t', '1_0'), 't:`1_0`'],
  [new RecordId('t', '1a'), 't:1a'],
  [new RecordId('t', 'a`b\n\\'), 't:`a\\`b\\n\\\\`'],
  [new RecordId('t', ['x', 1, 0.5]), "t:['x', 1, 0.5f]"],
  [new RecordId('t', { 'k-1': "it's", b: {} }), 't:{ "k-1": "it\'s", b: {  } }'],
  [new RecordId('t', new Uuid(UUID)), `t:u'${UUID}'`],
  [[undefined, null, true, 7n], '[NONE, NULL, true, 7]'],
  [new Decimal('2.5'), '2.5dec'],
] as const)
  test(`SurrealQL: ${surql}`, () => assert.equal(toSurql(value), surql));

test('a quoted text ends where its quotes end', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const literal of [quoted(text), quotedIdentifier(text)])
        assert.match(literal, /^(['"`])(?:\\.|(?!\1)[^\\])*\1$/s);
    }),
  );
});
