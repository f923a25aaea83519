import execution from 'k6/execution';
import { type LoadPlan, phaseEnd } from '../../core/load/load-plan.ts';
import { latest, loadBegan } from './execution.ts';
import type { TestData } from './scenario.ts';

export type Iterate = (data: TestData) => void;

/**
 * Turns that a user of the closed model takes in one iteration of k6. What k6 does for an iteration, before and after the code
 * that it runs, costs about a tenth of what a request costs.
 */
const TURNS = 64;

let turnsOfIteration = 1;
let turn = 0;

/** The number of the arrival in its phase: as k6 counts iterations, and those of one iteration after each other. */
export const arrivalOfPhase = (): number => execution.scenario.iterationInTest * turnsOfIteration + turn;

/**
 * Makes an iteration of several turns, each as soon as the one before has ended: that is what the closed model asks for. None
 * begins after the end of its phase. In the open model an iteration is one turn, as k6 gives each its time.
 */
export function inTurns(iterate: Iterate, plan: LoadPlan): Iterate {
  if (plan.model === 'open') return iterate;
  turnsOfIteration = TURNS;
  let end = 0;
  return (data) => {
    turn = 0;
    iterate(data);
    if (latest >= end) end = loadBegan(plan) + phaseEnd(plan, latest - loadBegan(plan));
    for (turn = 1; turn < TURNS && latest < end; turn++) iterate(data);
  };
}
