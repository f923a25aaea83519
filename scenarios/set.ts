// Unique elements added over all nodes while the whole set is read: none may vanish, not even for a moment.

import { Counter } from 'k6/metrics';
import { type Runs, toRuns } from '../lib/core/checkers/set/runs-of-numbers.ts';
import { OF_UNKNOWN_WRITES, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/set.surql';
import thresholds from '../thresholds/set.json';

const staleReads = new Counter('stale_reads');
const duplicateElements = new Counter('duplicate_elements');
/** Acknowledged elements less those found in the end, over all nodes: above zero, some are missing or the end was not read. */
const unverifiedElements = new Counter('unverified_elements');

export const run = defineScenario({
  name: 'set',
  protocols: SURREALQL,
  checkers: ['set'],
  settings: ['mode', 'window'],
  drill: true,
  soak: true,
  situations: [...ON_A_CLUSTER, ...OF_UNKNOWN_WRITES, 'prompt read on another node'],
  schema,
  thresholds,
  operations: ['add', 'read'],
  iterate: (route) => () => set(route),
  verify,
});

/** Elements of one user are consecutive, and this far from the next user's. */
const NUMBERS = 10_000_000;
/** One operation in this many is a read while the set is small; then as many rows are read per operation as here. */
const LEAST_INTERVAL = 20;
const ROWS_PER_OPERATION = 100;

const adding = operation({ f: 'add' });
const reading = operation({ f: 'read', recordsAnswer: true });
const SELECT_ALL = 'SELECT VALUE n FROM element';
let added = 0;
let acknowledged = 0;
let sinceRead = 0;

async function set(route: Route): Promise<void> {
  const size = added * run.users();
  if (++sinceRead > Math.max(LEAST_INTERVAL, size / ROWS_PER_OPERATION) * (0.5 + run.random(100) / 100)) {
    sinceRead = 0;
    await readAll(route);
  } else await add(route);
}

async function add(route: Route): Promise<void> {
  const value = userId() * NUMBERS + added++;
  const { outcome } = await adding(route)(query(`CREATE element SET n = ${value} RETURN NONE`), undefined, value);
  if (outcome !== 'ok') return;
  acknowledged++;
  unverifiedElements.add(run.nodes.length);
}

const shape = ([elements]: unknown[]): Runs => toRuns(elements as number[]);

async function readAll(route: Route): Promise<void> {
  const answer = await reading(route)(mapRequest(query(SELECT_ALL), shape));
  if (answer.outcome !== 'ok') return;
  const first = userId() * NUMBERS;
  if (countBetween(answer.value, first, first + NUMBERS - 1) < acknowledged) staleReads.add(1);
  duplicateElements.add(answer.value.duplicates?.length ?? 0);
}

async function verify(): Promise<void> {
  if (userId() !== 1) return;
  for (const node of run.nodes) {
    const found = finalRead(run.to(node), SELECT_ALL, shape);
    if (found === undefined) continue;
    unverifiedElements.add(-countBetween(found, 0, Number.POSITIVE_INFINITY));
    duplicateElements.add(found.duplicates?.length ?? 0);
  }
}

/** How many elements there are from `low` to `high`, both included. */
function countBetween({ runs }: Runs, low: number, high: number): number {
  let count = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const first = Math.max(runs[at] ?? 0, low);
    const last = Math.min(runs[at + 1] ?? 0, high);
    if (first <= last) count += last - first + 1;
  }
  return count;
}
