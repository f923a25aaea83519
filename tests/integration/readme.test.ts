// The README's own commands, from a clean clone, as a newcomer would.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { $ } from 'zx';
import { cacheFolder, PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { assertWritten } from '../support/answers.ts';
import { resultsIn, startCommand, temporaryFolder } from '../support/commands.ts';

const readme = await readFile(join(PROJECT_ROOT, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^```sh\n(npm ci && .*)\n```$/gm)].map(([, command]) => command);

test('the README names one command to load and one to test', () => {
  // The second is the one that runs this test: .ci/run takes it from the README.
  assert.deepEqual(commands, ['npm ci && npm run load -- writes', 'npm ci && npm test']);
});

test('the first command works in a clean clone', async () => {
  await using folder = await temporaryFolder();
  await $({ quiet: true })`git clone --quiet ${PROJECT_ROOT} ${folder.path}/clone`;
  const script = `cd "$CLONE" && ${commands[0]} --port 0`;
  const env = { CLONE: `${folder.path}/clone`, SURREALDB_LOAD_CACHE: cacheFolder() };
  const result = await startCommand('bash', ['-c', script], env).result;
  await assertWritten({ ...result, results: resultsIn(env.CLONE, result.stdout) });
});
