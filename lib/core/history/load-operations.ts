import { FINDINGS } from '../checkers/answers.ts';
import { INVARIANT } from '../checkers/invariants.ts';
import { EXPIRING_POLL, EXPIRING_WRITE } from '../workloads/expiring-records.ts';
import type { Operation } from './history.ts';
import { bareFunction } from './history-parts.ts';

/** What a history holds beside the operations of the load: reading everything back, polls of a feed, and what users saw in answers. */
const NOT_OF_THE_LOAD: ReadonlySet<string> = new Set([
  'final-read',
  'poll',
  EXPIRING_WRITE,
  EXPIRING_POLL,
  INVARIANT,
  ...Object.values(FINDINGS).map(({ f }) => f),
]);

export const isOfTheLoad = ({ f }: Operation): boolean => !NOT_OF_THE_LOAD.has(bareFunction(f));
