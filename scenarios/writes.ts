// Concurrent creates of unique records over all nodes; at the end every acknowledged one must be on every node.
import { Counter } from 'k6/metrics';
import { compareFinalReads } from '../lib/core/checkers/final-reads.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import { clientPrefix, payloadOf, recordsOf, type WrittenRecord } from '../lib/core/written-records.ts';
import { settings } from '../lib/k6/environment.ts';
import { userId } from '../lib/k6/execution.ts';
import { readRange } from '../lib/k6/read-range.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import schema from '../schemas/writes.surql';
import thresholds from '../thresholds/writes.json';

const lostRecords = new Counter('lost_records');
const corruptedRecords = new Counter('corrupted_records');
const unexpectedRecords = new Counter('unexpected_records');
/** One for each user with acknowledged records and each node, until they have been looked for there. */
const missingFinalReads = new Counter('missing_final_reads');

export const run = defineScenario({
  name: 'writes',
  schema,
  thresholds,
  operations: ['create'],
  iterate: writes,
  verify,
});

/** What this user wrote, by number. A write counts as `unknown` from before it is sent until its answer is there. */
const written: Outcome[] = [];
let recordOf: ((number: number) => WrittenRecord) | undefined;
let hasAcknowledged = false;

function writes(data: RunData): void {
  const { session, node, client } = run.turn(data);
  recordOf ??= recordsOf(settings.seed, userId());
  const number = written.length;
  written[number] = 'unknown';
  const { id, content } = recordOf(number);
  const { outcome } = run.operate({ f: 'create', key: id }, node, client.protocol, () =>
    client.insert(session, node, 'writes', id, content),
  );
  written[number] = outcome;
  if (outcome === 'ok' && !hasAcknowledged) {
    hasAcknowledged = true;
    missingFinalReads.add(run.nodes.length);
  }
}

function verify(data: RunData): void {
  const user = userId();
  const from = user === 1 ? '' : clientPrefix(user);
  const to = user === run.users() ? '' : clientPrefix(user + 1);
  const recordBy = recordsOf(settings.seed, user);
  const outcomes = new Map(written.map((outcome, number) => [recordBy(number).id, outcome]));
  for (const node of run.nodes) {
    const found = readRange(run.session(data), node, 'writes', 'payload', from, to);
    if (found === undefined) continue;
    const difference = compareFinalReads(outcomes, found, (id) => payloadOf(settings.seed, id));
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
