import { sleep } from 'k6';
import execution from 'k6/execution';

/** Seconds between looks: they grow, because the last user may have much to read back before it is done. */
const FIRST_PAUSE = 0.01;
const LONGEST_PAUSE = 0.3;

/**
 * Holds this user's only iteration of a phase `per-vu-iterations` until all users of this process have begun theirs.
 *
 * k6 takes users from a queue and puts each back when its iteration is done. One that is still busy with the phase before, which
 * k6 interrupts but cannot end inside one of its own calls, is not in the queue: k6 then takes a user that is already done a
 * second time in its place, and says nothing (lib/executor/per_vu_iterations.go in k6 2.2.0). So nobody may be done before
 * the last one has begun. That one is recognised by its number; the others see by the progress that it is done. k6 waits
 * two seconds for a user; then it ends the test with an error.
 */
export function awaitAllUsers(): void {
  const { scenario, instance } = execution;
  if (scenario.iterationInInstance === instance.vusInitialized - 1) return;
  for (let pause = FIRST_PAUSE; scenario.progress === 0; pause = Math.min(LONGEST_PAUSE, pause * 1.5)) sleep(pause);
}
