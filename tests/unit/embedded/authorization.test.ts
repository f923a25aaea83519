import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimsOf, credentialsOf } from '../../../lib/node/embedded/authorization.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

for (const [header, credentials] of [
  [undefined, undefined],
  ['', undefined],
  ['Bearer', undefined],
  ['Digest abc', undefined],
  ['Basic !!!', undefined],
  ['Bearer a.b.c', { token: 'a.b.c' }],
  ['bearer a.b.c', { token: 'a.b.c' }],
  [`Basic ${base64('root:a:b')}`, { user: 'root', pass: 'a:b' }],
  [`Basic ${base64('root:')}`, { user: 'root', pass: '' }],
] as const)
  test(`Authorization: ${header}`, () => assert.deepEqual(credentialsOf(header), credentials));

test('claims are read from a token; there are none in what is not a token', () => {
  const payload = Buffer.from('{"exp":7,"NS":"shop"}').toString('base64url');
  assert.deepEqual(claimsOf(`x.${payload}.y`), { exp: 7, NS: 'shop' });
  for (const token of ['', 'a', 'a.b.c', '..']) assert.deepEqual(claimsOf(token), {});
});
