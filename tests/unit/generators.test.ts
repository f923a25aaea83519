import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkReadAfterWrite } from '../../lib/core/checkers/read-after-write.ts';
import { type ClockLook, segmentOptions, skewOf, withinClockBounds } from '../../lib/core/generators.ts';
import { clockLine, type History, type Operation, parseClock } from '../../lib/core/history.ts';
import { planLoad } from '../../lib/core/load-plan.ts';
import { mergeMetrics } from '../../lib/core/merged-metrics.ts';
import { MergedDurations } from '../../lib/node/load/merged-durations.ts';

test('segments of a load lie side by side and make the whole', () => {
  assert.deepEqual(segmentOptions(0, 2), ['--execution-segment=0:1/2', '--execution-segment-sequence=0,1/2,1']);
  assert.deepEqual(segmentOptions(2, 3), ['--execution-segment=2/3:1', '--execution-segment-sequence=0,1/3,2/3,1']);
});

test('a look at a clock is written as a line and read back', () => {
  const look = { at: 7.25, earliest: 1_795_280_338_811.25, latest: 1_795_280_338_811.5 };
  assert.deepEqual(parseClock(clockLine(look)), look);
  assert.equal(parseClock('load begins at 0'), undefined);
});

const width = fc.double({ min: 0, max: 2, noNaN: true });
/** A look at a clock whose time 0 was at `began`, wrong by less than its own bounds say. */
const lookAt = (began: number, at: number, [below, above]: readonly [number, number]): ClockLook => ({
  at,
  earliest: began - below,
  latest: began + above,
});

test('the offset between two clocks is within its uncertainty, also where the wall clock jumped between looks', () => {
  const start = fc.double({ min: 1e6, max: 1e6 + 1000, noNaN: true });
  const jump = fc.double({ min: -50, max: 50, noNaN: true });
  const widths = fc.array(fc.tuple(width, width), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(start, start, jump, widths, (one, other, by, [a, b, c, d]) => {
      const looks = [lookAt(one, 0, a ?? [0, 0]), lookAt(one + by, 100, b ?? [0, 0])];
      const reference = [lookAt(other, 0, c ?? [0, 0]), lookAt(other + by, 100, d ?? [0, 0])];
      const skew = skewOf(looks, reference);
      assert.ok(skew !== undefined && Math.abs(skew.offset - (one - other)) <= skew.uncertainty + 1e-6);
    }),
  );
  assert.equal(skewOf([], [lookAt(1, 0, [0, 0])]), undefined);
});

const write = (value: number, start: number, end: number): Operation => ({
  process: 1,
  f: 'write',
  key: 'a',
  value,
  node: 'surreal-1',
  protocol: 'sql',
  start,
  end,
  outcome: 'ok',
  generator: 1,
});
const read = (value: number, start: number, end: number): Operation => ({
  ...write(value, start, end),
  process: 2,
  f: 'read',
  generator: 2,
});
const merged = (operations: Operation[], uncertainty: number): History => ({
  header: {
    history: 1,
    scenario: 'read-after-write',
    seed: 1,
    nodes: ['surreal-1'],
    generators: [
      { offset: 0, uncertainty: 0 },
      { offset: 0, uncertainty },
    ],
  },
  operations,
  damaged: 0,
});
const verdictOf = (history: History) => checkReadAfterWrite(withinClockBounds(history).operations).valid;

test('a read that a skewed clock put behind the next write is no stale read; one that is staler than the bound is', () => {
  const writes = [write(1, 0, 10), write(2, 20, 30)];
  const skewed = [...writes, read(1, 33, 35)];
  assert.equal(verdictOf(merged(skewed, 0)), 'invalid', 'without the bound it would look stale');
  assert.equal(verdictOf(merged(skewed, 5)), 'valid');
  assert.equal(verdictOf(merged([...writes, read(1, 36, 38)], 5)), 'invalid');
});

test('no clock offset within the bound makes a right history wrong', () => {
  const history = fc.record({
    gaps: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 8, maxLength: 40 }),
    offset: fc.double({ min: -30, max: 30, noNaN: true }),
    slack: fc.double({ min: 0, max: 30, noNaN: true }),
  });
  fc.assert(
    fc.property(history, ({ gaps, offset, slack }) => {
      // One at a time, writes and reads of generators 1 and 2 in turn: each read returns the write before it.
      let time = 0;
      let value = 0;
      const operations = gaps.map((gap, index) => {
        const start = time + gap + 1;
        time = start + 1;
        if (index % 2 === 0) return write(++value, start, time);
        const { start: from, end: to = time, ...rest } = read(value, start, time);
        return { ...rest, start: from + offset, end: to + offset };
      });
      assert.equal(verdictOf(merged(operations, Math.abs(offset) + slack)), 'valid');
    }),
  );
});

test('counters add up, rates keep their parts, extremes stay, means are weighted, and percentiles are not made up', () => {
  const one = {
    http_reqs: { count: 10, rate: 5 },
    failed: { passes: 1, fails: 9, rate: 0.1 },
    took: { count: 10, min: 1, max: 5, avg: 2, med: 2, 'p(95)': 4 },
  };
  const other = {
    http_reqs: { count: 30, rate: 15 },
    failed: { passes: 3, fails: 27, rate: 0.1 },
    took: { count: 30, min: 2, max: 9, avg: 4, med: 4, 'p(95)': 8 },
    lost_records: { count: 2, rate: 1 },
  };
  assert.deepEqual(mergeMetrics([one, other], {}), {
    http_reqs: { count: 40, rate: 20 },
    failed: { passes: 4, fails: 36, rate: 0.1 },
    took: { count: 40, min: 1, max: 9, avg: 3.5 },
    lost_records: { count: 2, rate: 1 },
  });
});

test('percentiles of the whole and of each part come from the operations, to 0.1 %', () => {
  const plan = planLoad('writes', { profile: 'smoke', rate: 100, vus: undefined, duration: undefined });
  const [phase] = plan.measured;
  assert.ok(phase);
  const durations = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(durations, (all) => {
      const builder = new MergedDurations(plan, [{}, { node: 'surreal-1' }, { operation: 'read' }]);
      for (const [index, duration] of all.entries())
        builder.add({ ...write(index, phase.start, phase.start + duration), process: index });
      const metrics = builder.metrics();
      const whole = metrics[`operation_duration{scenario:${phase.name}}`];
      const sorted = [...all].sort((a, b) => a - b);
      assert.equal(whole?.count, all.length);
      assert.deepEqual(metrics[`operation_duration{scenario:${phase.name},node:surreal-1}`], whole);
      assert.equal(metrics[`operation_duration{scenario:${phase.name},operation:read}`], undefined);
      const exact = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
      assert.ok(Math.abs((whole?.['p(95)'] ?? 0) - exact) <= exact * 0.002 + 0.001);
    }),
    { numRuns: 50 },
  );
});

test('an operation that was cut off lasts until its process goes on', () => {
  const plan = planLoad('writes', { profile: 'smoke', rate: 100, vus: undefined, duration: undefined });
  const [phase] = plan.measured;
  assert.ok(phase);
  const builder = new MergedDurations(plan, [{}]);
  const { end: _, ...cutOff } = write(1, phase.start, 0);
  builder.add({ ...cutOff, outcome: 'unknown' });
  builder.add(write(2, phase.start + 500, phase.start + 501));
  assert.equal(builder.metrics()[`operation_duration{scenario:${phase.name}}`]?.max, 500);
});
