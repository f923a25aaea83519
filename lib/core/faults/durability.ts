import { formatDuration } from '../load/duration.ts';
import { type Fault, FaultError, parseFault } from './fault-grammar.ts';

/** Shares of the measured part at which everything is stopped, and later killed. */
const STOP_AT = 0.25;
const KILL_AT = 0.65;
/** Milliseconds that everything stays down. */
const DOWN = 1000;
/** Milliseconds of load that two such faults need, with some between them and after. */
const LEAST = 5000;

/**
 * The faults of a test of durability: everything is stopped in good order under load, and started; then all of it is
 * killed at once, and started; then there is load again, and what was acknowledged is looked for.
 *
 * @param who `all`, or `surreal-all` where the nodes are all that can be ended
 * @param measured milliseconds of the measured part
 * @throws FaultError where that is too short
 */
export function durabilityFaults(who: 'all' | 'surreal-all', measured: number): Fault[] {
  if (measured < LEAST)
    throw new FaultError(
      `Durability needs ${formatDuration(LEAST)} of load for its two faults: give a longer --duration, or faults of your own (--fault).`,
    );
  const at = (share: number) => formatDuration(measured * share);
  return [`stop:${who}@${at(STOP_AT)}+${DOWN}ms`, `kill:${who}@${at(KILL_AT)}+${DOWN}ms`].map(parseFault);
}
