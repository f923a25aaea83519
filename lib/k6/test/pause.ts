import { sleep } from 'k6';
import { AWAITS } from './awaits.ts';

/** Waits. Where answers are awaited, what else this user awaits goes on meanwhile. */
export const pause: (seconds: number) => Promise<void> = AWAITS
  ? (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  : async (seconds) => sleep(seconds);
