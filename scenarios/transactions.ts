// Transactions of several records far apart, in regions of their own: all of a transaction is there, or nothing.

import { Counter } from 'k6/metrics';
import { OF_UNKNOWN_WRITES, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import {
  type Found,
  LETTERS,
  lettersFound,
  lettersOf,
  recent,
  TABLES,
  tableOf,
  transactionId,
} from '../lib/core/workloads/scattered.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/transactions.surql';
import thresholds from '../thresholds/transactions.json';

const tornTransactions = new Counter('torn_transactions');
/** Acknowledged transactions less those found whole in the end, over all nodes: above zero, some are missing or the end was not read. */
const unverifiedTransactions = new Counter('unverified_transactions');

export const run = defineScenario({
  name: 'transactions',
  protocols: SURREALQL,
  checkers: ['atomicity'],
  soak: true,
  splitBefore: TABLES,
  situations: [...ON_A_CLUSTER, ...OF_UNKNOWN_WRITES, 'prompt read on another node', 'several regions'],
  schema,
  thresholds,
  operations: ['write', 'read'],
  iterate: (route) => () => transactions(route),
  verify,
});

/** Of ten operations. */
const READS_IN_TEN = 3;
/** Records of a transaction, each in another table. */
const RECORDS = 4;
/** A slice for a number of users: reads stay short, and meet what others write. */
const USERS_PER_SLICE = 4;
const sliceCount = (): number => Math.max(2, Math.round(run.users() / USERS_PER_SLICE));

const writing = operation({ f: 'write' });
const reading = operation({ f: 'read', recordsAnswer: true });
let written = 0;

async function transactions(route: Route): Promise<void> {
  const slice = run.random(sliceCount());
  const second = Math.floor(now() / 1000);
  if (run.random(10) < READS_IN_TEN) await read(route, slice, second);
  else await write(route, slice, second);
}

async function write(route: Route, slice: number, second: number): Promise<void> {
  const letters = someLetters();
  const id = transactionId(slice, second, userId(), written++, letters);
  const creates = [...letters].map((letter) => `CREATE ${tableOf(letter)}:${id} RETURN NONE;`);
  const { outcome } = await writing(route)(query(`BEGIN;${creates.join('')}COMMIT;`), id);
  if (outcome === 'ok') unverifiedTransactions.add(run.nodes.length);
}

/** Any RECORDS of them, in their order. */
function someLetters(): string {
  const left: string[] = [...LETTERS];
  while (left.length > RECORDS) left.splice(run.random(left.length), 1);
  return left.join('');
}

async function read(route: Route, slice: number, second: number): Promise<void> {
  const range = recent(slice, second);
  const selects = TABLES.map((table) => `SELECT VALUE record::id(id) FROM ${table}:${range[0]}..${range[1]};`);
  const request = mapRequest(
    query(`BEGIN;${selects.join('')}COMMIT;`),
    (results) => [range, foundIn(results)] as const,
  );
  const answer = await reading(route)(request);
  if (answer.outcome === 'ok') countWhole(answer.value[1]);
}

/** The first result is that of BEGIN. */
const foundIn = (results: readonly unknown[]): Found => results.slice(1, 1 + TABLES.length) as string[][];

/** @returns how many are whole; counts the others as torn */
function countWhole(found: Found): number {
  const letters = lettersFound(found);
  const torn = [...letters].filter(([id, those]) => those !== lettersOf(id)).length;
  tornTransactions.add(torn);
  return letters.size - torn;
}

async function verify(): Promise<void> {
  if (userId() !== 1) return;
  const selects = TABLES.map((table) => `SELECT VALUE record::id(id) FROM ${table};`);
  for (const node of run.nodes) {
    const found = finalRead(run.to(node), `BEGIN;${selects.join('')}COMMIT;`, foundIn);
    if (found !== undefined) unverifiedTransactions.add(-countWhole(found));
  }
}
