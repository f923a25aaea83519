// Clients that hop between nodes: each must see its own writes, never go back in time, and write after what it read.
import { Counter } from 'k6/metrics';
import { mapAnswer } from '../lib/core/outcome.ts';
import type { Node } from '../lib/k6/nodes.ts';
import { query } from '../lib/k6/protocols.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import type { Session } from '../lib/k6/session.ts';
import schema from '../schemas/session.surql';
import thresholds from '../thresholds/session.json';

const missedOwnWrites = new Counter('missed_own_writes');
const nonMonotonicReads = new Counter('non_monotonic_reads');
const misorderedWrites = new Counter('misordered_writes');

export const run = defineScenario({
  name: 'session',
  schema,
  thresholds,
  operations: ['write', 'read'],
  iterate: session,
});

const DOCUMENTS = Array.from({ length: 16 }, (_, index) => `d${index}`);

/** The highest versions of a document that this user made and read. */
interface Known {
  written: number;
  read: number;
}
const known = new Map<string, Known>(DOCUMENTS.map((key) => [key, { written: 0, read: 0 }]));

function session(data: RunData): void {
  const { session, node } = run.hop(data);
  const key = DOCUMENTS[run.random(DOCUMENTS.length)] ?? 'd0';
  const versions = known.get(key) ?? { written: 0, read: 0 };
  if (run.random(2) === 0) write(session, node, key, versions);
  else read(session, node, key, versions);
}

/** The database raises the version in the write's own transaction, so versions stand in the order of commits. */
function write(session: Session, node: Node, key: string, versions: Known): void {
  const text = `UPSERT ONLY document:${key} SET version += 1 RETURN VALUE version`;
  const answer = run.operate({ f: 'write', key, recordsAnswer: true }, node, 'sql', () =>
    mapAnswer(query(session, node, 'write', text), ([version]) => Number(version)),
  );
  if (answer.outcome !== 'ok') return;
  if (answer.value <= versions.written || answer.value <= versions.read) misorderedWrites.add(1);
  versions.written = answer.value;
}

function read(session: Session, node: Node, key: string, versions: Known): void {
  const text = `SELECT VALUE version FROM ONLY document:${key}`;
  const answer = run.operate({ f: 'read', key, recordsAnswer: true }, node, 'sql', () =>
    mapAnswer(query(session, node, 'read', text), ([version]) => Number(version ?? 0)),
  );
  if (answer.outcome !== 'ok') return;
  if (answer.value < versions.written) missedOwnWrites.add(1);
  if (answer.value < versions.read) nonMonotonicReads.add(1);
  versions.read = answer.value;
}
