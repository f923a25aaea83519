import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { FaultEffects, ObservedFault } from '../../../lib/core/faults/effects.ts';
import { effectsTable } from '../../../lib/core/faults/effects-table.ts';
import { judgeFaults } from '../../../lib/core/faults/judge.ts';
import { parseLimits } from '../../../lib/core/verdict/limits.ts';
import { windowOf } from '../../support/invented-faults.ts';

const limits = parseLimits('faults.json', JSON.parse(await readFile('thresholds/faults.json', 'utf8')));

const WELL: FaultEffects = {
  underWay: 14,
  errors: { refused: 12, reset: 1 },
  errorsByNode: { 'surreal-2': { refused: 12, reset: 1 } },
  errorWindow: { first: 1, last: 2980 },
  firstSuccess: 4,
  firstSuccessByNode: { 'surreal-1': 4, 'surreal-2': 3400 },
  silentNodes: [],
  recovery: 3000,
  throughput: { before: 200, deepest: 132, at: 400 },
  p95Before: 4,
  longestStall: { duration: 15, at: 20 },
  longestOperation: 30,
  timeToError: 12,
  watched: 60_000,
};

const fault = (effects: Partial<FaultEffects>, healed = 13_000): ObservedFault => ({
  ...windowOf(10_000, healed),
  effects: { ...WELL, ...effects },
});

const states = (...faults: ObservedFault[]) =>
  judgeFaults(limits, faults, 10_000).map(({ limit, state }) => `${limit.requirement} ${state}`);

test('all limits hold where a node is killed and comes back', () => {
  assert.deepEqual(states(fault({})), ['AV-001 held', 'AV-002 held', 'AV-003 held']);
});

test('an error that comes long after the time-out breaks AV-001, and the fault is named', () => {
  const [result] = judgeFaults(
    limits,
    [fault({}), { ...fault({ timeToError: 12_500 }), fault: 'pause:tikv-1@1s+9s' }],
    10_000,
  );
  assert.equal(result?.state, 'broken');
  assert.equal(result?.measured, 2.5);
  assert.equal(result?.instance, 'pause:tikv-1@1s+9s');
});

test('what takes too long after the fault was healed is broken; what heals takes does not count', () => {
  const late = { firstSuccessByNode: { 'surreal-2': 50_000 }, recovery: 50_000 };
  assert.deepEqual(states(fault(late)), ['AV-001 held', 'AV-002 broken', 'AV-003 broken']);
  assert.deepEqual(states(fault(late, 55_000)), ['AV-001 held', 'AV-002 held', 'AV-003 held']);
});

test('what was not seen is broken where the limit was over before the load ended, and otherwise not known', () => {
  const { recovery: _, ...never } = WELL;
  const silent = { ...never, silentNodes: ['surreal-2'], firstSuccessByNode: { 'surreal-1': 4 } };
  const seen = { ...windowOf(10_000, 13_000), effects: silent };
  assert.deepEqual(states(seen), ['AV-001 held', 'AV-002 broken', 'AV-003 broken']);
  const short = { ...seen, effects: { ...silent, watched: 6000 } };
  assert.deepEqual(states(short), ['AV-001 held', 'AV-002 held', 'AV-002 not applicable', 'AV-003 not applicable']);
});

test('a fault without errors, without a before, or that never began is not judged', () => {
  const { timeToError: _, recovery: __, p95Before: ___, ...quiet } = WELL;
  const seen = { ...windowOf(10_000, 13_000), effects: { ...quiet, firstSuccessByNode: {} } };
  const result = judgeFaults(limits, [seen], 10_000);
  assert.deepEqual(
    result.map(({ reason }) => reason),
    ['no request failed', 'no node was asked after a fault', 'nothing is known from before the first fault'],
  );
});

test('the table says what clients saw, node by node', () => {
  const text = effectsTable([fault({}), windowOf(1, 2)]);
  assert.match(text, /kill:surreal-2@5s\+3s +13 +1 ms +2\.98 s +4 ms +3 s +132 of 200\/s +15 ms +30 ms +12 ms/);
  assert.match(text, / {2}surreal-2: 12 refused, 1 reset +3\.40 s/);
  assert.match(text, /it never took effect/);
  assert.equal(effectsTable([]), '');
});
