import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../lib/core/load/duration.ts';
import { parseSettings, SETTINGS, SettingsError } from '../../../lib/core/settings/settings.ts';
import { type Flags, namingBy } from '../../../lib/node/cli/flags.ts';

test('every setting has its fallback if nothing is given', () => {
  const settings = parseSettings({});
  assert.deepEqual(settings.nodes, ['http://127.0.0.1:8000']);
  assert.equal(settings.profile, 'smoke');
  assert.equal(settings.timeout, 10_000);
  assert.equal(settings.keep, false);
  assert.equal(settings.rate, undefined);
});

test('node URLs are split, trimmed and lose their last slash', () => {
  const { nodes } = parseSettings({ SURREAL_NODES: 'http://a:1/, https://b.example' });
  assert.deepEqual(nodes, ['http://a:1', 'https://b.example']);
});

const WRONG: [environment: Record<string, string>, says: RegExp][] = [
  [
    { LOAD_PROFILE: 'lode' },
    /LOAD_PROFILE must be one of smoke, round, load, stress, spike, soak, breakpoint \(got "lode"\)\./,
  ],
  [{ LOAD_PROTOCOL: 'http' }, /must be one of sql, rest, graphql, rpc, all/],
  [{ LOAD_RATE: '0' }, /LOAD_RATE must be .* \(got "0"\)/],
  [{ LOAD_RATE: '1.5' }, /whole number/],
  [{ LOAD_DURATION: '10' }, /a duration of at least 1s, such as/],
  [{ LOAD_DURATION: '500ms' }, /at least 1s/],
  [{ LOAD_PROFILE: 'breakpoint', LOAD_DURATION: '6s' }, /at least 12s with the profile breakpoint/],
  [{ SURREAL_NODES: 'localhost:8000' }, /http:\/\/HOST:PORT/],
  [{ SURREAL_NODES: 'http://root:secret@h:1' }, /without path, query and credentials/],
  [{ LOAD_NAMESPACE: 'production' }, /load_ followed by/],
  [{ LOAD_PROFIL: 'load' }, /LOAD_PROFIL is not a setting\. Unset it, or use one of .*LOAD_PROFILE/],
  [{ LOAD_RATE: '5', LOAD_VUS: '5' }, /exclude each other/],
  [{ LOAD_PROFILE: 'breakpoint', LOAD_VUS: '5' }, /cannot be used with the profile breakpoint/],
];

for (const [environment, says] of WRONG)
  test(`${JSON.stringify(environment)} is refused with what would be right`, () => {
    assert.throws(
      () => parseSettings(environment),
      (error) => error instanceof SettingsError && says.test(error.message),
    );
  });

test('all wrong settings are named at once', () => {
  assert.throws(() => parseSettings({ LOAD_PROFILE: 'x', LOAD_SEED: 'y' }), /LOAD_PROFILE[\s\S]*LOAD_SEED/);
});

test('no message repeats a password', () => {
  assert.throws(
    () => parseSettings({ SURREAL_PASS: 'hunter2', LOAD_PROFILE: 'x' }),
    (error) => error instanceof SettingsError && !error.message.includes('hunter2'),
  );
});

test('variables and flags are unique', () => {
  const all: { env: string; flag?: string }[] = Object.values(SETTINGS);
  assert.equal(new Set(all.map(({ env }) => env)).size, all.length);
});

test('a duration in whole seconds survives formatting and parsing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seconds) => {
      assert.equal(parseDuration(formatDuration(seconds * 1000)), seconds * 1000);
    }),
  );
});

test('durations need units', () => {
  for (const text of ['', '5', 's', '5x', '-5s', '5s ', '1m-2s']) assert.equal(parseDuration(text), undefined, text);
  assert.equal(parseDuration('1m30s'), 90_000);
  assert.equal(parseDuration('1.5s'), 1500);
  assert.equal(parseDuration('500ms'), 500);
});

test('a setting is named by its flag if it was typed, by its variable if that is set', () => {
  const message = (env: Record<string, string>, flags: Flags) => {
    try {
      parseSettings(env, namingBy(flags, env));
    } catch (error) {
      return error instanceof SettingsError ? error.message : String(error);
    }
    return '';
  };
  const expected = 'must be a whole number from 1 to 9999 (got "0").';
  assert.equal(message({ LOAD_VUS: '0' }, { vus: '0' }), `--vus ${expected}`);
  assert.equal(message({ LOAD_VUS: '0' }, {}), `LOAD_VUS ${expected}`);
  assert.match(
    message({ LOAD_VUS: '5', LOAD_RATE: '5' }, { vus: '5' }),
    /^LOAD_RATE .* and --vus .* exclude each other/,
  );
  assert.match(message({ LOAD_WORKLOAD: 'e', LOAD_PROTOCOL: 'rest' }, { protocol: 'rest' }), /Use --protocol sql/);
});

const WRONG_NODES = [
  'http://root:s3cret@host:8000',
  'http://root:s3/cr,et@host:8000',
  'http://host:8000,http://root:s3cret@host:8001',
  'http://:1',
  'http://host:0',
  'http://host:99999',
  'http://host:8000?x=s3cret@y',
  'http://host:8000#f',
  'http://host:8000/path',
  'http://host:8000,http://host:8000/',
  'http://HOST,http://host:80',
  'http://h"ost:8000',
  ',',
];

for (const nodes of WRONG_NODES)
  test(`nodes ${JSON.stringify(nodes)} are refused before the load, and no password is printed`, () => {
    assert.throws(
      () => parseSettings({ SURREAL_NODES: nodes }),
      ({ message }: Error) => /^SURREAL_NODES must be http/.test(message) && !/s3|cr,et/.test(message),
    );
  });

test('node URLs may have names, addresses, ports and one slash at the end', () => {
  const valid = 'http://a_b.example:8000/,https://[::1]:08001,http://10.0.0.1,https://10.0.0.1';
  assert.equal(parseSettings({ SURREAL_NODES: valid }).nodes.length, 4);
});
