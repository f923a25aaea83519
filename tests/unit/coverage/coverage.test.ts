import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageOf, coverageText } from '../../../lib/core/coverage/coverage.ts';
import { HAPPENED, type RecordedRun } from '../../../lib/core/coverage/happened.ts';
import type { SituationName } from '../../../lib/core/coverage/situations.ts';
import type { FaultWindow } from '../../../lib/core/faults/window.ts';
import type { Operation } from '../../../lib/core/history/history.ts';

const op = (change: Partial<Operation>): Operation => ({
  process: 1,
  f: 'write',
  key: 'a',
  node: 'surreal-1',
  protocol: 'sql',
  start: 100,
  end: 110,
  outcome: 'ok',
  ...change,
});
const FAULT: FaultWindow = {
  fault: 'kill:surreal-2@1s+1s',
  kind: 'kill',
  who: ['surreal-2'],
  planned: { start: 105, end: 1105 },
  began: 105,
  notes: [],
};
const run = (operations: Operation[], change: Partial<RecordedRun> = {}): RecordedRun => ({
  operations,
  faults: [FAULT],
  ...change,
});

const unknown = (change: Partial<Operation>) => op({ outcome: 'unknown', ...change });
const final = (value: unknown) => op({ f: 'final-read', key: 'index', start: 500, end: 510, value });

/** By situation: runs in which it happened, and runs in which it just did not. */
const CASES: Readonly<Record<SituationName, { happened: RecordedRun[]; not: RecordedRun[] }>> = {
  'several nodes': {
    happened: [run([op({}), op({ node: 'surreal-2' })])],
    not: [run([op({}), op({ node: 'surreal-2', outcome: 'failed' })])],
  },
  conflict: {
    happened: [run([op({ outcome: 'conflict' })]), run([op({ attempts: 2 })])],
    not: [run([op({ outcome: 'failed' })])],
  },
  'retry that won': { happened: [run([op({ attempts: 2 })])], not: [run([op({ outcome: 'conflict', attempts: 3 })])] },
  refusal: { happened: [run([op({ outcome: 'failed', refused: true })])], not: [run([op({ outcome: 'failed' })])] },
  'overlap on one key': {
    happened: [
      run([op({}), op({ process: 2, f: 'read', start: 105, end: 120 })]),
      run([
        op({ f: 'transfer', key: undefined as never, value: { id: 't1', from: 'a1', to: 'a2' } }),
        op({
          process: 2,
          f: 'transfer',
          key: undefined as never,
          value: { id: 't2', from: 'a2', to: 'a3' },
          start: 109,
        }),
      ]),
      run([
        op({ f: 'txn', key: undefined as never, value: [['append', 'l1', 7]] }),
        op({ process: 2, f: 'txn', key: undefined as never, value: [['r', 'l1', [7]]], start: 101 }),
      ]),
    ],
    not: [
      run([op({}), op({ process: 2, start: 110, end: 120 })]),
      run([op({}), op({ process: 2, key: 'b', start: 105 })]),
      run([op({ f: 'read' }), op({ process: 2, f: 'read', start: 105 })]),
    ],
  },
  'prompt read on another node': {
    happened: [
      run([op({}), op({ f: 'read', node: 'surreal-2', start: 119, end: 130 })]),
      run([op({}), op({ f: 'read', key: undefined as never, node: 'surreal-2', start: 110, end: 130 })]),
    ],
    not: [
      run([op({}), op({ f: 'read', node: 'surreal-2', start: 121, end: 130 })]),
      run([op({}), op({ f: 'read', start: 112, end: 130 })]),
      run([op({}), op({ f: 'read', key: 'b', node: 'surreal-2', start: 112, end: 130 })]),
      run([op({}), op({ f: 'read', node: 'surreal-2', start: 105, end: 130 })]),
    ],
  },
  'expired position': {
    happened: [
      run([
        op({ f: 'expiring-write', value: 2, start: 0, end: 1 }),
        op({ f: 'expiring-poll', value: { after: 1, got: [3], full: false }, start: 2500, end: 2501 }),
      ]),
    ],
    not: [
      run([
        op({ f: 'expiring-write', value: 2, start: 0, end: 1 }),
        op({ f: 'expiring-poll', value: { after: 1, got: [2, 3], full: false }, start: 2500, end: 2501 }),
      ]),
      run([
        op({ f: 'expiring-write', value: 2, start: 0, end: 1 }),
        op({ f: 'expiring-poll', value: { after: 2, got: [3], full: false }, start: 2500, end: 2501 }),
      ]),
    ],
  },
  'several regions': { happened: [run([], { regions: 2 })], not: [run([], { regions: 1 }), run([])] },
  'operation in flight at a fault': {
    happened: [run([op({})]), run([op({ end: undefined as never, outcome: 'unknown' })])],
    not: [run([op({ start: 106 })]), run([op({ end: 104 })]), run([final([])])],
  },
  'unknown applied': {
    happened: [
      run([unknown({ value: undefined }), final([['a']])]),
      run([unknown({ f: 'add', value: 5 }), final({ runs: [1, 3, 5, 9] })]),
      run([
        unknown({ f: 'transfer', value: { id: 't1' } }),
        final({ balances: { a: 1 }, ledger: [['t1', 'a', 'b', 3]] }),
      ]),
      run([unknown({ f: 'txn', value: [['append', 'l1', 7]] }), final([['r', 'l1', [6, 7]]])]),
      run([unknown({ f: 'cas', value: [3, 4] }), op({ f: 'read', value: 4, start: 200 })]),
    ],
    not: [
      run([unknown({ f: 'add', value: 4 }), final({ runs: [1, 3, 5, 9] })]),
      run([op({ f: 'add', value: 5 }), final({ runs: [1, 9] })]),
      run([unknown({ f: 'cas', value: [3, 4] }), op({ f: 'read', key: 'b', value: 4, start: 200 })]),
      run([unknown({ f: 'read', value: 4 }), final([4])]),
    ],
  },
  'unknown not applied': {
    happened: [run([unknown({ f: 'add', value: 4 }), final({ runs: [1, 3] })])],
    not: [run([unknown({ f: 'add', value: 4 })]), run([unknown({ f: 'add', value: 2 }), final({ runs: [1, 3] })])],
  },
  'leader change under a fault': {
    happened: [run([], { leaderChanges: 1 })],
    not: [run([], { leaderChanges: 0 }), run([])],
  },
};

for (const [name, { happened, not }] of Object.entries(CASES))
  test(`"${name}" differs from runs that came close to it`, () => {
    const hasHappened = HAPPENED[name as SituationName];
    for (const [index, it] of happened.entries()) assert.equal(hasHappened(it), true, `happened ${index}`);
    for (const [index, it] of not.entries()) assert.equal(hasHappened(it), false, `not ${index}`);
  });

test('the line says how many of the declared situations happened, and names the others', () => {
  const declared: SituationName[] = ['conflict', 'several nodes', 'several regions', 'unknown applied'];
  const coverage = coverageOf(declared, run([op({ attempts: 2 }), op({ node: 'surreal-2' })]));
  assert.equal(coverageText(coverage), 'exercised 2 of 4; not seen: several regions, unknown applied');
  assert.equal(coverageText(coverageOf(['conflict'], run([op({ attempts: 2 })]))), 'exercised 1 of 1');
  assert.equal(coverageText(coverageOf([], run([]))), '');
});

test('what only a fault can bring about does not count in a run without faults', () => {
  const declared: SituationName[] = ['conflict', 'unknown applied', 'leader change under a fault'];
  assert.deepEqual(coverageOf(declared, run([op({})], { faults: [] })), { seen: [], missing: ['conflict'] });
});
