// Writes on one node and reads on another at once, for every ordered pair of nodes: is what was acknowledged there?

import { Counter } from 'k6/metrics';
import { ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import type { Outcome } from '../lib/core/protocols/outcome.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/read-after-write.surql';
import thresholds from '../thresholds/read-after-write.json';

const staleReads = new Counter('stale_reads');
/** Mode `eventual`: writes that were not visible within the window. */
const unconvergedWrites = new Counter('unconverged_writes');
const unexpectedReads = new Counter('unexpected_reads');

export const run = defineScenario({
  name: 'read-after-write',
  protocols: SURREALQL,
  checkers: ['read-after-write'],
  settings: ['mode', 'window'],
  choosesNodes: true,
  soak: true,
  situations: [...ON_A_CLUSTER, 'prompt read on another node', 'unknown applied'],
  schema,
  thresholds,
  operations: ['write', 'read'],
  iterate: () => readAfterWrite,
});

const writing = operation({ f: 'write' });
const reading = operation({ f: 'read', recordsAnswer: true });

const pairs = run.nodes.flatMap((writer) =>
  run.nodes.filter((reader) => reader !== writer || run.nodes.length === 1).map((reader) => ({ writer, reader })),
);
/** Values of one user are unique, and this far from the next user's. */
const NUMBERS = 10_000_000;
let turns = 0;
let keys = 0;
let values = 0;

/** This user's record: nobody else touches it, so there is one right answer. Created, updated, deleted in turn. */
let key = '';
let step = 0;

async function readAfterWrite(): Promise<void> {
  const pair = pairs[(userId() + turns++) % pairs.length];
  if (pair === undefined) throw new Error('a run has nodes');
  if (step === 0) key = `u${userId()}n${keys++}`;
  const value = step === 2 ? null : userId() * NUMBERS + values++;
  const outcome = await write(run.to(pair.writer), value);
  // After a write of unknown outcome nobody knows what is right: go on with another record.
  step = outcome === 'ok' ? (step + 1) % 3 : 0;
  if (outcome === 'ok') await readUntilSeen(run.to(pair.reader), value);
}

async function write(route: Route, value: number | null): Promise<Outcome> {
  const text = value === null ? `DELETE item:${key} RETURN NONE` : `UPSERT item:${key} SET v = ${value} RETURN NONE`;
  return (await writing(route)(query(text), key, value)).outcome;
}

async function readUntilSeen(route: Route, wanted: number | null): Promise<void> {
  const { node } = route;
  const acknowledged = now();
  const select = query(`SELECT VALUE v FROM ONLY item:${key}`);
  const request = mapRequest(select, ([value]) => (value as number) ?? null);
  for (;;) {
    const begun = now();
    const answer = await reading(route)(request, key);
    if (answer.outcome !== 'ok' || answer.value === wanted) return;
    if (answer.value !== null && Math.floor(answer.value / NUMBERS) !== userId())
      unexpectedReads.add(1, { node: node.name });
    if (settings.mode === 'strong') {
      staleReads.add(1, { node: node.name });
      return;
    }
    if (begun - acknowledged > settings.window) {
      unconvergedWrites.add(1, { node: node.name });
      return;
    }
  }
}
