import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { effectsOf, type FaultEffects } from '../../../lib/core/faults/effects.ts';
import { STEP } from '../../../lib/core/faults/sliding.ts';
import type { FaultWindow } from '../../../lib/core/faults/window.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { inventLoad, killed, LATENCY, PERIOD, windowOf } from '../../support/invented-faults.ts';

const LENGTH = 30_000;
const MEASURED = { start: 0, end: LENGTH };
/** Three nodes take turns. */
const ROUND = 3 * PERIOD;

function effects(operations: readonly Operation[], ...windows: FaultWindow[]): FaultEffects {
  const [first] = effectsOf(operations, windows, MEASURED);
  assert.ok(first);
  return first;
}

const within = (actual: number | undefined, expected: number, tolerance: number, what: string) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual}, expected ${expected} ± ${tolerance}`,
  );

test('nothing happens: no errors, no recovery needed', () => {
  const seen = effects(inventLoad(LENGTH), windowOf(10_000, 13_000));
  assert.deepEqual(seen.errors, {});
  assert.equal(seen.errorWindow, undefined);
  assert.equal(seen.recovery, 0);
  assert.equal(seen.p95Before, LATENCY);
  assert.equal(seen.throughput?.before, 1000 / PERIOD);
  assert.equal(seen.longestStall?.duration, PERIOD);
  assert.equal(seen.timeToError, undefined);
});

test('the time to an error is that of the request that failed, not of its tries before that met conflicts', () => {
  const [template] = inventLoad(LENGTH);
  assert.ok(template);
  const operation = { ...template, start: 9000, end: 14_000, outcome: 'unknown', error: 'timeout' } as const;
  const tried: Operation = { ...operation, attempts: 3, tries: [900, 1000, 3001] };
  const timeToError = (it: Operation) => effects([it], windowOf(10_000, 13_000)).timeToError;
  assert.equal(timeToError(tried), 3001);
  assert.equal(timeToError(operation), 5000);
});

test('operations under way when a fault takes effect: of a node its own, of a store all', () => {
  const [template] = inventLoad(LENGTH);
  assert.ok(template);
  const operation = (node: string, start: number, end: number): Operation => ({ ...template, node, start, end });
  const operations = [
    operation('surreal-1', 9000, 9900),
    operation('surreal-1', 9500, 10_500),
    operation('surreal-2', 9900, 12_000),
    operation('surreal-2', 9950, 10_050),
    operation('surreal-3', 10_001, 10_002),
  ];
  const underWay = (who: string) => effects(operations, windowOf(10_000, 13_000, who)).underWay;
  assert.equal(underWay('surreal-1'), 1);
  assert.equal(underWay('surreal-2'), 2);
  assert.equal(underWay('surreal-3'), 0);
  assert.equal(underWay('tikv-1'), 3);
});

test('a killed node, whenever and for how long: everything is as it was invented', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2000, max: 12_000 }),
      fc.integer({ min: 300, max: 10_000 }),
      fc.constantFrom('surreal-1', 'surreal-2', 'surreal-3'),
      (began, length, victim) => {
        const healed = began + length;
        const operations = inventLoad(LENGTH, killed(victim, began, healed));
        const seen = effects(operations, windowOf(began, healed, victim));
        const failed = operations.filter(({ outcome }) => outcome !== 'ok');
        const times = failed.map(({ end = 0 }) => end);
        assert.deepEqual(Object.keys(seen.errorsByNode), [victim]);
        assert.equal(
          Object.values(seen.errors).reduce((sum, count) => sum + count, 0),
          failed.length,
        );
        assert.equal(seen.errorWindow?.first, Math.min(...times) - began);
        assert.equal(seen.errorWindow?.last, Math.max(...times) - began);
        within(seen.firstSuccessByNode[victim], length + LATENCY, 2 * ROUND, 'first success of the victim');
        within(seen.firstSuccess, LATENCY, 2 * ROUND, 'first success');
        // A second has its 95th percentile back when one in twenty fails: one in three, for the last 150 ms of the fault.
        within(seen.recovery, length - 75, 75 + STEP, 'recovery');
        assert.deepEqual(seen.silentNodes, []);
      },
    ),
    { numRuns: 40 },
  );
});

test('a node that stands still: requests wait, none fails', () => {
  const stall = (start: number, node: string) =>
    node === 'surreal-2' && start + LATENCY > 10_000 && start < 12_000 ? { end: 12_000 + LATENCY } : {};
  const seen = effects(inventLoad(LENGTH, stall), windowOf(10_000, 12_000));
  assert.deepEqual(seen.errors, {});
  within(seen.recovery, 2000, STEP, 'recovery');
  within(seen.firstSuccessByNode['surreal-2'], 2000 + LATENCY, ROUND, 'first success');
  within(seen.longestOperation, 2000, ROUND, 'longest operation');
  within(seen.throughput?.deepest, (1000 / PERIOD) * (2 / 3), 2, 'deepest second');
});

test('every node stands still and users wait: the dip is to the ground, and the stall as long as the fault', () => {
  // Fifty users, each of them waiting: after the first quarter of a second nobody is left to ask.
  const operations = inventLoad(LENGTH).flatMap((operation): Operation[] => {
    if (operation.start < 10_000 || operation.start >= 14_000) return [operation];
    return operation.start < 10_250 ? [{ ...operation, end: 14_000 + LATENCY }] : [];
  });
  const seen = effects(operations, windowOf(10_000, 14_000));
  assert.equal(seen.throughput?.deepest, 0);
  within(seen.longestStall?.duration, 4000, 2 * PERIOD, 'stall');
  within(seen.recovery, 4000, STEP, 'recovery');
});

test('lost quorum: each request ends in a time-out or a server error, and the slowest one is reported', () => {
  const lost = (start: number) => {
    if (start < 10_000 || start >= 18_000) return {};
    const timedOut = start % 2 === 0;
    return {
      end: start + (timedOut ? 2000 : 500),
      outcome: 'unknown',
      error: timedOut ? 'timeout' : 'http500',
    } as const;
  };
  const operations = inventLoad(LENGTH, lost);
  const seen = effects(operations, windowOf(10_000, 18_000));
  assert.equal(seen.timeToError, 2000);
  assert.equal((seen.errors.timeout ?? 0) + (seen.errors['server error'] ?? 0), 8000 / PERIOD);
  within(seen.recovery, 10_000, STEP, 'recovery, when the last that hung has ended');
  within(seen.firstSuccess, 8000 + LATENCY, ROUND, 'first success');
});

test('not within the run: the node stays slow, and another never answers again', () => {
  const slow = (start: number, node: string) => {
    if (start < 10_000) return {};
    if (node === 'surreal-3') return { end: start + 1, outcome: 'failed', error: 'refused' } as const;
    return { end: start + 50 };
  };
  const seen = effects(inventLoad(LENGTH, slow), windowOf(10_000, 12_000));
  assert.equal(seen.recovery, undefined);
  assert.equal(seen.firstSuccessByNode['surreal-3'], undefined);
  assert.deepEqual(seen.silentNodes, ['surreal-3']);
});

test('faults one after the other have effects of their own; faults that overlap share them', () => {
  const first = killed('surreal-1', 5000, 7000);
  const second = killed('surreal-2', 15_000, 16_000);
  const load = inventLoad(LENGTH, (start, node) => (start < 12_000 ? first(start, node) : second(start, node)));
  const [one, two] = effectsOf(load, [windowOf(5000, 7000), windowOf(15_000, 16_000)], MEASURED);
  assert.deepEqual(Object.keys(one?.errorsByNode ?? {}), ['surreal-1']);
  assert.deepEqual(Object.keys(two?.errorsByNode ?? {}), ['surreal-2']);
  const [wide, narrow] = effectsOf(load, [windowOf(4000, 18_000), windowOf(15_000, 16_000)], MEASURED);
  assert.deepEqual(Object.keys(wide?.errorsByNode ?? {}), ['surreal-1', 'surreal-2']);
  assert.deepEqual(Object.keys(narrow?.errorsByNode ?? {}), ['surreal-2']);
});

test('what is not a failure: conflicts, refusals that belong to the operation, final reads, what happened before', () => {
  const load = inventLoad(LENGTH, (start) => {
    if (start === 1000) return { outcome: 'unknown', error: 'timeout' };
    if (start === 11_000) return { outcome: 'conflict', error: 'TransactionConflict' };
    if (start === 11_500) return { outcome: 'failed', error: 'insufficient funds' };
    return {};
  });
  const final = {
    process: 1,
    f: 'final-read',
    node: 'surreal-1',
    protocol: 'sql',
    start: 12_000,
    outcome: 'unknown',
  } as const;
  const seen = effects([...load, final], windowOf(10_000, 12_000));
  assert.deepEqual(seen.errors, { conflict: 1 });
  assert.equal(seen.errorWindow, undefined);
});

test('a fault that never took effect has none, and one at the very beginning has no before', () => {
  const { began: _began, healed: _healed, ...planned } = windowOf(5000, 6000);
  assert.deepEqual(effectsOf(inventLoad(LENGTH), [planned], MEASURED), [undefined]);
  const seen = effects(inventLoad(LENGTH), windowOf(200, 1000));
  assert.equal(seen.p95Before, undefined);
  assert.equal(seen.recovery, undefined);
  assert.ok(seen.firstSuccess !== undefined);
});
