import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toRuns } from '../../../lib/core/checkers/set/runs-of-numbers.ts';
import { checkSetFull } from '../../../lib/core/checkers/set/set-full.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn } from '../../support/operations.ts';
import { simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import { setFinalRead, setWorkload } from '../../support/workloads.ts';

const add = (value: number | string, outcome: Outcome = 'ok') => ({ f: 'add', value, outcome }) as const;
const read = (...elements: (number | string)[]) => ({ f: 'read', value: elements }) as const;
const check = (...operations: Fields[]) => checkSetFull(inTurn(...operations));

test('a set that keeps what is added is right', () => {
  const verdict = check(read(), add(1), read(1), add(2), read(2, 1));
  assertAnomalies(verdict, []);
  assert.equal(verdict.counts.stable, 2);
  assert.equal(verdict.counts['stable latency (ms) max'], 0);
});

test('names and encoded runs are elements, too', () => {
  assertAnomalies(check(add('x'), read('x')), []);
  assertAnomalies(check(add(1), add(2), add(7), { f: 'read', value: { runs: [1, 2, 7, 7] } }), []);
});

test('an add of unknown outcome may show at any later time, and then counts as recovered', () => {
  const verdict = check(add(1, 'unknown'), read(), read(1));
  assertAnomalies(verdict, []);
  assert.equal(verdict.counts.recovered, 1);
});

for (const { name, operations, kinds } of [
  { name: 'an acknowledged element that never shows', operations: [add(1), add(2), read(2)], kinds: ['lost'] },
  { name: 'an element that vanishes', operations: [add(1, 'unknown'), add(2), read(1, 2), read(2)], kinds: ['lost'] },
  { name: 'an element that comes late', operations: [add(1), read(), read(1)], kinds: ['stale'] },
  { name: 'an element held twice', operations: [add(1), read(1, 1)], kinds: ['duplicate'] },
  { name: 'an element that nobody added', operations: [add(1), read(1, 5)], kinds: ['unexpected'] },
  { name: 'an element before its time', operations: [read(1), add(1), read(1)], kinds: ['unexpected'] },
  { name: 'an element that was refused', operations: [add(1, 'failed'), add(2), read(1, 2)], kinds: ['dirty read'] },
  {
    name: 'an answer that is not a set',
    operations: [add(1), { f: 'read', value: 7 }, read(1)],
    kinds: ['corrupted', 'stale'],
  },
  {
    name: 'a gap in encoded runs',
    operations: [add(1), add(2), add(3), { f: 'read', value: { runs: [1, 1, 3, 3] } }],
    kinds: ['lost'],
  },
  {
    name: 'what encoded runs hold beside what was added, and twice',
    operations: [add(1), add(3), { f: 'read', value: { runs: [1, 3], duplicates: [3] } }],
    kinds: ['duplicate', 'unexpected'],
  },
])
  test(`a set checker finds ${name}`, () => assertAnomalies(check(...operations), kinds));

test('in eventual mode elements may come late, within the limit, but not get lost', () => {
  const late = inTurn(add(1), read(), read(1));
  assertAnomalies(checkSetFull(late, { mode: 'eventual' }), []);
  assertAnomalies(checkSetFull(late, { mode: 'eventual', limit: 5 }), ['not converged']);
  const gone = inTurn(add(1), add(2), { ...read(2), f: 'final-read' });
  assertAnomalies(checkSetFull(gone, { mode: 'eventual' }), ['lost']);
});

test('stable latency is the time from the acknowledgement to the start of the last read that missed the element', () => {
  assert.equal(check(add(1), read(), read(), read(1)).counts['stable latency (ms) max'], 19);
});

test('without any element read nothing is known', () => {
  const verdict = check(add(1));
  assert.equal(verdict.valid, 'unknown');
  assert.equal(verdict.counts.neverRead, 1);
});

test('encoded runs say the same as lists', () => {
  fc.assert(
    fc.property(simulations('strict-serializable'), fc.integer(), (simulation, chance) => {
      const lists = simulate(simulation, setWorkload, [setFinalRead]).map((operation, index) => {
        const isSpoilt = operation.f === 'read' && operation.outcome === 'ok' && (index + chance) % 7 === 0;
        return isSpoilt ? { ...operation, value: (operation.value as number[]).slice(1) } : operation;
      });
      const runs = lists.map((operation) =>
        Array.isArray(operation.value) ? { ...operation, value: toRuns(operation.value as number[]) } : operation,
      );
      const [ofLists, ofRuns] = [checkSetFull(lists), checkSetFull(runs)];
      assert.deepEqual(ofRuns.counts, ofLists.counts);
      assert.deepEqual(
        ofRuns.anomalies.map(({ kind, count }) => [kind, count]),
        ofLists.anomalies.map(({ kind, count }) => [kind, count]),
      );
    }),
    RUNS,
  );
});

test('runs encode any numbers', () => {
  assert.deepEqual(toRuns([]), { runs: [] });
  assert.deepEqual(toRuns([5, 1, 2, 3]), { runs: [1, 3, 5, 5] });
  assert.deepEqual(toRuns([1, 1, 1, 2]), { runs: [1, 2], duplicates: [1] });
});
