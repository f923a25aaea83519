import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './proxy.ts';

/**
 * Holds every answer back: a node that is slower by a constant time. @param delay milliseconds, with fractions
 * @param seen gets how long the node itself took for each answer, milliseconds
 */
export function heldBack(delay: () => number, seen: (milliseconds: number) => void = () => {}): Fault {
  return async (_exchange, forward) => {
    const from = performance.now();
    const reply = await forward();
    const answered = performance.now();
    seen(answered - from);
    await untilTime(answered + delay());
    return reply;
  };
}

/** Timers come up to this late, milliseconds. */
const LATE = 2;

/** Timers wait for whole milliseconds, and an answer takes but one: at the end the event loop is asked instead. */
async function untilTime(moment: number): Promise<void> {
  const whole = Math.floor(moment - performance.now() - LATE);
  if (whole > 0) await sleep(whole);
  while (performance.now() < moment) await setImmediate();
}
