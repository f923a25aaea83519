// Increments of shared counters from all nodes: none may be lost, and none counted twice.
import { Counter } from 'k6/metrics';
import { mapAnswer } from '../lib/core/outcome.ts';
import { userId } from '../lib/k6/execution.ts';
import { finalRead } from '../lib/k6/final-read.ts';
import type { Node } from '../lib/k6/nodes.ts';
import { query } from '../lib/k6/protocols.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import type { Session } from '../lib/k6/session.ts';
import schema from '../schemas/counter.surql';
import thresholds from '../thresholds/counter.json';

const nonMonotonicReads = new Counter('non_monotonic_reads');
const lostUpdates = new Counter('lost_updates');
/** Final value less all increments that were begun, over all nodes: above zero, something was counted twice. */
const surplusIncrements = new Counter('surplus_increments');
/** Acknowledged increments less the final value: above zero, some are missing, or the end was not read. */
const unverifiedIncrements = new Counter('unverified_increments');

export const run = defineScenario({
  name: 'counter',
  schema,
  thresholds,
  operations: ['add', 'read'],
  iterate: counter,
  verify,
});

const COUNTERS = Array.from({ length: 16 }, (_, index) => `c${index}`);
const READS_IN_TEN = 2;

/** Per counter: this user's acknowledged increments, and the highest value it read. */
const acknowledged = new Map<string, number>();
const highest = new Map<string, number>();

function counter(data: RunData): void {
  const { session, node } = run.turn(data);
  const key = COUNTERS[run.random(COUNTERS.length)] ?? 'c0';
  if (run.random(10) < READS_IN_TEN) read(session, node, key);
  else increment(session, node, key);
}

function increment(session: Session, node: Node, key: string): void {
  surplusIncrements.add(-run.nodes.length);
  const { outcome } = run.operate({ f: 'add', key, value: 1 }, node, 'sql', () =>
    query(session, node, 'add', `UPSERT counter:${key} SET n += 1 RETURN NONE`),
  );
  if (outcome !== 'ok') return;
  unverifiedIncrements.add(run.nodes.length);
  acknowledged.set(key, (acknowledged.get(key) ?? 0) + 1);
}

function read(session: Session, node: Node, key: string): void {
  const answer = run.operate({ f: 'read', key, recordsAnswer: true }, node, 'sql', () =>
    mapAnswer(query(session, node, 'read', `SELECT VALUE n FROM ONLY counter:${key}`), ([n]) => Number(n ?? 0)),
  );
  if (answer.outcome !== 'ok') return;
  if (answer.value < (acknowledged.get(key) ?? 0)) lostUpdates.add(1);
  if (answer.value < (highest.get(key) ?? 0)) nonMonotonicReads.add(1);
  highest.set(key, answer.value);
}

function verify(data: RunData): void {
  if (userId() !== 1) return;
  for (const node of run.nodes)
    for (const key of COUNTERS) {
      const text = `SELECT VALUE n FROM ONLY counter:${key}`;
      const value = finalRead(run.session(data), node, text, ([n]) => Number(n ?? 0), key);
      if (value === undefined) continue;
      surplusIncrements.add(value);
      unverifiedIncrements.add(-value);
    }
}
