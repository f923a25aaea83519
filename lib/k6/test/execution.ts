import execution from 'k6/execution';
import type { LoadPlan } from '../../core/load/load-plan.ts';

// k6 builds a new object on every access to `instance` and `vu`, which cost a fifth of an iteration; what they tell is
// read from the same object just as well. Both are there only once a user runs, hence the laziness.
let instance: typeof execution.instance | undefined;
let clock: (() => number) | undefined;
let user: number | undefined;
let began: number | undefined;

/** Milliseconds with microsecond digits since the test began: monotonic, and one clock for all users of the process. */
export function now(): number {
  if (clock === undefined) clock = clockOf(execution.instance);
  latest = clock();
  return latest;
}

/** To call the getter of a property costs less than to look the property up each time. */
function clockOf(its: typeof execution.instance): () => number {
  const { get } = Object.getOwnPropertyDescriptor(its, 'currentTestRunDuration') ?? {};
  return get ?? (() => its.currentTestRunDuration);
}

/** What `now` told last: to look costs more than to remember. */
export let latest = 0;

/** Iterations of the whole test that have ended, whichever way. */
export function iterationsDone(): number {
  instance ??= execution.instance;
  return instance.iterationsCompleted + instance.iterationsInterrupted;
}

/** This virtual user's number, from 1. */
export function userId(): number {
  if (user === undefined) user = execution.vu.idInTest;
  return user;
}

/** The number, from 0, of the iteration that k6 runs among all of its scenario, over all processes. */
export const iterationOfK6 = (): number => execution.scenario.iterationInTest;

/** Whether this virtual user is the first of its process, which is one of several where the load is split. */
export const isFirstUserHere = (): boolean => execution.vu.idInInstance === 1;

/**
 * When the load began, on the clock of `now`: set-up comes first and takes a while where it seeds. To a millisecond, as
 * k6 tells the start of a scenario by the wall clock.
 */
export function loadBegan({ scenarios }: LoadPlan): number {
  if (began === undefined) {
    const { name, startTime } = execution.scenario;
    began = now() - (Date.now() - startTime) - Number.parseInt(scenarios[name]?.startTime ?? '0', 10);
  }
  return began;
}
