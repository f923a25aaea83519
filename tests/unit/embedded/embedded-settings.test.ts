import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { embeddedSettings } from '../../../lib/node/embedded/embedded-settings.ts';

test('settings have defaults', () => {
  assert.deepEqual(embeddedSettings({}), { ports: [8000, 8001, 8002], store: 'mem://', user: 'root', pass: 'root' });
});

for (const store of ['mem://', 'surrealkv://data', 'rocksdb:///var/data'])
  test(`store ${store}`, () => assert.equal(embeddedSettings({ EMBEDDED_STORE: store }).store, store));

for (const [name, value] of [
  ['EMBEDDED_PORTS', ''],
  ['EMBEDDED_PORTS', '8000,'],
  ['EMBEDDED_PORTS', '65536'],
  ['EMBEDDED_PORTS', '-1'],
  ['EMBEDDED_STORE', 'surrealkv://'],
  ['EMBEDDED_STORE', 'memory'],
  ['SURREAL_USER', ''],
  ['SURREAL_PASS', ''],
] as const)
  test(`${name}=${value} is wrong`, () => {
    assert.throws(
      () => embeddedSettings({ [name]: value }),
      (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, new RegExp(`^${name} must be .+ \\(got .+\\)\\.$`));
        return true;
      },
    );
  });

test('all that is wrong is reported at once, and no password', () => {
  const environment = { EMBEDDED_PORTS: 'x', EMBEDDED_STORE: 'y', EMBEDDED_HOST: 'z', SURREAL_PASS: 'secret' };
  assert.throws(
    () => embeddedSettings(environment),
    (error: Error) => {
      assert.equal(error.message.split('\n').length, 3);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});
