import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../../lib/node/process/run-to-end.ts';

const command = [process.execPath, '-e', 'setTimeout(() => {}, 60000)'] as const;

test('a dozen commands at once do not leak listeners, and a signal ends all of them', async () => {
  const before = process.listenerCount('SIGHUP');
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const running = Array.from({ length: 12 }, () => run(command, { env: process.env, limitMs: 30_000 }));
  const ended = Promise.allSettled(running);
  await sleep(0); // Warnings come after the work that they are about.
  process.emit('SIGHUP', 'SIGHUP');
  for (const ending of await ended) {
    assert.equal(ending.status, 'rejected');
    assert.match(String(ending.reason), /interrupted by SIGHUP/);
  }
  process.off('warning', note);
  assert.deepEqual(warnings, []);
  assert.equal(process.listenerCount('SIGHUP'), before);
});
