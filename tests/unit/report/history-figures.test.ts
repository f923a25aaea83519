// What a report draws from a history: parts, percentiles, conflicts, and memory that does not grow with its length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../../lib/core/history/history.ts';
import { HistoryReader } from '../../../lib/node/report/history-figures.ts';

const PLAN = { measured: [{ name: 'writes', start: 1000, milliseconds: 3000 }], loadEnds: 5000 };

const operation = (start: number, rest: Partial<Operation> = {}): Operation => ({
  process: 1,
  f: 'create',
  node: 'surreal-1',
  protocol: 'sql',
  start,
  end: start + 10,
  outcome: 'ok',
  ...rest,
});

function figuresOf(operations: readonly Operation[]) {
  const reader = new HistoryReader(PLAN);
  for (const it of operations) reader.add(it);
  return reader.figures();
}

test('time begins with the load, whatever set-up took, and is that of the history', () => {
  const { timeline, began } = figuresOf([operation(20_000), operation(21_500), operation(24_990)]);
  assert.equal(began, 20_000);
  assert.deepEqual(timeline.at, [20, 21, 22, 23, 24]);
  assert.deepEqual(timeline.all.ok, [1, 1, 0, 0, 1]);
  assert.equal(timeline.all.latency.p50[2], null);
});

test('parts are shown if there are several', () => {
  const { timeline } = figuresOf([operation(0), operation(100, { node: 'surreal-2' })]);
  assert.deepEqual(Object.keys(timeline.parts), ['node']);
  assert.deepEqual(timeline.parts.node?.['surreal-2']?.ok, [1, 0, 0, 0, 0]);
});

test('a refusal that an operation asks for is not an error, and reading back is not load', () => {
  const { timeline, firstError } = figuresOf([
    operation(0, { outcome: 'failed', error: 'insufficient funds', refused: true }),
    operation(10, { outcome: 'unknown', error: 'timeout' }),
    operation(20, { f: 'final-read' }),
    operation(30, { f: 'bank/final-read' }),
    operation(40, { f: 'saw-wrong-record' }),
  ]);
  assert.deepEqual([timeline.all.ok[0], timeline.all.errors[0]], [1, 1]);
  assert.equal(firstError?.start, 10);
});

test('conflicts are counted by attempt, in the measured part alone', () => {
  const { conflicts, timeline } = figuresOf([
    operation(0, { attempts: 3, tries: [1, 2, 3] }),
    operation(1100, { attempts: 3, tries: [1, 2, 3] }),
    operation(1200, { attempts: 2, tries: [4, 5], outcome: 'conflict', error: 'TransactionConflict' }),
    operation(1300),
    operation(1400, { f: 'read' }),
  ]);
  const [create, ...others] = conflicts;
  assert.equal(others.length, 0, 'a function without conflicts is not listed');
  const { f, operations, committed, attempts, conflicts: met, gaveUp, attemptLatency } = create ?? assert.fail();
  assert.deepEqual([f, operations, committed, attempts, met, gaveUp], ['create', 3, 2, 6, 4, 1]);
  assert.equal(attemptLatency?.total, 6);
  assert.deepEqual(timeline.all.conflicts, [2, 4, 0, 0, 0]);
});

test('attempts that an older history does not tell apart are not made up', () => {
  const [create] = figuresOf([operation(0), operation(1100, { attempts: 2 })]).conflicts;
  assert.equal(create?.attemptLatency, undefined);
});

test('an operation without an end is counted nowhere but as the first error', () => {
  const { end: _, ...cutOff } = operation(1100, { outcome: 'unknown', error: 'cut off' });
  const { timeline, histogram, firstError } = figuresOf([cutOff]);
  assert.deepEqual([timeline.all.errors[1], histogram.total, firstError?.error], [0, 0, 'cut off']);
});

test('latency of unsuccessful operations is apart, so that quick errors do not look like speed', () => {
  const reader = new HistoryReader({ measured: [{ name: 'x', start: 0, milliseconds: 1000 }], loadEnds: 1000 });
  const common = { process: 1, f: 'read', node: 'a', protocol: 'sql', start: 0 };
  reader.add({ ...common, end: 100, outcome: 'ok' });
  reader.add({ ...common, end: 1, outcome: 'failed' });
  const { successful, unsuccessful } = reader.figures().byOutcome;
  assert.deepEqual([successful.total, unsuccessful.total], [1, 1]);
  assert.ok(successful.percentiles.p50 > 90 && unsuccessful.percentiles.p50 < 2);
});
