// The list of words that have a plainer form, over files that hold some of them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';

/** Exit code and lines of `scripts/words.ts` over a file with this text. */
async function wordsIn(name: string, text: string): Promise<{ status: number | null; lines: string[] }> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, name);
  await writeFile(file, text);
  const argv = ['--import', 'tsx', join(PROJECT_ROOT, 'scripts/words.ts'), file];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: PROJECT_ROOT, encoding: 'utf8' });
  return {
    status,
    lines: stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(`${file}:`, '')),
  };
}

test('a phrase is found with its line and with what to write instead, also across the lines of a comment', async () => {
  const text =
    "// Taken in\n//   place of the file.\nthrow new Error('This is no file.');\n/**\n * It is\n * no file. */\n";
  const { status, lines } = await wordsIn('a.ts', text);
  assert.equal(status, 1);
  assert.deepEqual(lines, [
    '1: "in place of": write "instead of"',
    '3: "is no": write "is not a"',
    '5: "is no": write "is not a"',
    '',
    '3 words or phrases have a plainer form. The list is in scripts/words.ts.',
  ]);
});

test('parts of words, and phrases that only look alike, are left alone', async () => {
  const { status, lines } = await wordsIn(
    'a.ts',
    '// There is no file, and it is no longer secured; constant-arrival-rate.\n',
  );
  assert.deepEqual({ status, lines }, { status: 0, lines: [''] });
});

test('code and transcripts of a page are left alone', async () => {
  const page = 'In place of `--in place of`:\n\n```console\nin place of\n```\n';
  const { lines } = await wordsIn('page.md', page);
  assert.equal(lines[0], '1: "In place of": write "instead of"');
  assert.equal(lines.length, 3);
});
