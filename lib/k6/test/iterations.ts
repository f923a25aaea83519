import { type LoadPlan, phaseEnd } from '../../core/load/load-plan.ts';
import { AWAITS } from './awaits.ts';
import { iterationOfK6, latest, loadBegan } from './execution.ts';
import type { TestData } from './scenario.ts';

export type Iterate = (data: TestData) => Promise<void>;

/**
 * Iterations of a VU of the closed model in one iteration of k6. What k6 does before and after the code of an iteration costs
 * about a tenth of what a request costs.
 */
const AT_ONCE = 64;

let countedByK6 = 1;
let index = 0;

/** Where the user keeps the time itself (own-time.ts), it numbers its iterations itself. */
let own = 0;

export function setIteration(number: number): void {
  own = number;
}

/** The number of the iteration in its phase: as k6 counts them, and those within one of k6's after each other. */
export const iterationOfPhase = (): number => (AWAITS ? own : iterationOfK6() * countedByK6 + index);

/**
 * Makes an iteration of k6 that consists of several, each as soon as the one before has ended, as the closed model asks for.
 * None begins after the end of its phase. In the open model k6 starts each by itself.
 */
export function severalAtOnce(iterate: Iterate, plan: LoadPlan): Iterate {
  if (plan.model === 'open') return iterate;
  countedByK6 = AT_ONCE;
  let end = 0;
  return async (data) => {
    index = 0;
    await iterate(data);
    if (latest >= end) end = loadBegan(plan) + phaseEnd(plan, latest - loadBegan(plan));
    for (index = 1; index < AT_ONCE && latest < end; index++) await iterate(data);
  };
}
