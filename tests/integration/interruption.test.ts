// Runs that are interrupted or killed: what they measured is kept, and nothing of them goes on running.
// Exclusive use of the machine: processes of any load would be taken for those of the run that was ended.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { type Running, startScript, untilSaid } from '../support/commands.ts';
import { untilNoProcess } from '../support/processes.ts';

test('Ctrl-C keeps what was measured, marks it, and leaves nothing running', async () => {
  const usual = ['--target', 'embedded', '--port', '0'];
  const running = startScript('load', ['writes', ...usual, '--duration', '40s', '--vus', '8']);
  await untilLoading(running);
  process.kill(-running.pid, 'SIGINT');
  const result = await running.result;
  assert.equal(result.code, 98, result.stdout + result.stderr);
  assert.match(result.stdout, /^INVALID: The run was interrupted\. Its results so far are kept\./m);
  const run = JSON.parse(await readFile(join(result.results ?? '', 'run.json'), 'utf8'));
  assert.equal(run.interrupted, true);
  const { operations, unfinished } = await readHistory(join(result.results ?? '', 'history.ndjson.gz'));
  assert.ok(operations.length > 0);
  assert.equal(unfinished, 8, 'what each client did last may be missing');
  await untilNoProcess(new RegExp(result.results ?? 'no results'));
  await untilNoProcess(/embedded\/main\.ts/);
});

test('a suite that is killed leaves nothing running', async () => {
  const running = startScript('load', ['writes', '--target', 'embedded', '--port', '0', '--duration', '40s']);
  await untilLoading(running);
  process.kill(running.pid, 'SIGKILL');
  await running.result;
  await untilNoProcess(/k6.* run .*writes\.js/);
  await untilNoProcess(/embedded\/main\.ts/);
});

/** Until k6 has started: its line of progress is there, and some load was sent. */
async function untilLoading(running: Running): Promise<void> {
  await untilSaid(running, /^writes for /m);
  await sleep(4000);
}
