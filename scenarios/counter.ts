// Increments of shared counters from all nodes: none may be lost, and none counted twice.

import { Counter } from 'k6/metrics';
import { OF_CONTENTION, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { queryOrCall } from '../lib/core/protocols/clients.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
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
  protocols: SURREALQL,
  checkers: ['counter'],
  soak: true,
  situations: [...ON_A_CLUSTER, ...OF_CONTENTION, 'prompt read on another node'],
  schema,
  thresholds,
  operations: ['add', 'read'],
  iterate: (route) => () => counter(route),
  verify,
});

const COUNTERS = Array.from({ length: 16 }, (_, index) => `c${index}`);
const READS_IN_TEN = 2;

const adding = operation({ f: 'add' });
const reading = operation({ f: 'read', recordsAnswer: true });
const selectOf = (key: string): string => `SELECT VALUE n FROM ONLY counter:${key}`;
const countOf = ([n]: unknown[]): number => Number(n ?? 0);

/** Per counter: this user's acknowledged increments, and the highest value it read. */
const acknowledged = new Map<string, number>();
const highest = new Map<string, number>();

async function counter(route: Route): Promise<void> {
  const key = COUNTERS[run.random(COUNTERS.length)] ?? 'c0';
  if (run.random(10) < READS_IN_TEN) await read(route, key);
  else await increment(route, key);
}

async function increment(route: Route, key: string): Promise<void> {
  surplusIncrements.add(-run.nodes.length);
  const text = `UPSERT counter:${key} SET n += 1 RETURN NONE`;
  const request = queryOrCall(route.client, text, 'run', `"fn::increment",null,["${key}"]`);
  const { outcome } = await adding(route)(request, key, 1);
  if (outcome !== 'ok') return;
  unverifiedIncrements.add(run.nodes.length);
  acknowledged.set(key, (acknowledged.get(key) ?? 0) + 1);
}

async function read(route: Route, key: string): Promise<void> {
  const request = mapRequest(query(selectOf(key)), countOf);
  const answer = await reading(route)(request, key);
  if (answer.outcome !== 'ok') return;
  if (answer.value < (acknowledged.get(key) ?? 0)) lostUpdates.add(1);
  if (answer.value < (highest.get(key) ?? 0)) nonMonotonicReads.add(1);
  highest.set(key, answer.value);
}

async function verify(): Promise<void> {
  if (userId() !== 1) return;
  for (const node of run.nodes)
    for (const key of COUNTERS) {
      const value = finalRead(run.to(node), selectOf(key), countOf, key);
      if (value === undefined) continue;
      surplusIncrements.add(value);
      unverifiedIncrements.add(-value);
    }
}
