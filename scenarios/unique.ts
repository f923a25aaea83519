// Races for keys under a unique index, from all nodes at the same moment: exactly one claim to a key may win.

import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
import { OF_UNKNOWN_WRITES, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { query } from '../lib/core/protocols/request.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/unique.surql';
import thresholds from '../thresholds/unique.json';

const duplicateKeys = new Counter('duplicate_keys');
/** Keys that were won less those found in the end, over all nodes, by record and by index: above zero, some are missing or the end was not read. */
const unverifiedKeys = new Counter('unverified_keys');

export const run = defineScenario({
  name: 'unique',
  protocols: SURREALQL,
  checkers: ['unique'],
  shares: { durability: 1 },
  soak: true,
  situations: [...ON_A_CLUSTER, ...OF_UNKNOWN_WRITES, 'refusal', 'overlap on one key'],
  schema,
  thresholds,
  operations: ['insert'],
  iterate: (route) => () => unique(route),
  verify,
});

/** Races start together every so many milliseconds; about this many users go for one key. */
const INTERVAL = 100;
const RACERS = 4;

/** Keys of one race. */
function keyCount(): number {
  const rate = run.rate();
  const claims = rate === undefined ? run.users() : (rate * INTERVAL) / 1000;
  return Math.max(1, Math.round(claims / RACERS));
}
const inserting = operation({ f: 'insert', refusal: 'already contains' });
let claims = 0;

async function unique(route: Route): Promise<void> {
  const race = Math.floor(now() / INTERVAL) + 1;
  const key = `k${race}_${run.random(keyCount())}`;
  const value = `u${userId()}n${claims++}`;
  // Not a pause between operations but the race's starting line: evenly spread iterations would hardly ever meet.
  sleep(Math.max(0, race * INTERVAL - now()) / 1000);
  const text = `CREATE claim SET key = '${key}', who = '${value}' RETURN NONE`;
  const { outcome } = await inserting(route)(query(text), key, value);
  if (outcome === 'ok') unverifiedKeys.add(run.nodes.length * READS.length);
}

/** By record and by entry of the index, for either can be there without the other. */
const READS = [
  ['records', 'SELECT VALUE [key, who] FROM claim'],
  ['index', "SELECT VALUE [key, who] FROM claim WITH INDEX claim_key WHERE key >= ''"],
] as const;

async function verify(): Promise<void> {
  if (userId() !== 1) return;
  for (const node of run.nodes)
    for (const [by, text] of READS) {
      const rows = finalRead(run.to(node), text, ([all]) => all as Row[], by);
      if (rows === undefined) continue;
      const keys = new Set(rows.map(([key]) => key)).size;
      unverifiedKeys.add(-keys);
      duplicateKeys.add(rows.length - keys, { node: node.name });
    }
}

type Row = [key: string, who: string];
