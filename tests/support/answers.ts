import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GateCase } from '../../lib/core/gate/gate-verdict.ts';
import type { Verdict } from '../../lib/core/verdict/run-verdict.ts';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import type { GateRecord } from '../../lib/node/gate/gate-record.ts';
import type { Result } from './commands.ts';

const ALL_WRITTEN = /checker writes: valid\. All \d+ acknowledged records/;

export const summaryOf = async ({ results = '' }: Result): Promise<RunSummary> =>
  JSON.parse(await readFile(join(results, 'summary.json'), 'utf8')) as RunSummary;

/** Requirements on speed, which is the machine's as much as the run's: tests share it with whatever else it does. */
const ON_SPEED = ['PR-001', 'PR-002', 'PR-005', 'SC-001', 'AV-003', 'VAL-001', 'VAL-003'];
/** How a sentence on such a requirement begins, as the source of a pattern. */
export const SPEED_BROKEN = `(?:${ON_SPEED.join('|')}) broken`;
/** A finding, or the headline of a verdict, that says no more than that the machine was too slow. */
export const OF_THE_MACHINE = new RegExp(`^${SPEED_BROKEN}|^k6 fell behind its|^Too few operations`);

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

/** The same of a run by k6 alone, which leaves nothing but its report: whatever limit is broken is one on speed. */
export function assertRightAlone({ code, stdout, stderr }: Omit<Result, 'results'>): void {
  const broken = [...stdout.matchAll(/^ *✗ +([A-Z]+-\d+) /gm)].map(([, requirement = '']) => requirement);
  assert.deepEqual(
    broken.filter((requirement) => !ON_SPEED.includes(requirement)),
    [],
    stdout + stderr,
  );
  assert.equal(code, broken.length === 0 ? 0 : 99, stdout + stderr);
  assert.match(stdout, broken.length === 0 ? /^PASS: /m : /^(FAIL|INVALID): /m);
}

/** Asserts that nothing but the machine's speed kept a gate from passing. */
export function assertGateRight({ state, entries }: Pick<GateRecord, 'state' | 'entries'>): void {
  const against = entries
    .flatMap(({ cases }) => cases)
    .filter((one) => one.state === 'fail' || one.state === 'invalid');
  const ofTheMachine = ({ name, detail }: GateCase): boolean =>
    OF_THE_MACHINE.test(detail) || ON_SPEED.some((requirement) => name.startsWith(`${requirement} `));
  assert.deepEqual(
    against.filter((one) => !ofTheMachine(one)),
    [],
  );
  assert.equal(state === 'pass', against.length === 0);
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
