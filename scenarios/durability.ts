// What must outlive the processes that wrote it: records by their ids, entries of a unique index, and balances.
import { composeScenario } from '../lib/k6/test/scenario.ts';

export const run = composeScenario({ name: 'durability', composed: true, restartsEverything: true });
