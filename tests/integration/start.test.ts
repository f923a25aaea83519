// Servers that do not come up, by fake programs instead of `surreal`; and limits of the user.
import assert from 'node:assert/strict';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { RESULTS_FOLDER } from '../../lib/node/system/paths.ts';
import { assertWritten } from '../support/answers.ts';
import { load, SHORT, temporaryFolder } from '../support/commands.ts';
import { untilNoProcess } from '../support/processes.ts';

async function fakeSurreal(folder: string, onStart: string): Promise<Record<string, string>> {
  const file = join(folder, 'surreal');
  await writeFile(
    file,
    `#!/bin/sh\nif [ "$1" = version ]; then echo '3.3.5 for linux on x86_64'; else ${onStart}; fi\n`,
  );
  await chmod(file, 0o755);
  return { SURREAL_BIN: file };
}

/** A load that no other test has, as others may make folders of results meanwhile. */
const LOAD = ['counter', '--profile', 'round', '--target', 'native', '--port', '0'];
const runs = async () =>
  (await readdir(RESULTS_FOLDER).catch(() => [])).filter((name) => name.includes('_counter_round'));

test('a node that ends before it is ready: the end of its log is shown', async () => {
  await using folder = await temporaryFolder();
  const env = await fakeSurreal(folder.path, `echo 'There is a problem with the storage' >&2; exit 1`);
  const before = await runs();
  const { code, stderr } = await load(LOAD, env);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /surreal-1 ended before it was ready\. The end of its log:\nThere is a problem with the storage/,
  );
  assert.equal((await runs()).length, before.length + 1, 'its folder is kept for the log');
});

/** The first waits for half a minute. */
describe('without a server that comes up', { concurrency: 2 }, () => {
  test('a node that never gets ready is given up after 30 s (PR-001)', async () => {
    await using folder = await temporaryFolder();
    const env = await fakeSurreal(folder.path, 'sleep 300');
    const before = await runs();
    const { code, stderr } = await load(LOAD, env);
    assert.equal(code, 1);
    assert.match(stderr, /surreal-1 \(http:.*\) was not ready within 30 s \(PR-001\)/);
    await untilNoProcess(new RegExp(folder.path));
    assert.deepEqual(await runs(), before, 'a run that never began leaves no folder');
  });

  test('auto goes on with the embedded engine where `surreal` does not come up', async () => {
    await using folder = await temporaryFolder();
    const env = await fakeSurreal(folder.path, 'exit 1');
    const result = await load(['writes', ...SHORT], env);
    await assertWritten(result);
    assert.match(result.stderr, /Target native did not come up, so it is the embedded engine/);
  });

  test("limits of the user take the place of the scenario's", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'mine.json');
    const limit = {
      requirement: 'MY-001',
      title: 'answers before they are asked',
      kind: 'performance',
      metric: 'operation_duration',
      statistic: 'p(95)',
      comparison: '<',
      limit: 0.001,
      unit: 'ms',
      tags: { node: 'surreal-2' },
    };
    await writeFile(file, JSON.stringify({ limits: [limit] }));
    const own = ['--target', 'embedded', '--thresholds', file];
    const { code, stdout } = await load(['writes', ...own, ...SHORT, '--duration', '5s']);
    assert.ok(code === 99 || code === 98, stdout);
    assert.match(stdout, /✗ {2}MY-001 +answers before they are asked \(surreal-2\)/);
  });
});
