// One load of the embedded engine, which needs nothing but npm: also what `npm run test:fast` loads.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertWritten } from '../support/answers.ts';
import { load, SHORT } from '../support/commands.ts';

test('embedded: right, and leaves a folder with all that a run is known by', async () => {
  const result = await load(['writes', '--target', 'embedded', ...SHORT, '--protocol', 'rest', '--live']);
  await assertWritten(result);
  assert.match(result.stderr, /target {2}embedded: 3 HTTP ports over one embedded engine/);
  assert.match(result.stderr, /Single engine: .*nothing between nodes is tested/);
  assert.match(result.stderr, /^live {4}http:\/\/127\.0\.0\.1:\d+\/$/m);
  const files = await readdir(result.results ?? '');
  for (const file of [
    'run.json',
    'summary.json',
    'history.ndjson.gz',
    'timeline.json',
    'verdict.json',
    'dashboard.html',
  ])
    assert.ok(files.includes(file), `${file} among ${files.join(', ')}`);
  const run = JSON.parse(await readFile(join(result.results ?? '', 'run.json'), 'utf8'));
  assert.equal(run.settings.seed, 7);
  assert.equal(run.interrupted, false);
  assert.equal(run.target.nodes.length, 3);
  assert.match(run.suite, /^\d+\.\d+\.\d+/);
  assert.doesNotMatch(run.command, /--live/);
  assert.match(run.command, /^npm run load -- writes --target embedded .*--seed 7/);
});
