import type { CheckVerdict } from '../../core/checkers/verdict.ts';
import { checkWrites } from '../../core/checkers/writes.ts';
import type { History } from '../../core/history.ts';
import { Failure } from '../errors.ts';

type Checker = (history: History) => CheckVerdict;

/** The checkers of each scenario. */
const CHECKERS: Readonly<Record<string, Readonly<Record<string, Checker>>>> = {
  writes: { writes: checkWrites },
};

/** @throws Failure where there is no checker for the history's scenario */
export function checkHistory(history: History): CheckVerdict[] {
  const checkers = CHECKERS[history.header.scenario];
  if (checkers === undefined)
    throw new Failure(
      `There is no checker for scenario "${history.header.scenario}". Checkers exist for: ${Object.keys(CHECKERS).join(', ')}.`,
    );
  return Object.values(checkers).map((check) => check(history));
}
