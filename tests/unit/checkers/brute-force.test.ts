import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { ISOLATION_LEVELS } from '../../../lib/core/checkers/transactions/isolation-levels.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { isConsistentWith, isLinearizable } from '../../support/brute-force.ts';
import { simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import { appendFinalRead, appendWorkload } from '../../support/workloads.ts';

const value = fc.integer({ min: 0, max: 2 });

/** Any operation on a register at any time, whether or not a register could have answered so. */
const registerOperation: fc.Arbitrary<Operation> = fc
  .record({
    start: fc.integer({ min: 0, max: 12 }),
    length: fc.integer({ min: 0, max: 6 }),
    what: fc.oneof(
      fc.record({ f: fc.constant('read'), value: fc.option(value), outcome: fc.constant('ok' as const) }),
      fc.record({ f: fc.constant('write'), value, outcome: fc.constantFrom('ok', 'unknown', 'failed', 'conflict') }),
      fc.record({ f: fc.constant('cas'), value: fc.tuple(value, value), outcome: fc.constantFrom('ok', 'unknown') }),
      fc.record({
        f: fc.constant('cas'),
        value: fc.tuple(value, value),
        outcome: fc.constant('failed' as const),
        error: fc.constantFrom('mismatch', 'other'),
      }),
    ),
  })
  .map(({ start, length, what }) => ({
    ...what,
    process: 0,
    key: 'k',
    node: 'a',
    protocol: 'sql',
    start,
    end: start + length,
  }));

const registerHistory = fc
  .array(registerOperation, { minLength: 1, maxLength: 6 })
  .map((operations) => operations.map((operation, process) => ({ ...operation, process })));

test('linearizability is what the definition says, on any small history', () => {
  let valid = 0;
  let invalid = 0;
  fc.assert(
    fc.property(registerHistory, (operations) => {
      const expected = isLinearizable(operations);
      if (expected) valid++;
      else invalid++;
      assert.equal(checkRegister(operations).valid, expected ? 'valid' : 'invalid');
    }),
    { numRuns: RUNS.numRuns * 10 },
  );
  assert.ok(valid > 0 && invalid > 0, 'both verdicts must occur');
});

test('what is shown of a register that is not linearizable is itself not linearizable', () => {
  fc.assert(
    fc.property(registerHistory, (operations) => {
      const { first } = checkRegister(operations).anomalies[0] ?? {};
      if (first === undefined) return;
      assert.ok(first.operations.length > 0);
      assert.ok(!isLinearizable(first.operations));
      // Absent if not even one of the operations can come first.
      const { order = [], stuck } = first.linearization ?? {};
      assert.ok(order.every(({ operation }) => operation !== stuck));
    }),
    { numRuns: RUNS.numRuns * 10 },
  );
});

for (const expect of ISOLATION_LEVELS)
  test(`a history is ${expect} exactly if an order of starts and commits explains it`, () => {
    let valid = 0;
    let invalid = 0;
    fc.assert(
      fc.property(simulations('read-committed', 5), fc.integer({ min: 1, max: 3 }), (simulation, lists) => {
        const history = simulate(simulation, appendWorkload(lists, false), [appendFinalRead(lists)]);
        const last = history.at(-1) as Operation;
        const expected = isConsistentWith(expect, history.slice(0, -1), last);
        if (expected) valid++;
        else invalid++;
        const verdict = checkAppend(history, { expect, order: 'realtime' });
        assert.equal(verdict.valid !== 'invalid', expected, verdict.explanation);
      }),
      { numRuns: RUNS.numRuns * 5 },
    );
    assert.ok(valid > 0, 'a history that the level allows must occur');
    assert.ok(
      invalid > 0 || expect.startsWith('read-'),
      `both verdicts must occur: ${valid} valid, ${invalid} invalid`,
    );
  });
