import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunEntry } from '../../../lib/node/report/run-list.ts';
import { changeText, seriesOfRuns } from '../../../lib/node/report/trends/run-series.ts';

const run = (number: number, p95: number, more: Partial<RunEntry> = {}): RunEntry => ({
  id: `run-${number}`,
  started: `2026-01-${10 + number}T00:00:00.000Z`,
  scenario: 'bank',
  target: 'native',
  series: 'bank',
  version: 'surrealdb-3.3.4',
  commit: 'v1',
  state: 'pass',
  headline: '',
  figures: { p50: 1, p95, p99: 9, perSecond: 100, errors: 0 },
  hasReport: true,
  ...more,
});
const textsOf = (runs: readonly RunEntry[]): string[] =>
  seriesOfRuns(runs).flatMap(({ changes }) => changes.map(changeText));
const wave = (number: number) => (number % 3) / 50;

test('a change names the first run after it, the commits between, and both levels', () => {
  const before = Array.from({ length: 8 }, (_, number) => run(number, 10 + wave(number)));
  const after = Array.from({ length: 8 }, (_, number) => run(8 + number, 10.7 + wave(number), { commit: 'v1-3-gabc' }));
  assert.deepEqual(textsOf([...before, ...after]), [
    'p95 latency +7 % since run-8 (commits v1..v1-3-gabc): 10.0 ms before, 10.7 ms since (p = 0.001).',
  ]);
  const newer = after.map((each) => ({ ...each, commit: 'v1', version: 'surrealdb-3.3.5' }));
  assert.match(
    textsOf([...before, ...newer])[0] ?? '',
    /\(commit v1, as before; surrealdb-3\.3\.4 → surrealdb-3\.3\.5\)/,
  );
});

test('invalid runs are left out, and small changes are not reported', () => {
  const calm = Array.from({ length: 20 }, (_, number) => run(number, 10 + wave(number)));
  const invalid = calm.map((each, index) =>
    index > 12 ? { ...each, ...run(index, 80), state: 'invalid' as const } : each,
  );
  assert.deepEqual(textsOf(invalid), []);
  assert.deepEqual(
    textsOf(calm.map((each, index) => run(index, (each.figures?.p95 ?? 0) * (index < 10 ? 1 : 1.03)))),
    [],
  );
});

test('runs of different kinds are not held against each other', () => {
  const runs = Array.from({ length: 16 }, (_, number) =>
    run(number, number < 8 ? 10 : 20, { series: number < 8 ? 'bank' : 'set' }),
  );
  assert.deepEqual(textsOf(runs), []);
});
