import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockCostOf, clockCostText, clocksToCheckBy, UNKNOWN_SKEW } from '../../../lib/core/history/clock-cost.ts';
import { type ClockLook, joinLooks, millisecondsOf, skewOf } from '../../../lib/core/history/clocks.ts';
import { clockLine, type History, type Operation, parseClock } from '../../../lib/core/history/history.ts';
import { segmentOptions } from '../../../lib/core/load/generator-share.ts';
import { planLoad } from '../../../lib/core/load/load-plan.ts';
import { mergeMetrics } from '../../../lib/core/verdict/merged-metrics.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { MergedDurations } from '../../../lib/node/load/history/merged-durations.ts';

test('segments of a load lie side by side and make the whole', () => {
  assert.deepEqual(segmentOptions(0, 2), ['--execution-segment=0:1/2', '--execution-segment-sequence=0,1/2,1']);
  assert.deepEqual(segmentOptions(2, 3), ['--execution-segment=2/3:1', '--execution-segment-sequence=0,1/3,2/3,1']);
});

test('a look at a clock is written as a line and read back', () => {
  const look = { at: 7.25, earliest: 1_795_280_338_811.25, latest: 1_795_280_338_811.5 };
  assert.deepEqual(parseClock(clockLine(look)), look);
  const ofNode = { node: 'surreal-1', ...look };
  assert.deepEqual(parseClock(clockLine(ofNode)), ofNode);
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
      const skew = skewOf(looks, reference, 'machine');
      assert.ok(skew !== undefined && Math.abs(skew.offset - (one - other)) <= skew.uncertainty + 1e-6);
    }),
  );
  assert.equal(skewOf([], [lookAt(1, 0, [0, 0])], 'machine'), undefined);
});

test('a node’s timestamp keeps all its digits', () => {
  assert.equal(millisecondsOf('2026-11-21T19:34:56Z'), Date.UTC(2026, 10, 21, 19, 34, 56));
  assert.equal(millisecondsOf('2026-11-21T19:34:56.1234567Z'), Date.UTC(2026, 10, 21, 19, 34, 56) + 123.4567);
  for (const other of ['', 'now', '2026-11-21', undefined, 7]) assert.equal(millisecondsOf(other), undefined);
});

test('looks at a node within one round of questions join to what all of them allow', () => {
  const [wide, early, late] = [lookAt(100, 5, [2, 2]), lookAt(100, 6, [0.5, 3]), lookAt(100, 7, [3, 0.5])];
  assert.deepEqual(joinLooks([wide, early, late]), { at: 5, earliest: 99.5, latest: 100.5 });
  assert.equal(joinLooks([]), undefined);
});

test('by the clock of a node: the offset is within its uncertainty at both ends, and wherever between them drift has led', () => {
  const start = fc.double({ min: 1e6, max: 1e6 + 1000, noNaN: true });
  const drift = fc.double({ min: -20, max: 20, noNaN: true });
  const widths = fc.array(fc.tuple(width, width), { minLength: 4, maxLength: 4 });
  const ofNode = (look: ClockLook): ClockLook => ({ ...look, node: 'surreal-1' });
  fc.assert(
    fc.property(
      start,
      start,
      drift,
      fc.double({ min: 0, max: 1, noNaN: true }),
      widths,
      (one, other, by, part, all) => {
        const [a = [0, 0], b = [0, 0], c = [0, 0], d = [0, 0]] = all as [number, number][];
        const looks = [lookAt(one, 0, a), lookAt(one + by, 100, b)].map(ofNode);
        const reference = [lookAt(other, 0, c), lookAt(other, 100, d)].map(ofNode);
        // Looks at the machines' own clocks say nothing here.
        const skew = skewOf([lookAt(0, 0, [0, 0]), ...looks], reference, 'node');
        const actual = one + by * part - other;
        assert.ok(skew !== undefined && Math.abs(skew.offset - actual) <= skew.uncertainty + 1e-6);
      },
    ),
  );
  assert.equal(skewOf([lookAt(1, 0, [0, 0])], [lookAt(1, 0, [0, 0])], 'node'), undefined);
});

test('by the user’s figure: each of two wall clocks may be wrong by as much', () => {
  const [look, reference] = [lookAt(1010, 0, [0, 0]), lookAt(1000, 0, [0, 0])];
  const skew = skewOf([look], [reference], { uncertainty: 3 });
  assert.ok(skew !== undefined && Math.abs(skew.offset - 10) < 0.01 && Math.abs(skew.uncertainty - 6) < 0.01);
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
const verdictOf = (history: History) => checkHistory(history)[0]?.valid;

test('a read that a skewed clock put behind the next write is not a stale read; one that is staler than the bound is', () => {
  const writes = [write(1, 0, 10), write(2, 20, 30)];
  const skewed = [...writes, read(1, 33, 35)];
  assert.equal(verdictOf(merged(skewed, 0)), 'invalid', 'without the bound it would look stale');
  assert.equal(verdictOf(merged(skewed, 5)), 'valid');
  assert.equal(verdictOf(merged([...writes, read(1, 36, 38)], 5)), 'invalid');
});

test('what one generator did itself keeps its order, however little is known of its clock', () => {
  const own = [write(1, 0, 10), write(2, 20, 30)].map((it) => ({ ...it, generator: 2 }));
  for (const uncertainty of [5, UNKNOWN_SKEW.uncertainty]) {
    assert.equal(verdictOf(merged([...own, read(1, 33, 35)], uncertainty)), 'invalid');
    assert.equal(verdictOf(merged([...own, read(2, 33, 35)], uncertainty)), 'valid');
  }
});

test('what the clocks cost: next neighbours on one object that count as concurrent, and how close goes unseen', () => {
  const other = { ...write(1, 0, 4), key: 'b' };
  // On a: the write ends at 10; reads of the other generator begin 3 ms after it, and 15 and 90 ms after each other.
  const operations = [write(1, 0, 10), other, read(1, 13, 15), read(1, 30, 40), read(1, 130, 140)];
  assert.deepEqual(clockCostOf(merged(operations, 2)), { blind: 2, pairs: 3, concurrent: 0 });
  const cost = clockCostOf(merged(operations, 8));
  assert.deepEqual(
    cost,
    { blind: 8, pairs: 3, concurrent: 1 },
    'the order of one generator is known however its clock is',
  );
  assert.match(cost === undefined ? '' : clockCostText(cost), /less than 8 ms apart .* 33\.33 % of 3 /);
  assert.deepEqual(clocksToCheckBy(merged(operations, 7)), [1]);
  assert.deepEqual(
    clocksToCheckBy(merged(operations, 8)),
    [1, 2],
    'its own order would be lost by the clock of the first',
  );
  const { header, ...rest } = merged(operations, 8);
  const { generators: _, ...alone } = header;
  assert.equal(clockCostOf({ header: alone, ...rest }), undefined, 'one generator has one clock');
});

test('a transaction is a neighbour on each of its lists, a part of a mixed load only of its own', () => {
  const txn = (lists: readonly string[], start: number, end: number, f = 'txn'): Operation => {
    const { key: _, ...rest } = write(0, start, end);
    return { ...rest, f, value: lists.map((list) => ['append', list, 1]) };
  };
  const apart = [txn(['x'], 0, 1), txn(['y'], 2, 3), txn(['x', 'y'], 10, 11)];
  assert.equal(clockCostOf(merged(apart, 0))?.pairs, 2);
  assert.equal(clockCostOf(merged([txn(['x'], 0, 1, 'append/txn'), txn(['x'], 2, 3, 'other/txn')], 0))?.pairs, 0);
});

test('a clock that was never compared proves no order', () => {
  const history = merged([write(1, 0, 10), write(2, 20, 30), read(1, 33, 35)], UNKNOWN_SKEW.uncertainty);
  assert.equal(verdictOf(history), 'valid');
  const cost = clockCostOf(history);
  assert.match(cost === undefined ? '' : clockCostText(cost), /never compared/);
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
        builder.add(write(index, 0, 0), index, phase.start, phase.start + duration);
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
  builder.add(write(1, 0, 0), 1, phase.start, undefined);
  builder.add(write(2, 0, 0), 1, phase.start + 500, phase.start + 501);
  assert.equal(builder.metrics()[`operation_duration{scenario:${phase.name}}`]?.max, 500);
});
