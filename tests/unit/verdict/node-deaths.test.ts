import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deathFindings, type NamedDeath, type NodeDeath } from '../../../lib/core/verdict/node-deaths.ts';
import { exitCodeOf, judgeRun } from '../../../lib/core/verdict/run-verdict.ts';
import type { RunSummary } from '../../../lib/core/verdict/summary.ts';
import { startWatched } from '../../../lib/node/targets/watched-process.ts';

const BEGAN = 1_000_000;
const death = (change: Partial<NamedDeath>): NamedDeath => ({
  name: 'surreal-2',
  at: BEGAN + 12_340,
  code: null,
  signal: 'SIGABRT',
  log: 'memory allocation of 4096 bytes failed',
  memory: [
    [BEGAN, 85e6],
    [BEGAN + 12_000, 512e6],
    [BEGAN + 13_000, 90e6],
  ],
  ...change,
});

test('who ended, when, how, its memory before, and the end of its log', () => {
  const [finding] = deathFindings([death({})], BEGAN);
  assert.match(finding?.message ?? '', /^surreal-2 ended by itself 12\.3 s after the start of the load, by SIGABRT/);
  assert.match(finding?.message ?? '', /memory 512 MB before, 85 MB at first/);
  assert.match(finding?.detail ?? '', /memory allocation of 4096 bytes failed/);
});

test('the cause that a signal or an exit code hints at', () => {
  const textOf = (change: Partial<NamedDeath>) => deathFindings([death(change)], BEGAN)[0]?.message ?? '';
  assert.match(textOf({ signal: 'SIGKILL' }), /memory runs out/);
  assert.match(textOf({ signal: null, code: 101 }), /exit code 101, as after a panic/);
  assert.match(textOf({ signal: null, code: 3, memory: [] }), /by exit code 3\. Requests/);
});

test('a death comes before what could not be read because of it, and fails the run', () => {
  const summary = { phases: [], limits: [] } as unknown as RunSummary;
  const unread = { kind: 'validity', message: 'Records were not read back.' } as const;
  const verdict = judgeRun({ summary, findings: [unread, ...deathFindings([death({})], BEGAN)] });
  assert.match(verdict.headline, /^surreal-2 ended by itself/);
  assert.equal(exitCodeOf(verdict), 99);
});

test('a process that somebody else kills has died; one that the suite ends has not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'watched-'));
  try {
    const deaths: NodeDeath[] = [];
    const program = "console.log('last words'); setInterval(() => {}, 1000)";
    const start = () => startWatched([process.execPath, '-e', program], { log: join(folder, 'log') }, deaths);
    const asked = await start();
    asked.kill('SIGSTOP');
    asked.kill('SIGCONT');
    await asked.stop();
    const killed = await start();
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    while (deaths.length === 0) await sleep(10);
    assert.deepEqual(
      deaths.map(({ code, signal }) => [code, signal]),
      [[null, 'SIGKILL']],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
