import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectVersion } from '../../../lib/node/system/project-version.ts';
import { temporaryFolder } from '../../support/commands.ts';

const AUTHOR = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];

test('a run names the commit of its project, and whether there are changes beside it', async () => {
  await using folder = await temporaryFolder();
  const git = (...args: string[]) => execFileSync('git', [...AUTHOR, ...args], { cwd: folder.path, encoding: 'utf8' });
  assert.equal((await projectVersion(folder.path)).commit, undefined, 'outside of a repository there is none');
  git('init', '--quiet');
  await writeFile(join(folder.path, 'schema.surql'), 'DEFINE TABLE a;');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  const commit = git('rev-parse', '--short=10', 'HEAD').trim();
  assert.equal((await projectVersion(folder.path)).commit, commit);
  await writeFile(join(folder.path, 'schema.surql'), 'DEFINE TABLE b;');
  const changed = await projectVersion(folder.path);
  assert.equal(changed.commit, `${commit}-dirty`);
  assert.match(changed.suite, /^\d+\.\d+\.\d+/);
});
