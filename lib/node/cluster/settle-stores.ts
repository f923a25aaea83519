import { setTimeout as sleep } from 'node:timers/promises';
import { placement, spreadLeaders } from './pd.ts';

/**
 * A store votes for nobody in its first ten seconds: regions that are split, or whose leaders move, before that are without a
 * leader for 10 to 20 s. Seen on TiKV 9.0 beta with PD 8.5.5.
 */
const VOTES_AFTER_MS = 11_000;

/**
 * Waits until each of several stores is old enough to vote, then lets PD spread leaders: by default PD leaves those of small
 * regions on one store for the length of a run.
 * @returns why leaders are not spread, in a sentence; undefined if they are, or if there is one store
 */
export async function settleStores(
  pd: string,
  signal: AbortSignal,
  now: () => number = Date.now,
): Promise<string | undefined> {
  try {
    const { stores } = await placement(pd);
    if (stores.length < 2) return undefined;
    const youngest = Math.max(...stores.map(({ started = 0 }) => started));
    await sleep(Math.max(0, Math.min(VOTES_AFTER_MS, youngest + VOTES_AFTER_MS - now())), undefined, { signal });
    await spreadLeaders(pd);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return `Leaders are not spread over the stores: ${error instanceof Error ? error.message : String(error)}`;
  }
}
