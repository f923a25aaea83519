import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import { checkBank } from '../../../lib/core/checkers/bank.ts';
import { checkCounter } from '../../../lib/core/checkers/counter.ts';
import { checkReadAfterWrite } from '../../../lib/core/checkers/read-after-write.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { checkSession } from '../../../lib/core/checkers/session-guarantees.ts';
import { checkSetFull } from '../../../lib/core/checkers/set/set-full.ts';
import type { CheckVerdict } from '../../../lib/core/checkers/shared/check-verdict.ts';
import type { IsolationLevel } from '../../../lib/core/checkers/transactions/isolation-levels.ts';
import { checkUnique } from '../../../lib/core/checkers/unique.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import type { Level } from '../../support/database.ts';
import { type Action, type Pick, simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import { anyClock, throughWrongClocks, wrongClocks } from '../../support/skewed-clocks.ts';
import * as workloads from '../../support/workloads.ts';

/** Levels at which one key behaves as if there were but one copy of it. */
const LINEARIZABLE: readonly Level[] = ['strict-serializable', 'snapshot-isolation'];

interface Case {
  readonly name: string;
  readonly levels: readonly Level[];
  readonly act: (pick: Pick, number: number) => Action;
  readonly last?: readonly Action[];
  readonly check: (operations: Operation[]) => CheckVerdict;
}

const three = (action: Action): readonly Action[] => [action, action, action];

const CASES: readonly Case[] = [
  {
    name: 'bank',
    levels: [...LINEARIZABLE, 'serializable'],
    act: workloads.bankWorkload,
    check: (operations) => checkBank(operations, { initial: workloads.INITIAL_BALANCES }),
  },
  {
    name: 'bank with final reads',
    levels: LINEARIZABLE,
    act: workloads.bankWorkload,
    last: three(workloads.bankFinalRead),
    check: (operations) => checkBank(operations, { initial: workloads.INITIAL_BALANCES }),
  },
  ...[1, 3, 0].map((values) => ({
    name: `register with ${values === 0 ? 'unique' : values} values`,
    levels: LINEARIZABLE,
    act: workloads.registerWorkload(3, values),
    check: checkRegister,
  })),
  ...[true, false].map((signed) => ({
    name: `counter, ${signed ? 'signed' : 'increments'}`,
    levels: LINEARIZABLE,
    act: workloads.counterWorkload(signed),
    last: [...workloads.counterFinalReads, ...workloads.counterFinalReads],
    check: checkCounter,
  })),
  {
    name: 'set-full',
    levels: LINEARIZABLE,
    act: workloads.setWorkload,
    last: three(workloads.setFinalRead),
    check: checkSetFull,
  },
  {
    name: 'unique',
    levels: LINEARIZABLE,
    act: workloads.uniqueWorkload,
    last: three(workloads.uniqueFinalRead),
    check: checkUnique,
  },
  { name: 'session', levels: LINEARIZABLE, act: workloads.sessionWorkload, check: checkSession },
  {
    name: 'read-after-write',
    levels: LINEARIZABLE,
    act: workloads.readAfterWriteWorkload,
    check: checkReadAfterWrite,
  },
  ...appendCases(),
];

/** What each level of the reference database keeps; a snapshot is taken at the first step, so it is the strong kind. */
function appendCases(): Case[] {
  const kept: readonly (readonly [Level, IsolationLevel])[] = [
    ['strict-serializable', 'strict-serializable'],
    ['serializable', 'serializable'],
    ['snapshot-isolation', 'strong-snapshot-isolation'],
    ['read-committed', 'read-committed'],
  ];
  return kept.flatMap(([level, expect]) =>
    [2, 6].map((lists) => ({
      name: `append over ${lists} lists as ${expect}`,
      levels: [level],
      act: workloads.appendWorkload(lists, level !== 'read-committed'),
      last: level === 'serializable' ? [] : three(workloads.appendFinalRead(lists)),
      check: (operations: Operation[]) => checkAppend(operations, { expect, order: 'realtime' }),
    })),
  );
}

for (const { name, levels, act, last, check } of CASES)
  for (const level of levels)
    test(`no false alarm: ${name} on a ${level} database`, () => {
      fc.assert(
        fc.property(simulations(level), (simulation) => {
          const { valid, explanation } = check(simulate(simulation, act, last));
          assert.notEqual(valid, 'invalid', explanation);
        }),
        RUNS,
      );
    });

/** In steps of the simulation: some operations take as long, many less. */
const MOST_UNCERTAIN = 20;

for (const { name, levels, act, last, check } of CASES)
  for (const level of levels)
    test(`no false alarm from clocks that are wrong: ${name} on a ${level} database`, () => {
      fc.assert(
        fc.property(simulations(level), wrongClocks(MOST_UNCERTAIN), anyClock, (simulation, clocks, clock) => {
          const { valid, explanation } = check(throughWrongClocks(simulate(simulation, act, last), clocks, clock));
          assert.notEqual(valid, 'invalid', explanation);
        }),
        RUNS,
      );
    });
