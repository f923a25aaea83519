// What a database can do wrong under the workloads in examples/: it leaves out a part of what it was asked.
import type { Fault } from './proxy.ts';
import { armedEvery, changed, NOTHING } from './strikes.ts';

/** Carries out a request without the part that matches. */
const without =
  (part: RegExp, instead = NOTHING) =>
  (oneIn: number): Fault =>
    armedEvery(oneIn, async ({ body }, forward, armed) =>
      armed && part.test(body) ? changed(forward, body.replace(part, instead)) : [await forward(), false],
    );

export const WORKLOAD_FILE_FAULTS = {
  /** Sells what is not there. */
  oversell: without(/IF \(SELECT VALUE stock [^;]*;/),
  /** Takes the payment of an order that was paid. */
  'pay-twice': without(/IF \(SELECT VALUE paid [^;]*;/),
  /** Hands out a job that was taken. */
  'hand-out-twice': without(/IF \(SELECT VALUE state [^;]*;/),
  /** Marks a job as taken and hands it to nobody. */
  'lose-job': without(/CREATE handout [^;]*;/),
  /** Shows posts of those who blocked the reader. */
  'show-blocked': without(/ WHERE author NOT IN \$blockers/, ''),
} satisfies Record<string, (oneIn: number) => Fault>;
