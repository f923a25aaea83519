import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from '../../../lib/core/duration.ts';
import { EXERCISES } from '../../../lib/core/faults/drill.ts';
import { type DrillResult, drillTable } from '../../../lib/core/faults/drill-table.ts';
import { limitsUnderFaults } from '../../../lib/core/faults/limits.ts';
import { checkFaults, parseFault } from '../../../lib/core/faults/specification.ts';
import type { Limit } from '../../../lib/core/limits.ts';
import type { LimitResult, RunSummary } from '../../../lib/core/summary.ts';

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
  ];
  const text = drillTable(results);
  assert.match(text, /✓ +node-killed +bank +pass +812 +3 +1/);
  assert.match(text, /✗ node-killed under set: lost update × 2/);
  assert.match(text, /– quorum-lost under set: the store is yours/);
  assert.ok(!text.includes('all well'));
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
