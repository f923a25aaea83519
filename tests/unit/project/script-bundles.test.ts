// Commands as the integration tests start them: a bundle is the command, with the files that lie beside its modules.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { NODE_ARGUMENTS, PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { bundleScripts } from '../../runner/script-bundles.ts';
import { temporaryFolder } from '../../support/commands.ts';

const run = promisify(execFile);

test('every command has its bundle, which does what the command does', async () => {
  await using scratch = await temporaryFolder();
  const folder = await bundleScripts(scratch.path);
  const scripts = (await readdir(join(PROJECT_ROOT, 'scripts'))).filter((file) => file.endsWith('.ts'));
  const bundles = await readdir(folder);
  for (const script of scripts) assert.ok(bundles.includes(`${script}.mjs`), script);
  const history = 'tests/fixtures/host-lost-3.3.5.ndjson.gz';
  const check = (...command: string[]) =>
    run(process.execPath, [...command, history], { cwd: PROJECT_ROOT }).catch((error) => error);
  const [bundled, plain] = await Promise.all([
    check(join(folder, 'check.ts.mjs')),
    check(...NODE_ARGUMENTS, 'scripts/check.ts'),
  ]);
  assert.equal(bundled.code, 99, bundled.stderr);
  assert.deepEqual([bundled.code, bundled.stdout], [plain.code, plain.stdout]);
  // Modules find what lies beside their source.
  for (const name of await readdir(folder))
    assert.doesNotMatch(await readFile(join(folder, name), 'utf8'), /import\.meta\.dirname/, name);
});
