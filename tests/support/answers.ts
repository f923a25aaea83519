import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verdict } from '../../lib/core/verdict/run-verdict.ts';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import type { Result } from './commands.ts';

const ALL_WRITTEN = /checker writes: valid\. All \d+ acknowledged records/;

/** Asserts that a run of `writes` passed, and that its records were checked: only a file that has the machine for itself can. */
export function assertPass({ code, stdout, stderr }: Result): void {
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^PASS: /m);
  assert.match(stdout, ALL_WRITTEN);
}

export const summaryOf = async ({ results = '' }: Result): Promise<RunSummary> =>
  JSON.parse(await readFile(join(results, 'summary.json'), 'utf8')) as RunSummary;

/** Findings on speed, which are the machine's as much as the run's: tests share it with whatever else it does. */
const OF_THE_MACHINE = /^(PR-001|PR-002|PR-005|SC-001|VAL-001|VAL-003) broken|^k6 fell behind its|^Too few operations/;

/**
 * Asserts the whole verdict of a run, but for findings on speed: every operation acknowledged, everything read back, every
 * checker content.
 */
export async function assertRight({ code, stdout, stderr, results = '' }: Result): Promise<void> {
  assert.ok(code === 0 || code === 98 || code === 99, stdout + stderr);
  const { state, findings } = JSON.parse(await readFile(join(results, 'verdict.json'), 'utf8')) as Verdict;
  const wrong = findings.filter(({ message }) => !OF_THE_MACHINE.test(message));
  assert.deepEqual(wrong, [], stdout);
  assert.equal(code === 0, findings.length === 0, stdout);
  assert.equal(state === 'pass', findings.length === 0);
}

/** Asserts that a run of `writes` was right, and that its records were checked. */
export async function assertWritten(result: Result): Promise<void> {
  await assertRight(result);
  assert.match(result.stdout, ALL_WRITTEN);
}

/** Asserts that a run was right, and that the content of every answer was. */
export async function assertNothingWrong(result: Result): Promise<RunSummary> {
  await assertRight(result);
  assert.match(
    result.stdout,
    /^checker (\w+\/)?answers: valid\. The content of all \d+ answers was what it had to be\./m,
  );
  return summaryOf(result);
}
