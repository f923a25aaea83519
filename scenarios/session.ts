// Clients that hop between nodes: each must see its own writes, never go back in time, and write after what it read.

import { Counter } from 'k6/metrics';
import { OF_CONTENTION, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/session.surql';
import thresholds from '../thresholds/session.json';

const missedOwnWrites = new Counter('missed_own_writes');
const nonMonotonicReads = new Counter('non_monotonic_reads');
const misorderedWrites = new Counter('misordered_writes');

export const run = defineScenario({
  name: 'session',
  protocols: SURREALQL,
  checkers: ['session'],
  settings: ['mode'],
  choosesNodes: true,
  soak: true,
  situations: [...ON_A_CLUSTER, ...OF_CONTENTION, 'prompt read on another node'],
  schema,
  thresholds,
  operations: ['write', 'read'],
  iterate: () => session,
});

const writing = operation({ f: 'write', recordsAnswer: true });
const reading = operation({ f: 'read', recordsAnswer: true });
const versionOf = ([version]: unknown[]): number => Number(version ?? 0);

const DOCUMENTS = Array.from({ length: 16 }, (_, index) => `d${index}`);

/** The highest versions of a document that this user made and read. */
interface Known {
  written: number;
  read: number;
}
const known = new Map<string, Known>(DOCUMENTS.map((key) => [key, { written: 0, read: 0 }]));

async function session(): Promise<void> {
  const route = run.hop();
  const key = DOCUMENTS[run.random(DOCUMENTS.length)] ?? 'd0';
  const versions = known.get(key) ?? { written: 0, read: 0 };
  if (run.random(2) === 0) await write(route, key, versions);
  else await read(route, key, versions);
}

/** The database raises the version in the write's own transaction, so versions stand in the order of commits. */
async function write(route: Route, key: string, versions: Known): Promise<void> {
  const text = `UPSERT ONLY document:${key} SET version += 1 RETURN VALUE version`;
  const answer = await writing(route)(mapRequest(query(text), versionOf), key);
  if (answer.outcome !== 'ok') return;
  if (answer.value <= versions.written || answer.value <= versions.read) misorderedWrites.add(1);
  versions.written = answer.value;
}

async function read(route: Route, key: string, versions: Known): Promise<void> {
  const text = `SELECT VALUE version FROM ONLY document:${key}`;
  const answer = await reading(route)(mapRequest(query(text), versionOf), key);
  if (answer.outcome !== 'ok') return;
  if (answer.value < versions.written) missedOwnWrites.add(1);
  if (answer.value < versions.read) nonMonotonicReads.add(1);
  versions.read = answer.value;
}
