import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialsOf, describeUser, kindOf, signInBody } from '../../../lib/core/access/node-user.ts';
import { parseSettings, SettingsError } from '../../../lib/core/settings/settings.ts';
import { accessFlags, externalUser, userEnvironment } from '../../../lib/node/access/credentials.ts';

const USER = { SURREAL_USER: 'loader', SURREAL_PASS: 'secret' };
const SHOP = { ...USER, SURREAL_NAMESPACE: 'shop' };
const PROD = { ...SHOP, SURREAL_DATABASE: 'prod' };
const of = (env: Record<string, string>) => credentialsOf(parseSettings(env));

test('each kind of user signs in with what the server needs to find it', () => {
  const cases: [Record<string, string>, ReturnType<typeof kindOf>, object][] = [
    [PROD, 'root', { user: 'loader', pass: 'secret' }],
    [{ ...SHOP, SURREAL_AUTH_LEVEL: 'namespace' }, 'namespace', { ns: 'shop', user: 'loader', pass: 'secret' }],
    [
      { ...PROD, SURREAL_AUTH_LEVEL: 'database' },
      'database',
      { ns: 'shop', db: 'prod', user: 'loader', pass: 'secret' },
    ],
    [
      { ...PROD, SURREAL_ACCESS: 'account' },
      'record',
      { ns: 'shop', db: 'prod', ac: 'account', user: 'loader', pass: 'secret' },
    ],
    [
      { ...PROD, SURREAL_ACCESS: 'account', SURREAL_ACCESS_VARIABLES: '{"email":"a@b.c"}' },
      'record',
      { ns: 'shop', db: 'prod', ac: 'account', email: 'a@b.c' },
    ],
  ];
  for (const [env, kind, body] of cases) {
    const credentials = of(env);
    assert.equal(kindOf(credentials), kind);
    assert.deepEqual(signInBody(credentials), body);
    assert.doesNotMatch(describeUser(credentials), /secret/);
  }
});

test('a setting that needs another says so, by the name that was typed', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...USER, SURREAL_DATABASE: 'prod' }, /^SURREAL_DATABASE needs SURREAL_NAMESPACE\.$/],
    [{ ...USER, SURREAL_AUTH_LEVEL: 'namespace' }, /^SURREAL_AUTH_LEVEL namespace needs SURREAL_NAMESPACE\.$/],
    [{ ...SHOP, SURREAL_AUTH_LEVEL: 'database' }, /^SURREAL_AUTH_LEVEL database needs SURREAL_DATABASE\.$/],
    [{ ...SHOP, SURREAL_ACCESS: 'account' }, /^SURREAL_ACCESS needs SURREAL_DATABASE\.$/],
    [{ ...PROD, SURREAL_ACCESS: 'account', SURREAL_AUTH_LEVEL: 'database' }, /exclude each other/],
    [{ ...USER, SURREAL_ACCESS_VARIABLES: '{}' }, /SURREAL_ACCESS_VARIABLES needs SURREAL_ACCESS/],
    [{ ...SHOP, SURREAL_AUTH_LEVEL: 'namespace', LOAD_AUTH: 'basic' }, /LOAD_AUTH basic takes a root user/],
  ];
  for (const [env, message] of cases) assert.throws(() => of(env), { name: 'Error', message });
  assert.throws(() => of({ ...USER, SURREAL_DATABASE: 'prod' }), SettingsError);
});

test('variables of an access method that are not JSON are refused without being printed', () => {
  assert.throws(
    () => parseSettings({ SURREAL_ACCESS_VARIABLES: 'hunter2' }),
    (error: Error) => error.message.includes('must be a JSON object') && !error.message.includes('hunter2'),
  );
});

test('flags go before the environment, and messages name the flag', async () => {
  const flags = accessFlags({ namespace: 'flagged', rate: '7' });
  assert.deepEqual(flags, { SURREAL_NAMESPACE: 'flagged' });
  assert.equal((await externalUser(SHOP, flags))?.namespace, 'flagged');
  await assert.rejects(externalUser(USER, accessFlags({ access: 'account' })), /--access needs SURREAL_NAMESPACE/);
  assert.equal(await externalUser({ SURREAL_USER: '', SURREAL_PASS: '' }), undefined);
});

test("k6's environment has the user, and nothing of another one that the shell has", () => {
  const environment = userEnvironment({ user: 'root', pass: 'x' });
  assert.deepEqual(credentialsOf(parseSettings({ ...PROD, SURREAL_AUTH_LEVEL: 'database', ...environment })), {
    user: 'root',
    pass: 'x',
  });
});
