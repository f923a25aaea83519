import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { timeAxis } from '../../../lib/node/report/evidence/time-axis.ts';
import { writeReport } from '../../../lib/node/report/write-report.ts';
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
    // The life of a created record of a workload file is not drawn: its final reads do not say what is missing.
    if (run.kind === 'lost' && !['append', 'created'].includes(run.checker)) has(part, 'life missing');
  });

/** Cycles of registers are drawn as those of lists; what follows changefeeds and regions has no run here yet. */
const WITHOUT_RUN = /^(rw-register|atomicity|changefeed): /;

test('every kind of anomaly has a failing run, but for cycles that differ in the order they need', () => {
  const rest = [
    'G-nonadjacent-process',
    'G-nonadjacent-realtime',
    'G2-item-process',
    'G2-item-realtime',
    'G0-realtime',
  ];
  for (const kind of uncoveredKinds())
    assert.ok(rest.some((name) => kind === `append: ${name}`) || WITHOUT_RUN.test(kind), kind);
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
