import execution from 'k6/execution';
import { Counter } from 'k6/metrics';
import { type LoadPlan, WARM_UP } from '../../core/load/load-plan.ts';
import { dueTime, type Timetable, timetablesOf, usersAt, usersOf } from '../../core/load/timetable.ts';
import { closeConnections } from '../session/rpc-transport.ts';
import { settings } from '../setup/environment.ts';
import { iterationOfK6, latest, loadBegan, now } from './execution.ts';
import { type Iterate, setIteration } from './iterations.ts';
import { pause } from './pause.ts';
import type { TestData } from './scenario.ts';

// k6 counts iterations of its own by these names: here the user's are counted, for the same figures.
const iterations = new Counter('iterations');
const dropped = new Counter('dropped_iterations');

/** Iterations that a user drops before the target counts as broken in a search for the breaking point. */
const MOST_MISSED = 1;
/** Milliseconds after which a user of the closed model looks again whether it has a turn, and counts its iterations. */
const LOOK = 50;

/**
 * What a user does during the whole load, phase by phase, where it keeps the time itself: iterations of the open model are
 * dealt out in turn, and one whose user is still busy when its next one is due is dropped.
 * @param prepare what comes before the first phase
 */
export function loadWithOwnTime(iterate: Iterate, plan: LoadPlan, prepare: (data: TestData) => Promise<void>) {
  const timetables = timetablesOf(plan);
  /** Iterations of the measured phases that this user dropped. */
  let missed = 0;
  const users = usersOf(plan);
  const run = plan.model === 'open' ? openTurns : closedTurns;
  return async (data: TestData): Promise<void> => {
    const user = iterationOfK6();
    const began = loadBegan(plan);
    enterPhase(WARM_UP);
    await prepare(data);
    for (const timetable of timetables) {
      enterPhase(timetable.name);
      await run(timetable, began + timetable.start, user, data);
    }
    enterPhase('load');
    closeConnections();
  };

  async function openTurns(timetable: Timetable, start: number, user: number, data: TestData): Promise<void> {
    for (let number = user; ; number += users) {
      const due = dueTime(timetable, number);
      if (due === undefined) return;
      const next = dueTime(timetable, number + users);
      const isBusy = next !== undefined && now() > start + next;
      if (isBusy && timetable.name !== WARM_UP) missed++;
      // In a search for the breaking point, nothing is sent above the break.
      if (isBusy || (settings.profile === 'breakpoint' && missed > MOST_MISSED)) {
        dropped.add(1);
        continue;
      }
      await until(start + due);
      setIteration(number);
      await iterate(data);
      iterations.add(1);
    }
  }

  /** Iterations are as fast as their answers, and each look and each sample costs CPU: so they are for several together. */
  async function closedTurns(timetable: Timetable, start: number, user: number, data: TestData): Promise<void> {
    await until(start);
    const end = start - timetable.start + timetable.end;
    let number = user;
    for (let time = now(); time < end; time = now()) {
      if (usersAt(timetable, time - start) <= user) {
        await pause(LOOK / 1000);
        continue;
      }
      const nextLook = Math.min(end, time + LOOK);
      let done = 0;
      do {
        const looked = latest;
        setIteration(number);
        number += users;
        await iterate(data);
        done++;
        // Operations look at the clock; an iteration may be without one.
        if (latest === looked) now();
      } while (latest < nextLook);
      iterations.add(done);
    }
  }
}

/** Waits for a moment on the clock of `now`. k6's timers may fire a fraction of a millisecond early: in the phase before. */
async function until(moment: number): Promise<void> {
  for (let wait = moment - now(); wait > 0; wait = moment - now()) await pause(wait / 1000);
}

/** k6 gives samples the name of its scenario, which here is one over all phases. */
function enterPhase(name: string): void {
  execution.vu.metrics.tags.scenario = name;
}
