import { checkAnswers } from '../../core/checkers/answers.ts';
import { checkAppend } from '../../core/checkers/append.ts';
import { type Balances, checkBank } from '../../core/checkers/bank.ts';
import { checkCounter } from '../../core/checkers/counter.ts';
import type { IsolationLevel } from '../../core/checkers/isolation.ts';
import { checkReadAfterWrite } from '../../core/checkers/read-after-write.ts';
import { checkRegister } from '../../core/checkers/register.ts';
import { checkSession } from '../../core/checkers/session.ts';
import { checkSetFull } from '../../core/checkers/set-full.ts';
import { checkUnique } from '../../core/checkers/unique.ts';
import type { CheckVerdict } from '../../core/checkers/verdict.ts';
import { checkWrites } from '../../core/checkers/writes.ts';
import { clocksToCheckBy } from '../../core/history/clock-cost.ts';
import { withinClockBounds } from '../../core/history/clocks.ts';
import type { History } from '../../core/history/history.ts';
import { partsOf } from '../../core/history/history-parts.ts';
import type { CONSISTENCY_MODES } from '../../core/settings/settings.ts';
import { Failure, UsageError } from '../errors.ts';
import { withCasRates } from './cas-rates.ts';
import { withoutSamples } from './pairs.ts';

/** What a history is held against; where absent, what its own header says. */
export interface CheckOptions {
  readonly mode?: (typeof CONSISTENCY_MODES)[number];
  /** Mode `eventual`: how late a write may become visible, milliseconds. */
  readonly window?: number;
  readonly expect?: IsolationLevel;
  /** Scenario `bank`: balances before the first transfer. */
  readonly initial?: Balances;
}

type Checker = (history: History, options: CheckOptions) => CheckVerdict;

const CHECKERS: Readonly<Record<string, Checker>> = {
  writes: checkWrites,
  answers: checkAnswers,
  'read-after-write': ({ operations }, { mode, window = DEFAULT_WINDOW }) =>
    withoutSamples(checkReadAfterWrite(operations, mode === 'eventual' ? { mode, limit: window } : { mode: 'strong' })),
  bank: ({ operations }, { initial }) => {
    if (initial === undefined)
      throw new Failure('The header of this history does not say what the accounts held first: add options.initial.');
    return checkBank(operations, { initial });
  },
  register: ({ operations }) => withCasRates(checkRegister(operations), operations),
  counter: ({ operations }) => checkCounter(operations),
  set: ({ operations }, { mode = 'strong', window = DEFAULT_WINDOW }) =>
    checkSetFull(operations, { mode, limit: window }),
  unique: ({ operations }) => checkUnique(operations),
  session: ({ operations }, { mode }) => checkSession(operations, { realtime: mode !== 'eventual' }),
  append: ({ operations }, { expect = 'snapshot-isolation' }) => checkAppend(operations, { expect, order: 'realtime' }),
};

const DEFAULT_WINDOW = 500;

/** Checkers of scenarios that have others than the one of their own name. */
const OF_SCENARIO: Readonly<Record<string, readonly string[]>> = {
  crud: ['answers'],
  ycsb: ['answers'],
  blog: ['answers'],
  graphql: ['answers'],
  rest: ['answers'],
};

export const CHECKER_NAMES: readonly string[] = Object.keys(CHECKERS);

/** Operations that are missing can make a right history look wrong: one that is read was written by nobody, say. */
function asFarAsRecorded(verdict: CheckVerdict, { unfinished = 0 }: History): CheckVerdict {
  if (unfinished === 0 || verdict.valid !== 'invalid') return verdict;
  return {
    ...verdict,
    valid: 'unknown',
    explanation: `The run was ended early, so what ${unfinished} of its clients did last may be missing, and this may come of it: ${verdict.explanation}`,
  };
}

/**
 * Checks a history by the checkers of its scenario, or by the one that is named; of a mixed load each part by its own, which
 * are then called `bank/bank`, and the one that is named only where it is among them.
 * @throws UsageError where there is no such checker
 * @throws Failure where there is none for the history's scenario
 */
export function checkHistory(history: History, options: CheckOptions = {}, checker?: string): CheckVerdict[] {
  const { scenario, options: recorded, parts } = history.header;
  if (checker !== undefined && !CHECKER_NAMES.includes(checker))
    throw new UsageError(`There is no checker "${checker}". Checkers are: ${CHECKER_NAMES.join(', ')}.`);
  if (parts !== undefined) return checkParts(history, options, checker);
  const names = checker === undefined ? checkersOf(scenario) : [checker];
  const checks = names.map((name): Checker => {
    const check = CHECKERS[name];
    if (check !== undefined) return check;
    throw new Failure(
      `There is no checker for scenario "${scenario}". Name one with --checker: ${CHECKER_NAMES.join(', ')}.`,
    );
  });
  const held = { ...(recorded as CheckOptions | undefined), ...options };
  let verdicts: CheckVerdict[] = [];
  for (const generator of clocksToCheckBy(history)) {
    const seen = withinClockBounds(history, generator);
    // What is wrong by any of the clocks is wrong.
    verdicts = checks.map((check, index) => {
      const before = verdicts[index];
      if (before?.valid === 'invalid') return before;
      const verdict = check(seen, held);
      return before === undefined || verdict.valid === 'invalid' ? verdict : before;
    });
  }
  return verdicts.map((verdict) => asFarAsRecorded(verdict, history));
}

const checkersOf = (scenario: string): readonly string[] => OF_SCENARIO[scenario] ?? [scenario];

function checkParts(history: History, options: CheckOptions, checker: string | undefined): CheckVerdict[] {
  const parts = [...partsOf(history)].filter(([name]) => checker === undefined || checkersOf(name).includes(checker));
  if (parts.length === 0)
    throw new UsageError(
      `No part of this mixed load is checked by "${checker}": it consists of ${Object.keys(history.header.parts ?? {}).join(', ')}.`,
    );
  return parts.flatMap(([name, part]) =>
    checkHistory(part, options, checker).map((verdict) => ({ ...verdict, checker: `${name}/${verdict.checker}` })),
  );
}
