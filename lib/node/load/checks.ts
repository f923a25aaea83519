import { type Checker, type CheckOptions, refuseUnknownOptions } from '../../core/checkers/checker.ts';
import { CHECKER_NAMES, CHECKERS } from '../../core/checkers/index.ts';
import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { clocksToCheckBy, withinClockBounds } from '../../core/history/clock-cost.ts';
import type { History } from '../../core/history/history.ts';
import { partsOf } from '../../core/history/history-parts.ts';
import { refuseMalformed } from '../../core/history/history-shape.ts';
import { SIMPLE_SCENARIOS } from '../catalog/catalog.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import type { ReadHistory } from './history/history-file.ts';

/** The checkers of a scenario, by name. */
type CheckersOf = (scenario: string) => readonly string[];
const checkersOfScenario: CheckersOf = (scenario) =>
  SIMPLE_SCENARIOS.find(({ name }) => name === scenario)?.checkers ?? [scenario];

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
 * @throws UsageError if there is not a such checker
 * @throws Failure if there is none for the history's scenario
 */
export function checkHistory(
  history: History & Partial<ReadHistory>,
  options: CheckOptions = {},
  checker?: string,
  checkersOf: CheckersOf = checkersOfScenario,
): CheckVerdict[] {
  const { scenario, options: recorded, parts } = history.header;
  if (checker !== undefined && !CHECKER_NAMES.includes(checker))
    throw new UsageError(`There is no checker "${checker}". Checkers are: ${CHECKER_NAMES.join(', ')}.`);
  if (parts !== undefined) return checkParts(history, options, checker, checkersOf);
  const names = checker === undefined ? (history.header.checkers ?? checkersOf(scenario)) : [checker];
  const checks = names.map((name): Checker => {
    const check = CHECKERS.get(name);
    if (check !== undefined) return check;
    throw new Failure(
      `There is no checker for scenario "${scenario}". Name one with --checker: ${CHECKER_NAMES.join(', ')}.`,
    );
  });
  for (const { name, shapes = {} } of checks) refuseMalformed(history, name, shapes);
  const held = { ...(recorded as CheckOptions | undefined), ...options };
  refuseUnknownOptions(held, checks);
  let verdicts: CheckVerdict[] = [];
  for (const generator of clocksToCheckBy(history)) {
    const seen = withinClockBounds(history, generator);
    // What is wrong by any of the clocks is wrong.
    verdicts = checks.map((check, index) => {
      const before = verdicts[index];
      if (before?.valid === 'invalid') return before;
      const verdict = history.running?.get(check.name)?.verdict() ?? check.check(seen, held);
      return before === undefined || verdict.valid === 'invalid' ? verdict : before;
    });
  }
  return verdicts.map((verdict) => asFarAsRecorded(verdict, history));
}

function checkParts(
  history: History,
  options: CheckOptions,
  checker: string | undefined,
  checkersOf: CheckersOf,
): CheckVerdict[] {
  const parts = [...partsOf(history)].filter(([name]) => checker === undefined || checkersOf(name).includes(checker));
  if (parts.length === 0)
    throw new UsageError(
      `No part of this mixed load is checked by "${checker}": it consists of ${Object.keys(history.header.parts ?? {}).join(', ')}.`,
    );
  return parts.flatMap(([name, part]) =>
    checkHistory(part, options, checker, checkersOf).map((verdict) => ({
      ...verdict,
      checker: `${name}/${verdict.checker}`,
    })),
  );
}
