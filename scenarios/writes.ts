// Concurrent creates of unique records over all nodes; at the end every acknowledged one must be on every node.
import { Counter } from 'k6/metrics';
import { compareFinalReads } from '../lib/core/checkers/writes/final-reads.ts';
import type { Outcome } from '../lib/core/protocols/outcome.ts';
import { PROTOCOLS } from '../lib/core/protocols/protocols.ts';
import { clientPrefix, payloadOf, recordsOf } from '../lib/core/workloads/written-records.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import { readRange } from '../lib/k6/workloads/read-range.ts';
import schema from '../schemas/writes.surql';
import thresholds from '../thresholds/writes.json';

const lostRecords = new Counter('lost_records');
const corruptedRecords = new Counter('corrupted_records');
const unexpectedRecords = new Counter('unexpected_records');
/** One for each user with acknowledged records and each node, until they have been looked for there. */
const missingFinalReads = new Counter('missing_final_reads');

export const run = defineScenario({
  name: 'writes',
  protocols: PROTOCOLS,
  checkers: ['writes'],
  shares: { durability: 2 },
  situations: ['several nodes', 'operation in flight at a fault'],
  schema,
  thresholds,
  operations: ['create'],
  iterate: writes,
  verify,
});

const creating = operation({ f: 'create' });
/** Records that this user has begun to write, and those of them that had an answer: one less if k6 interrupted the last one. */
let begun = 0;
let answered = 0;
/** By number, of those that were not acknowledged: nearly all are. */
const unacknowledged = new Map<number, Outcome>();
let hasAcknowledged = false;

function writes(route: Route): () => Promise<void> {
  const create = creating(route);
  const { insert } = route.client;
  const { id, content } = recordsOf(settings.seed, userId());
  return async () => {
    if (answered !== begun) resolveInterrupted();
    const number = begun++;
    const key = id(number);
    const { outcome } = await create(insert('writes', key, content(number)), key);
    answered = begun;
    if (outcome !== 'ok') unacknowledged.set(number, outcome);
    else if (!hasAcknowledged) {
      hasAcknowledged = true;
      missingFinalReads.add(run.nodes.length);
    }
  };
}

/** k6 runs no code of an iteration that it interrupts: the next one, or `verify`, finds a record without an answer. */
function resolveInterrupted(): void {
  unacknowledged.set(answered, 'unknown');
  answered = begun;
}

async function verify(): Promise<void> {
  const user = userId();
  const from = user === 1 ? '' : clientPrefix(user);
  const to = user === run.users() ? '' : clientPrefix(user + 1);
  if (answered !== begun) resolveInterrupted();
  const { id } = recordsOf(settings.seed, user);
  const outcomeOf = (number: number): Outcome => unacknowledged.get(number) ?? 'ok';
  const written = new Map(Array.from({ length: begun }, (_, number) => [id(number), outcomeOf(number)]));
  for (const node of run.nodes) {
    const found = readRange(run.to(node), 'writes', 'payload', from, to);
    if (found === undefined) continue;
    const difference = compareFinalReads(written, found, (id) => payloadOf(settings.seed, id));
    if (hasAcknowledged) missingFinalReads.add(-1);
    report(node.name, 'lost', difference.lost, lostRecords);
    report(node.name, 'corrupted', difference.corrupted, corruptedRecords);
    report(node.name, 'unexpected', difference.unexpected, unexpectedRecords);
  }
}

function report(node: string, what: string, ids: readonly string[], counter: Counter): void {
  if (ids.length === 0) return;
  counter.add(ids.length, { node });
  console.error(`${what} on ${node}: ${ids.map((id) => `writes:${id}`).join(', ')}`);
}
