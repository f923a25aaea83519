import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../../lib/core/summary.ts';
import type { Verdict } from '../../lib/core/verdict.ts';
import type { Result } from './commands.ts';

/**
 * Asserts that a run found nothing wrong: every answer right, every operation acknowledged. Findings on speed and on
 * samples are left out: they are the machine's as much as the run's, and tests share it.
 */
export async function assertNothingWrong({ code, stdout, stderr, results = '' }: Result): Promise<RunSummary> {
  assert.ok(code === 0 || code === 98 || code === 99, stdout + stderr);
  const { findings } = JSON.parse(await readFile(join(results, 'verdict.json'), 'utf8')) as Verdict;
  const wrong = findings.filter(({ kind }) => kind === 'correctness' || kind === 'availability');
  assert.deepEqual(wrong, [], stdout);
  assert.match(stdout, /^checker answers: valid\. The content of all \d+ answers was what it had to be\./m);
  return JSON.parse(await readFile(join(results, 'summary.json'), 'utf8')) as RunSummary;
}
