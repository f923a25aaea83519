import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkRwRegister, type RegisterStep } from '../../../lib/core/checkers/rw-register/rw-register.ts';
import { ISOLATION_LEVELS, type IsolationLevel } from '../../../lib/core/checkers/transactions/isolation-levels.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { isConsistentWith } from '../../support/brute-force.ts';
import type { Level } from '../../support/database.ts';
import { operation } from '../../support/operations.ts';
import { simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import { concurrentRegisters } from '../../support/transactions.ts';
import { registerTransactions } from '../../support/workloads.ts';

// The names are those of Elle's own tests (test/elle/rw_register_test.clj).
for (const { name, texts, kinds } of [
  { name: 'nothing wrong', texts: ['wx1', 'rx1wx2', 'rx2'], kinds: [] },
  { name: 'G1a', texts: ['!wx1', 'rx1'], kinds: ['G1a'] },
  { name: 'G1b', texts: ['wx1wx2', 'rx1'], kinds: ['G1b'] },
  { name: 'G1c', texts: ['wx1ry2', 'wy2rx1'], kinds: ['G1c'] },
  { name: 'G0, with versions that reads before writes tell', texts: ['rx1wx2wy1', 'wx1ry1wy2', 'rx2'], kinds: ['G0'] },
  { name: 'a read of the future', texts: ['rx1wx1'], kinds: ['G1c'] },
  { name: 'a value of nobody', texts: ['wx1', 'rx7'], kinds: ['unexpected'] },
  { name: 'internal', texts: ['wx1rx2', 'wx2'], kinds: ['internal'] },
  { name: 'read skew', texts: ['wx1wy1', 'rxry1'], kinds: ['G-single'] },
  { name: 'a long fork', texts: ['wx1', 'wy1', 'rx1ry', 'rxry1'], kinds: ['G-nonadjacent'] },
  { name: 'a lost update', texts: ['wx1', 'rx1wx2', 'rx1wx3'], kinds: ['lost update'] },
  { name: 'a write of unknown outcome that was seen', texts: ['?wx1wy1', 'rxry1'], kinds: ['G-single'] },
] as const)
  test(`transactions over registers: ${name}`, () =>
    assertAnomalies(checkRwRegister(concurrentRegisters(...texts)), kinds));

test('write skew is allowed by snapshot isolation, and not by serializable', () => {
  const skew = concurrentRegisters('rxwy1', 'rywx1');
  assert.equal(checkRwRegister(skew).valid, 'valid');
  assertAnomalies(checkRwRegister(skew, { expect: 'serializable' }), ['G2-item']);
});

test('evidence says which values prove the order', () => {
  const [anomaly] = checkRwRegister(concurrentRegisters('wx1wy1', 'rxry1')).anomalies;
  assert.match(anomaly?.first.message ?? '', /T\d did not read the 1 that T\d wrote to register x/);
});

const KEPT: readonly (readonly [Level, IsolationLevel])[] = [
  ['strict-serializable', 'strict-serializable'],
  ['serializable', 'serializable'],
  ['snapshot-isolation', 'strong-snapshot-isolation'],
  ['read-committed', 'read-committed'],
];
for (const [level, expect] of KEPT)
  test(`no false alarm: transactions over registers as ${expect} on a ${level} database`, () => {
    fc.assert(
      fc.property(simulations(level), (simulation) => {
        const { valid, explanation } = checkRwRegister(simulate(simulation, registerTransactions(3)), {
          expect,
          order: 'realtime',
        });
        assert.notEqual(valid, 'invalid', explanation);
      }),
      { numRuns: RUNS.numRuns / 2 },
    );
  });

/** Any small history over two registers. */
const histories = fc
  .array(
    fc.record({
      steps: fc.array(fc.tuple(fc.constantFrom('r', 'w'), fc.constantFrom('x', 'y'), fc.integer({ min: 0, max: 3 })), {
        minLength: 1,
        maxLength: 3,
      }),
      outcome: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'failed' as const, 'unknown' as const),
      process: fc.nat({ max: 2 }),
      pause: fc.nat({ max: 2 }),
      length: fc.nat({ max: 5 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) => {
    const written = new Map([
      ['x', 0],
      ['y', 0],
    ]);
    const free = new Map<number, number>();
    let clock = 0;
    return drawn.map(({ steps, outcome, process, pause, length }) => {
      clock += pause;
      const start = Math.max(clock, (free.get(process) ?? -1) + 1);
      free.set(process, start + length);
      const value = steps.map(([f, name, seen]): RegisterStep => {
        if (f === 'r') return ['r', name, seen === 0 ? null : seen];
        const next = (written.get(name) ?? 0) + 1;
        written.set(name, next);
        return ['w', name, next];
      });
      return operation({ f: 'txn', value, outcome, process, start, end: start + length });
    });
  });

for (const level of ISOLATION_LEVELS.filter((each) => !each.startsWith('read-')))
  test(`no small history over registers is called a violation of ${level} if the definition allows it`, () => {
    let found = 0;
    fc.assert(
      fc.property(histories, (history) => {
        const { valid, explanation } = checkRwRegister(history, { expect: level, order: 'realtime' });
        if (valid === 'invalid') found++;
        assert.ok(
          valid !== 'invalid' || !isConsistentWith(level, history),
          `${explanation}\n${JSON.stringify(history)}`,
        );
      }),
      { numRuns: RUNS.numRuns * 5 },
    );
    assert.ok(found > 0, 'violations must occur');
  });
