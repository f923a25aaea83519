import { sleep } from 'k6';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import { iterationsDone, loadBegan, now } from './execution.ts';

/** Seconds that a user stays busy with nothing once the target fell behind. */
const IDLE = 1;

/**
 * Makes a test of whether the target fell behind a rising load. Each iteration that was due has completed, is under way
 * in one of the users, or was dropped: when more are missing than there are users, iterations were dropped.
 *
 * A user that sees it stays busy with nothing, so that k6 drops what it would have done: what is missing grows, the other
 * users see it too, and the rungs above the break send nothing.
 * @param share what this process has of the load
 */
export function fallenBehindTest(plan: LoadPlan, share: number): () => boolean {
  const { measured, warmUpOperations, vus } = plan;
  const first = measured[0]?.start ?? 0;
  let behind = false;

  return () => {
    const time = now() - loadBegan(plan);
    if (behind) sleep(IDLE);
    if (behind || time < first) return behind;
    const due = measured.reduce(
      (sum, { start, milliseconds, rate = 0 }) =>
        sum + (Math.max(0, Math.min(milliseconds, time - start)) * rate) / 1000,
      warmUpOperations,
    );
    behind = due * share - iterationsDone() > vus * share;
    return behind;
  };
}
