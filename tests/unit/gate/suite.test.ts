import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { entryEnvironment, nameOf, parseGateSuite } from '../../../lib/core/gate/gate-suite.ts';
import { readSuite } from '../../../lib/node/gate/suite-file.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';

test('the suite that comes with the project is one', async () => {
  const { suite } = await readSuite(join(PROJECT_ROOT, 'gate.json'));
  assert.ok(suite.some(({ compare }) => compare !== undefined) && suite.some(({ compare }) => compare === undefined));
});

test('what an entry leaves out has a value', () => {
  const { suite, inconclusive } = parseGateSuite('x', { suite: [{ scenario: 'crud', compare: {} }] });
  assert.equal(inconclusive, 'pass');
  assert.deepEqual(suite[0]?.compare?.metrics, ['throughput', 'p50', 'p95', 'errors', 'cpu']);
  assert.deepEqual(suite.map(entryEnvironment), [{ LOAD_PROFILE: 'round' }]);
});

test('settings become environment variables, and part of the name', () => {
  const { suite } = parseGateSuite('x', {
    suite: [{ scenario: 'bank', profile: 'load', settings: { protocol: 'sql', fieldLength: 200 } }],
  });
  assert.deepEqual(suite.map(entryEnvironment), [
    { LOAD_PROFILE: 'load', LOAD_PROTOCOL: 'sql', LOAD_FIELD_LENGTH: '200' },
  ]);
  assert.deepEqual(suite.map(nameOf), ['bank load protocol=sql fieldLength=200']);
});

const WRONG: [content: unknown, says: RegExp][] = [
  [{}, /suite/],
  [{ suite: [] }, /suite: /],
  [{ suite: [{ scenario: 'bank', profile: 'quick' }] }, /suite\.0\.profile: .*"smoke"/],
  [{ suite: [{ scenario: 'bank', compare: { rounds: 5 } }] }, /suite\.0\.compare\.rounds/],
  [{ suite: [{ scenario: 'bank', compare: { metrics: ['p42'] } }] }, /suite\.0\.compare\.metrics\.0/],
  [{ suite: [{ scenario: 'bank', settings: { pass: 'x' } }] }, /suite\.0\.settings.*must be a setting/],
  [{ suite: [{ scenario: 'bank', rounds: 5 }] }, /suite\.0\.rounds/],
  [{ suite: [{ scenario: 'bank' }, { scenario: 'bank' }] }, /"bank" is listed twice/],
  [{ suite: [{ scenario: 'bank' }], inconclusive: 'fail' }, /inconclusive/],
];

for (const [content, says] of WRONG)
  test(`${JSON.stringify(content)} is refused`, () => {
    assert.throws(() => parseGateSuite('gate.json', content), says);
  });

test('a suite is checked down to the last setting before anything runs', async () => {
  await using folder = await temporaryFolder();
  const refused = async (content: string, says: RegExp) => {
    const file = join(folder.path, 'gate.json');
    await writeFile(file, content);
    await assert.rejects(readSuite(file), says);
  };
  await refused('{', /is not JSON/);
  await refused('{"suite":[{"scenario":"bonk"}]}', /There is no scenario "bonk"/);
  await refused('{"suite":[{"scenario":"bank","settings":{"protocol":"rest"}}]}', /cannot be sent by rest/);
  await refused(
    '{"suite":[{"scenario":"bank","settings":{"duration":"soon"}}]}',
    /settings\.duration must be .* \(got "soon"\)/,
  );
  await assert.rejects(readSuite(join(folder.path, 'none.json')), /cannot be read: ENOENT/);
});
