import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, metricsOf } from '../../../lib/core/comparison/round-metrics.ts';
import { slicesOf } from '../../../lib/core/comparison/slices.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import type { PhaseSummary, Share } from '../../../lib/core/verdict/summary.ts';

const share = (ok: number, failed = 0): Share => ({
  outcomes: { ok, conflict: 0, failed, unknown: 0 },
  perSecond: ok / 3,
  latency: { p50: 1, p90: 2, p95: 3, p99: 4, p999: 5, max: 6 },
});

const nowhere = { byNode: {}, byProtocol: {} };

function phase(whole: Share, dropped: number, parts: Record<string, Share> = {}): PhaseSummary {
  const byOperation = Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, { ...part, ...nowhere, byProtocolAndNode: {} }]),
  );
  return { name: 'crud', seconds: 3, dropped, ...whole, ...nowhere, byScenario: {}, byOperation };
}

const namesOf = (metrics: readonly { name: string }[]) => metrics.map(({ name }) => name);

test('percentiles that would rest on a handful of operations are left out', () => {
  const metrics = metricsOf({
    model: 'open',
    phases: [phase(share(1050), 0, { create: share(210), list: share(30) })],
  });
  assert.deepEqual(namesOf(metrics), ['p50', 'p95', 'p99', 'p50 of create', 'p95 of create', 'p50 of list', 'errors']);
});

test('errors are all that was asked for and not acknowledged, dropped iterations too', () => {
  const errors = (whole: Share, dropped: number) =>
    metricsOf({ model: 'open', phases: [phase(whole, dropped)] }).find(({ name }) => name === 'errors')?.value;
  assert.equal(errors(share(1000), 0), 0);
  assert.equal(errors(share(980, 10), 10), 2);
  assert.equal(errors(share(0), 0), 100, 'nothing was done at all');
});

test('the rate counts in the closed model only, CPU where it was seen', () => {
  assert.ok(namesOf(metricsOf({ model: 'closed', phases: [phase(share(900), 0)] })).includes('throughput'));
  const cpu = metricsOf({ model: 'open', phases: [phase(share(900), 0)] }, 0.3).find(({ name }) => name === 'cpu');
  assert.equal(cpu?.value, 1, '0.3 cores for 3 s of 900 operations are 1 ms each');
});

test('metrics of operations belong to the kind of their figure', () => {
  const of = (name: string) => kindOf({ name, unit: 'ms', better: 'lower', scale: 'ratio' });
  assert.deepEqual(['p50', 'p95 of create', 'errors', 'cpu'].map(of), ['p50', 'p95', 'errors', 'cpu']);
});

test('a run is cut into slices of its measured part, by when operations began', () => {
  const operation = (start: number): Operation => ({
    process: 1,
    f: 'create',
    node: 'surreal-1',
    protocol: 'sql',
    start,
    end: start + 2,
    outcome: 'ok',
  });
  // Warm-up at 100–1100, the measured part at 3100–8100, reading back after it.
  const at = [100, 900, ...Array.from({ length: 500 }, (_, index) => 3100 + index * 10), 9000];
  const slices = slicesOf(at.map(operation), {
    model: 'open',
    measured: [{ name: 'writes', start: 3000, milliseconds: 5000, rate: 100, planned: 500 }],
  });
  assert.equal(slices.length, 5);
  for (const slice of slices) assert.equal(slice.find(({ name }) => name === 'p50')?.value, 2);
  assert.deepEqual(slicesOf([], { model: 'open', measured: [] }), []);
});
