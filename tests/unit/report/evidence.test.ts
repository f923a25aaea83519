import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKERS } from '../../../lib/core/checkers/index.ts';
import { anomalyId } from '../../../lib/core/verdict/check-findings.ts';
import { timeAxis } from '../../../lib/node/report/evidence/time-axis.ts';
import { writeReport } from '../../../lib/node/report/write-report.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { FAILING_RUNS, type FailingRun, uncoveredKinds, writeFailingRun } from '../../support/failing-runs.ts';

/** The part of a report about one kind of anomaly. */
async function anomalyOf(run: FailingRun): Promise<string> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'run');
  await writeFailingRun(path, run);
  const page = await readFile(await writeReport(path), 'utf8');
  const part = page.split('<details open id=').find((each) => each.includes(`<span class="bad">${run.kind}</span>`));
  assert.ok(part, `${run.checker} finds ${run.kind}`);
  return part;
}

/** Kinds whose picture shows who lacks the element; a broken invariant is drawn alike. */
const ABSENT = new Set(['lost', 'skipped', 'vanished', 'broken invariant']);

const has = (part: string, ...classes: string[]): void => {
  for (const name of classes) assert.match(part, new RegExp(`class="(\\w+ )*${name}`), name);
};

for (const run of FAILING_RUNS)
  test(`${run.checker}: "${run.kind}" is a picture and a list of its operations`, async () => {
    const part = await anomalyOf(run);
    has(part, 'picture', 'bar', 'number');
    assert.doesNotMatch(part, /&quot;process&quot;|"process"/, 'no operation is shown as JSON');
    assert.match(part, /Operations of the evidence/);
    if (/^G/.test(run.kind) && !run.kind.startsWith('G1a') && !run.kind.startsWith('G1b'))
      has(part, 'dependency', 'transaction');
    if (run.kind === 'wrong total') has(part, 'dot wrong');
    if (run.kind === 'not linearizable') has(part, 'linearization', 'fits-nowhere');
    if (ABSENT.has(run.kind) && run.checker !== 'append') has(part, 'life missing');
    if (run.kind.startsWith('torn')) has(part, 'life torn');
    if (run.checker === 'changefeed' && run.kind === 'duplicate') has(part, 'life twice');
  });

/** Drawn like the cycle without an order of time, of which there is a run. */
const DRAWN_ALIKE = /^(append|rw-register): G.*-(process|realtime)$/;
/** Reads of registers cannot show these two: a register holds one value. */
const NOT_OF_REGISTERS = new Set(['rw-register: duplicate', 'rw-register: lost']);

test('every anomaly of every checker has a failing run, and with it a picture', () => {
  const missing = uncoveredKinds().filter((kind) => !DRAWN_ALIKE.test(kind) && !NOT_OF_REGISTERS.has(kind));
  assert.deepEqual(missing, [], 'add a run to tests/support/failing-runs.ts');
});

test('docs have a picture of every failing run (npm run pictures -- --anomalies)', async () => {
  for (const { checker, kind } of FAILING_RUNS)
    await assert.doesNotReject(access(join(PROJECT_ROOT, 'docs/images/anomalies', `${anomalyId(checker, kind)}.png`)));
});

test('the verdict of a checker has the name that the checker is found by', () => {
  for (const { checker, operations, options = {} } of FAILING_RUNS) {
    const header = { history: 1, scenario: checker, seed: 1, nodes: ['surreal-1', 'surreal-2', 'surreal-3'] } as const;
    assert.equal(CHECKERS.get(checker)?.check({ header, operations, damaged: 0 }, options).checker, checker);
  }
});

test('an element that one node lacks and another holds twice has a life on each', async () => {
  const run = FAILING_RUNS.find(({ checker, kind }) => checker === 'bank' && kind === 'duplicate') as FailingRun;
  const part = await anomalyOf(run);
  assert.match(part, /surreal-1: seen in 1 read at 30\.000 s; surreal-2: more than once in 1 read/);
});

test('a time axis leaves out long spans and keeps the order of times', () => {
  const axis = timeAxis(
    [
      [100, 104],
      [110, 112],
      [30_000, 30_003],
    ],
    0,
    500,
  );
  assert.equal(axis.stretches.length, 2);
  const places = [100, 104, 110, 112, 30_000, 30_003].map(axis.x);
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok((places[2] as number) - (places[1] as number) > 10, 'milliseconds stay visible');
});
