// For k6: when `verify` begins, user 1 is still inside a call of the phase before, which k6 cannot interrupt.
import { sleep } from 'k6';
import execution from 'k6/execution';
import { awaitAllUsers } from '../../lib/k6/generators/barrier.ts';

const USERS = 20;

export const options = {
  scenarios: {
    load: { executor: 'constant-vus', exec: 'load', vus: USERS, duration: '2s', gracefulStop: '0s' },
    verify: { executor: 'per-vu-iterations', exec: 'verify', startTime: '2200ms', vus: USERS, gracefulStop: '0s' },
  },
};

/** Goes through all partitions of the letters in one call: twice as long for each one more. */
function dawdle(letters: number): void {
  /^(?=(a+)+$)/.test(`${'a'.repeat(letters)}!`);
}

/** Letters for a call of 0.6 to 1.2 seconds. */
export function setup(): number {
  for (let letters = 16; ; letters++) {
    const begin = Date.now();
    dawdle(letters);
    if (Date.now() - begin > 600) return letters;
  }
}

export function load(letters: number): void {
  if (execution.vu.idInTest === 1 && execution.scenario.progress > 0.95) dawdle(letters);
  sleep(0.02);
}

export function verify(): void {
  if (__ENV.GATHER === 'true') awaitAllUsers();
  console.log(`verify ${execution.vu.idInTest}`);
}
