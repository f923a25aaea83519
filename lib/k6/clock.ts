import { instance } from 'k6/execution';

/** Milliseconds with microsecond digits since the test began: monotonic, and one clock for all users of the process. */
export const now = (): number => instance.currentTestRunDuration;
