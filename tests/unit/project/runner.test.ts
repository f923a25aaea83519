// The runner of these tests: what runs beside what, and how their results become one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { integrationJobs, type Job, needsOf, testFiles, unitJobs } from '../../runner/jobs.ts';
import { runJobs } from '../../runner/pool.ts';
import { type TestEvent, Totals } from '../../runner/results.ts';
import { temporaryFolder } from '../../support/commands.ts';

const job = (title: string, ...needs: Job['needs']): Job => ({ title, module: '', needs });

/** Which jobs ran at once, at any time. */
async function together(jobs: readonly Job[], atOnce: number): Promise<string[]> {
  const running = new Set<string>();
  const seen = new Set<string>();
  const run = async ({ title }: Job) => {
    running.add(title);
    seen.add([...running].sort().join(' '));
    await nextTurn();
    running.delete(title);
  };
  for await (const _ of runJobs(jobs, atOnce, run));
  return [...seen];
}

test('files run side by side, no more than are allowed at once', async () => {
  const seen = await together(
    ['a', 'b', 'c'].map((title) => job(title)),
    2,
  );
  assert.ok(seen.includes('a b'));
  assert.ok(!seen.includes('a b c'));
});

test('a file that needs the machine runs alone, and two that need docker not beside each other', async () => {
  const jobs = [job('a'), job('b', 'the machine'), job('c', 'docker'), job('d', 'docker'), job('e')];
  const seen = await together(jobs, 5);
  for (const title of ['a', 'b', 'c', 'd', 'e'])
    assert.ok(
      seen.some((each) => each.includes(title)),
      `${title} ran`,
    );
  assert.deepEqual(
    seen.filter((each) => (each.includes('b') && each !== 'b') || (each.includes('c') && each.includes('d'))),
    [],
  );
});

test('a file says in its head what it needs for itself; what there is not is refused', () => {
  assert.deepEqual(needsOf('x', '// A test.\n// Exclusive use of docker: it has one network.\nimport'), ['docker']);
  assert.deepEqual(needsOf('x', '// A test.\nimport'), []);
  assert.throws(
    () => needsOf('x', '// Exclusive use of the moon: it is far.'),
    /"the moon", but can ask for the machine or docker/,
  );
});

test('integration tests are found by any part of their path', async () => {
  assert.deepEqual(
    (await integrationJobs(['ion/faulty.test'])).map(({ title }) => title),
    ['tests/integration/faulty.test.ts'],
  );
  assert.deepEqual(await integrationJobs(['no such file']), []);
});

/** What node's runner ends a run with. */
const summaryOf = (counts: Readonly<Record<string, number>>): TestEvent[] =>
  Object.entries({ ...counts, duration_ms: 12.5 }).map(([name, count]) => ({
    type: 'test:diagnostic',
    data: { nesting: 0, message: `${name} ${count}` },
  }));

test('several runs have one summary, whose numbers are the sums; a failure or a cancelled test fails the whole', () => {
  const totals = new Totals();
  const passed: TestEvent = { type: 'test:pass', data: { nesting: 0, name: 'good' } };
  const said: TestEvent = { type: 'test:diagnostic', data: { nesting: 1, message: 'tests 9' } };
  assert.deepEqual(totals.withoutSummary([passed, said, ...summaryOf({ tests: 2, pass: 2, fail: 0 })]), [passed, said]);
  totals.withoutSummary(summaryOf({ tests: 3, pass: 2, fail: 0, skipped: 1 }));
  assert.equal(totals.failed, false);
  const lines = totals.summary().map(({ data: { message } }) => message);
  assert.deepEqual(lines.slice(0, -1), ['tests 5', 'pass 4', 'fail 0', 'skipped 1']);
  assert.match(lines.at(-1) ?? '', /^duration_ms \d+$/);
  for (const bad of ['fail', 'cancelled']) {
    const failing = new Totals();
    failing.withoutSummary(summaryOf({ tests: 1, [bad]: 1 }));
    assert.equal(failing.failed, true, bad);
  }
});

test('small folders of unit tests share a process, a large one has its own; no file is left out or run twice', async () => {
  await using scratch = await temporaryFolder();
  const jobs = await unitJobs([], scratch.path);
  const imported = await Promise.all(jobs.map(({ module }) => readFile(module, 'utf8')));
  const files = imported.flatMap((text) => [...text.matchAll(/(tests\/unit\/.*\.test\.ts)"/g)].map(([, file]) => file));
  assert.deepEqual(files.toSorted(), await testFiles('unit', []));
  const shared = imported.find((text) => text.includes('tests/unit/settings/')) ?? '';
  assert.match(shared, /tests\/unit\/random\//);
  assert.doesNotMatch(shared, /tests\/unit\/checkers\//);
});
