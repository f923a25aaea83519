import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drillFigures } from '../../../lib/core/faults/drill-figures.ts';
import { type DrillResult, drillTable } from '../../../lib/core/faults/drill-table.ts';
import { limitsUnderFaults } from '../../../lib/core/faults/effect-limits.ts';
import type { ObservedFault } from '../../../lib/core/faults/effects.ts';
import { chanceToSee, EXERCISES } from '../../../lib/core/faults/exercises.ts';
import { checkFaults, parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { parseDuration } from '../../../lib/core/load/duration.ts';
import type { Limit } from '../../../lib/core/verdict/limits.ts';
import type { LimitResult, RunSummary } from '../../../lib/core/verdict/summary.ts';
import { DRILL_SCENARIOS } from '../../../lib/node/drill/drill.ts';

for (const { name, faults, duration } of EXERCISES)
  test(`the exercise ${name} fits into its load, with time to recover`, () => {
    const length = parseDuration(duration) ?? 0;
    const parsed = faults.map(parseFault);
    checkFaults(parsed, length);
    for (const { text, start, duration: lasts } of parsed) assert.ok(length - start - lasts >= 3000, text);
  });

test('a table names what was not done, and why something failed', () => {
  const common = { exercise: 'node-killed', faults: [] };
  const results: DrillResult[] = [
    { ...common, scenario: 'bank', state: 'pass', headline: 'all well', outcomes: { ok: 812, failed: 3, unknown: 1 } },
    { ...common, scenario: 'set', state: 'fail', headline: 'lost update × 2' },
    { ...common, exercise: 'quorum-lost', scenario: 'set', state: 'not done', headline: 'the store is yours' },
    { ...common, exercise: 'quorum-lost', scenario: 'append', state: 'not done', headline: 'the store is yours' },
  ];
  const text = drillTable(results);
  assert.match(text, /^node-killed +bank +✓ pass +812 +3 +1$/m);
  assert.match(text, /✗ node-killed under set: lost update × 2/);
  assert.match(text, /– quorum-lost under set, append: the store is yours/);
  assert.ok(!text.includes('all well'));
});

const SEEN = { underWay: 14, errors: {}, errorsByNode: {}, firstSuccessByNode: {}, silentNodes: [], watched: 20_000 };
const fault = (began: number, converged: number, effects: Partial<ObservedFault['effects']>): ObservedFault => ({
  fault: 'kill:surreal-2@3s+3s',
  kind: 'kill',
  who: ['surreal-2'],
  planned: { start: began, end: began + 3000 },
  began,
  healed: began + 3000,
  converged,
  notes: [],
  effects: { ...SEEN, ...effects },
});

test('the figures of faults that belong together count from the first one, and the longest decides', () => {
  const slow = fault(10_000, 18_000, {
    errorWindow: { first: 2500, last: 6000 },
    longestStall: { duration: 90, at: 0 },
    firstSuccess: 2600,
    recovery: 7400,
  });
  const kill = fault(12_000, 16_000, {
    errorWindow: { first: 20, last: 4100 },
    longestStall: { duration: 400, at: 0 },
    firstSuccess: 30,
    recovery: 5000,
    timeToError: 3010,
  });
  assert.deepEqual(drillFigures([{ ...slow, kind: 'slow', fault: 'slow:surreal-2@3s+7s,latency=40ms' }, kill]), {
    atRisk: 14,
    errorWindow: { first: 2020, last: 6100 },
    longestStall: 400,
    firstSuccess: 2600,
    recovery: 7400,
    sameAgain: 8000,
    timeToError: 3010,
  });
});

test('what one of several faults did not recover from has no figure, and nothing failed is not a window', () => {
  const well = fault(1000, 2000, { longestStall: { duration: 20, at: 0 }, firstSuccess: 5, recovery: 0 });
  const ill = fault(1000, 2000, { longestStall: { duration: 30, at: 0 }, firstSuccess: 5 });
  assert.deepEqual(drillFigures([well, ill]), {
    atRisk: 28,
    longestStall: 30,
    firstSuccess: 5,
    sameAgain: 1000,
  });
});

test('a drill sees a loss of one in a hundred', () => {
  assert.equal(chanceToSee(0, 0.01), 0);
  assert.ok(chanceToSee(500, 0.01) > 0.99);
});

test('a drill fits into a hundred columns, however long it took', () => {
  const figures = { atRisk: 42, errorWindow: { first: 12_300, last: 45_600 }, longestStall: 45_600, recovery: 45_600 };
  const outcomes = { ok: 12_345, failed: 12_345, unknown: 12_345 };
  const results = EXERCISES.flatMap(({ name: exercise }) =>
    DRILL_SCENARIOS.map(
      (scenario): DrillResult => ({
        exercise,
        scenario,
        state: 'not done',
        headline: '',
        outcomes,
        figures,
        faults: [],
      }),
    ),
  );
  const lines = drillTable(results).split('\n');
  assert.ok(lines.every((line) => line.length <= 100));
  assert.match(lines[1] ?? '', /^node-killed +append +– not done +12345 +12345 +12345 +12\.3–45\.6 +45\.6 +45\.6 +–$/);
});

test('faults excuse errors, slowness and dropped operations; never wrong data, never an unread end', () => {
  const limit = { requirement: 'X-001', title: 't', statistic: 'count', comparison: '==', limit: 0, unit: '' } as const;
  const result = (kind: Limit['kind'], metric: string): LimitResult => ({
    limit: { ...limit, kind, metric, tags: {}, over: 'run' },
    state: 'broken',
    measured: 5,
  });
  const limits = [
    result('availability', 'operation_errors'),
    result('performance', 'operation_duration'),
    result('validity', 'dropped_iterations'),
    result('validity', 'unverified_elements'),
    result('correctness', 'stale_reads'),
  ];
  const { limits: judged } = limitsUnderFaults({ limits } as unknown as RunSummary);
  assert.deepEqual(
    judged.map(({ state }) => state),
    ['not applicable', 'not applicable', 'not applicable', 'broken', 'broken'],
  );
  assert.match(judged[0]?.reason ?? '', /thresholds\/faults\.json/);
});
