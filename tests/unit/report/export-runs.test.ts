import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportRuns } from '../../../lib/node/report/export-runs.ts';
import type { RunEntry } from '../../../lib/node/report/run-list.ts';
import { seriesOfRuns } from '../../../lib/node/report/trends/run-series.ts';

const run = (id: string, state: RunEntry['state'], p95: number): RunEntry => ({
  id,
  started: '2026-01-02T03:04:05.000Z',
  scenario: 'bank',
  target: 'native',
  series: 'bank, "load"',
  state,
  headline: '',
  version: 'surrealdb-3.3.5',
  commit: 'v1-2-gabc',
  figures: { p50: 1, p95, p99: 9, perSecond: 100, errors: 0 },
  hasReport: true,
});
const SERIES = seriesOfRuns([run('a', 'pass', 5), run('b', 'fail', 6), run('c', 'invalid', 70)]);

test('runs as CSV: a line each, with quoted cells', () => {
  const [header, first, ...rest] = exportRuns(SERIES, 'csv').split('\r\n');
  assert.equal(header, 'run,started,series,verdict,operations/s,p50 ms,p95 ms,p99 ms,errors,version,commit');
  assert.equal(first, 'a,2026-01-02T03:04:05.000Z,"bank, ""load""",pass,100,1,5,9,0,surrealdb-3.3.5,v1-2-gabc');
  assert.equal(rest.length, 2);
});

test('runs for github-action-benchmark: the newest one that is valid', () => {
  const entries = JSON.parse(exportRuns(SERIES, 'github'));
  assert.deepEqual(entries[1], { name: 'bank, "load": p95 latency', unit: 'ms', value: 6, extra: 'b' });
  assert.equal(entries.length, 3);
});
