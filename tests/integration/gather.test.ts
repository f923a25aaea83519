// Every user verifies once, also one that k6 could not interrupt in time.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { startCommand, temporaryFolder } from '../support/commands.ts';

const k6 = await findK6({ say: () => {} });

/** The users that ran `verify`. */
async function verifiers(env: Record<string, string>): Promise<number[]> {
  await using folder = await temporaryFolder();
  const outfile = join(folder.path, 'late-user.js');
  const entryPoints = [join(PROJECT_ROOT, 'tests/support/late-user.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'neutral', external: ['k6', 'k6/*'] });
  const [program = '', ...args] = [...k6.command({ env, mounts: [folder.path] }), 'run', '--quiet', '--log-format=raw'];
  const { code, stdout, stderr } = await startCommand(program, [...args, outfile], env).result;
  assert.equal(code, 0, stdout + stderr);
  return [...stderr.matchAll(/^verify (\d+)$/gm)].map(([, user]) => Number(user)).sort((a, b) => a - b);
}

const ALL = Array.from({ length: 20 }, (_, index) => index + 1);

test('k6 alone takes another user twice instead of the one that is late', async () => {
  const users = await verifiers({ GATHER: 'false' });
  assert.equal(users.length, ALL.length);
  assert.ok(!users.includes(1), `${users}`);
});

test('where users gather, each of them verifies once', async () => {
  assert.deepEqual(await verifiers({ GATHER: 'true' }), ALL);
});
