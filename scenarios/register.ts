// Reads, writes and compare-and-sets of shared registers from all nodes: each register must be linearizable.

import { Counter } from 'k6/metrics';
import { OF_CONTENTION, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { queryOrCall } from '../lib/core/protocols/clients.ts';
import type { Outcome } from '../lib/core/protocols/outcome.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query } from '../lib/core/protocols/request.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { now, userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/register.surql';
import thresholds from '../thresholds/register.json';

const staleReads = new Counter('stale_reads');
const dirtyReads = new Counter('dirty_reads');

export const run = defineScenario({
  name: 'register',
  protocols: SURREALQL,
  checkers: ['register'],
  soak: true,
  situations: [...ON_A_CLUSTER, ...OF_CONTENTION, 'refusal', 'prompt read on another node', 'unknown applied'],
  schema,
  thresholds,
  operations: ['read', 'write', 'cas'],
  iterate: (route) => () => register(route),
});

const reading = operation({ f: 'read', recordsAnswer: true });
const writing = operation({ f: 'write' });
const comparingAndSetting = operation({ f: 'cas', refusal: 'mismatch' });

/** Registers that are in use at one time, and for how long, milliseconds: short histories are quick to check. */
const REGISTERS = 8;
const LIFE = 5000;

/** What this user's own writes say about later reads of a register. Values are unique, and `NUMBERS` apart between users. */
interface Own {
  /** The last value that it wrote and saw acknowledged, and the number of values it had written before. */
  acknowledged?: number;
  readonly refused: Set<number>;
  /** What it read or wrote last. */
  seen: number | null;
}
const NUMBERS = 10_000_000;
let own = new Map<string, Own>();
let generation = 0;
let written = 0;

async function register(route: Route): Promise<void> {
  const key = nextRegister();
  const known = own.get(key) ?? { refused: new Set<number>(), seen: null };
  own.set(key, known);
  const choice = run.random(3);
  if (choice === 0) await write(route, key, known);
  else if (choice === 1 && known.seen !== null) await compareAndSet(route, key, known, known.seen);
  else await read(route, key, known);
}

/** All users are at the same registers at the same time, without talking to each other. */
function nextRegister(): string {
  const current = Math.floor(now() / LIFE);
  if (current !== generation) own = new Map();
  generation = current;
  return `r${current}_${run.random(REGISTERS)}`;
}

async function read(route: Route, key: string, known: Own): Promise<void> {
  const request = query(`SELECT VALUE v FROM ONLY register:${key}`);
  const answer = await reading(route)(
    mapRequest(request, ([value]) => value as number | null),
    key,
  );
  if (answer.outcome !== 'ok') return;
  known.seen = answer.value;
  checkAgainstOwn(answer.value, known);
}

/** A user's operations follow one another, so a value of its own is never older than its last acknowledged one. */
function checkAgainstOwn(value: number | null, { acknowledged, refused }: Own): void {
  if (acknowledged !== undefined && value === null) staleReads.add(1);
  if (value === null || Math.floor(value / NUMBERS) !== userId()) return;
  if (refused.has(value)) dirtyReads.add(1);
  else if (acknowledged !== undefined && value < acknowledged && !maybeApplied.has(value)) staleReads.add(1);
}

/** Values of writes without an answer: they may take effect at any later time. */
const maybeApplied = new Set<number>();

async function write(route: Route, key: string, known: Own): Promise<void> {
  const value = userId() * NUMBERS + written++;
  maybeApplied.add(value);
  const text = `UPSERT register:${key} SET v = ${value} RETURN NONE`;
  const request = queryOrCall(route.client, text, 'upsert', `"register:${key}",{"v":${value}}`);
  const { outcome } = await writing(route)(request, key, value);
  resolve(value, outcome, known);
}

async function compareAndSet(route: Route, key: string, known: Own, expected: number): Promise<void> {
  const value = userId() * NUMBERS + written++;
  maybeApplied.add(value);
  const text = `BEGIN;
IF register:${key}.v != ${expected} { THROW 'mismatch' };
UPDATE register:${key} SET v = ${value} RETURN NONE;
COMMIT;`;
  const { outcome } = await comparingAndSetting(route)(query(text), key, [expected, value]);
  resolve(value, outcome, known);
}

function resolve(value: number, outcome: Outcome, known: Own): void {
  if (outcome === 'unknown') return;
  maybeApplied.delete(value);
  if (outcome === 'ok') known.acknowledged = known.seen = value;
  else known.refused.add(value);
}
