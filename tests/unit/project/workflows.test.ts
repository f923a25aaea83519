// Workflow files: correct, and nothing in them can be exchanged under our feet.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { which } from 'zx';
import { BINARIES_FOLDER, PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

const folder = join(PROJECT_ROOT, '.github/workflows');
const files = (await readdir(folder)).map((name) => join(folder, name));
const go = await which('go', { nothrow: true });

test('actionlint finds nothing', { skip: go === null && 'SKIPPED: no Go, so workflow files were not linted' }, () => {
  const { status, stdout, stderr } = spawnSync(
    'go',
    ['-C', join(BINARIES_FOLDER, 'actionlint'), 'tool', 'actionlint', ...files],
    {
      encoding: 'utf8',
    },
  );
  assert.equal(status, 0, stdout + stderr);
});

test('every action is pinned by its commit, with its version beside it', async () => {
  let uses = 0;
  for (const file of files)
    for (const [line] of (await readFile(file, 'utf8')).matchAll(/^.*\buses:.*$/gm)) {
      uses++;
      assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
    }
  assert.ok(uses > 0);
});

test('no workflow may write more than it needs, and none names an image of its own', async () => {
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    assert.match(text, /^permissions:\n {2}contents: read$/m, file);
    assert.doesNotMatch(text, /^\s*image:/m, 'images are those of compose.yml, which pins them');
  }
});
