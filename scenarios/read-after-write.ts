// Writes on one node and reads on another at once, for every ordered pair of nodes: is what was acknowledged there?
import { Counter } from 'k6/metrics';
import { type Answer, mapAnswer } from '../lib/core/outcome.ts';
import { settings } from '../lib/k6/environment.ts';
import { now, userId } from '../lib/k6/execution.ts';
import type { Node } from '../lib/k6/nodes.ts';
import { query } from '../lib/k6/protocols.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import type { Session } from '../lib/k6/session.ts';
import schema from '../schemas/read-after-write.surql';
import thresholds from '../thresholds/read-after-write.json';

const staleReads = new Counter('stale_reads');
/** Mode `eventual`: writes that were not visible within the window. */
const unconvergedWrites = new Counter('unconverged_writes');
const unexpectedReads = new Counter('unexpected_reads');

export const run = defineScenario({
  name: 'read-after-write',
  schema,
  thresholds,
  operations: ['write', 'read'],
  iterate: readAfterWrite,
});

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
let previous: number | null = null;

function readAfterWrite(data: RunData): void {
  const pair = pairs[(userId() + turns++) % pairs.length];
  if (pair === undefined) throw new Error('a run has nodes');
  const session = run.session(data);
  if (step === 0) {
    key = `u${userId()}n${keys++}`;
    previous = null;
  }
  const value = step === 2 ? null : userId() * NUMBERS + values++;
  const outcome = write(session, pair.writer, value);
  // After a write without a clear answer nobody knows what is right: go on with another record.
  step = outcome === 'ok' ? (step + 1) % 3 : 0;
  if (outcome === 'ok') readUntilSeen(session, pair.reader, value);
  previous = value;
}

function write(session: Session, node: Node, value: number | null): Answer<unknown>['outcome'] {
  const text = value === null ? `DELETE item:${key} RETURN NONE` : `UPSERT item:${key} SET v = ${value} RETURN NONE`;
  const name = value === null ? 'delete' : previous === null ? 'create' : 'update';
  return run.operate({ f: 'write', key, value }, node, 'sql', () => query(session, node, name, text)).outcome;
}

function readUntilSeen(session: Session, node: Node, wanted: number | null): void {
  const acknowledged = now();
  const attempt = (): Answer<number | null> =>
    mapAnswer(query(session, node, 'read', `SELECT VALUE v FROM ONLY item:${key}`), ([v]) => (v as number) ?? null);
  for (;;) {
    const begun = now();
    const answer = run.operate({ f: 'read', key, recordsAnswer: true }, node, 'sql', attempt);
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
