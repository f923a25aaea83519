import { performance } from 'node:perf_hooks';
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

/** Timers wait for whole milliseconds, which is as long as an answer takes: the event loop is asked instead. */
function untilTime(moment: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (performance.now() >= moment) resolve();
      else setImmediate(look);
    };
    look();
  });
}
