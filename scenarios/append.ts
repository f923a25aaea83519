// Transactions that append to several lists and read them, over all nodes: which isolation level do they show?

import { Counter } from 'k6/metrics';
import type { MicroOperation } from '../lib/core/checkers/append/append-history.ts';
import { ISOLATION_LEVELS, USUAL_LEVEL } from '../lib/core/checkers/transactions/isolation-levels.ts';
import { OF_CONTENTION, OF_UNKNOWN_WRITES, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/append.surql';
import thresholds from '../thresholds/append.json';

const internalAnomalies = new Counter('internal_anomalies');
const duplicateElements = new Counter('duplicate_elements');
/** Acknowledged elements less those found in the end, over all nodes: above zero, some are missing or the end was not read. */
const unverifiedElements = new Counter('unverified_elements');

export const run = defineScenario({
  name: 'append',
  protocols: SURREALQL,
  checkers: ['append'],
  expects: { values: ISOLATION_LEVELS, usual: USUAL_LEVEL },
  drill: true,
  soak: true,
  situations: [
    ...ON_A_CLUSTER,
    ...OF_CONTENTION,
    ...OF_UNKNOWN_WRITES,
    'prompt read on another node',
    'several regions',
  ],
  schema,
  thresholds,
  operations: ['txn'],
  iterate: (route) => () => append(route),
  verify,
});

/** Lists are in use for so many milliseconds and then left, so that they stay short; one for a number of users, so that they meet. */
const LIFE = 1000;
const USERS_PER_LIST = 4;
const listCount = (): number => Math.max(5, Math.round(run.users() / USERS_PER_LIST));
const MOST_STEPS = 4;
/** Elements of one user are unique, and this far from the next user's. */
const NUMBERS = 10_000_000;

const transaction = operation({ f: 'txn', recordsAnswer: true });
let appended = 0;

async function append(route: Route): Promise<void> {
  const steps = Array.from({ length: 1 + run.random(MOST_STEPS) }, randomStep);
  const text = `BEGIN;${steps.map(statementOf).join('')}COMMIT;`;
  const request = mapRequest(query(text), (results) => withReads(steps, results));
  const answer = await transaction(route)(request, undefined, steps);
  if (answer.outcome !== 'ok') return;
  checkInternally(answer.value);
  unverifiedElements.add(run.nodes.length * steps.filter(([f]) => f === 'append').length);
}

function randomStep(): MicroOperation {
  const list = `l${Math.floor(now() / LIFE)}_${run.random(listCount())}`;
  return run.random(2) === 0 ? ['append', list, userId() * NUMBERS + appended++] : ['r', list, null];
}

const statementOf = ([f, list, element]: MicroOperation): string =>
  f === 'append'
    ? `UPSERT list:${list} SET elements += [${element}] RETURN NONE;`
    : `SELECT VALUE elements FROM ONLY list:${list};`;

/** The first result is that of BEGIN. */
const withReads = (steps: readonly MicroOperation[], results: readonly unknown[]): MicroOperation[] =>
  steps.map((step, index) => (step[0] === 'r' ? ['r', step[1], results[index + 1] as number[] | null] : step));

/** What a transaction has appended is at the end of what it reads afterwards. */
function checkInternally(steps: readonly MicroOperation[]): void {
  const own = new Map<string | number, string | number>();
  for (const step of steps)
    if (step[0] === 'append') own.set(step[1], step[2]);
    else if (own.has(step[1]) && step[2]?.at(-1) !== own.get(step[1])) internalAnomalies.add(1);
}

async function verify(): Promise<void> {
  if (userId() !== 1) return;
  for (const node of run.nodes) {
    const all = finalRead(run.to(node), 'SELECT VALUE [record::id(id), elements] FROM list', readsOf);
    for (const [, , elements] of all ?? []) {
      unverifiedElements.add(-elements.length);
      duplicateElements.add(elements.length - new Set(elements).size, { node: node.name });
    }
  }
}

const readsOf = ([rows]: unknown[]) =>
  (rows as [string, number[]][]).map(([list, elements]): ['r', string, number[]] => ['r', list, elements]);
