// Reads, writes and compare-and-sets of shared registers from all nodes: each register must be linearizable.
import { Counter } from 'k6/metrics';
import { type Answer, mapAnswer } from '../lib/core/outcome.ts';
import { now, userId } from '../lib/k6/execution.ts';
import type { Node } from '../lib/k6/nodes.ts';
import { query } from '../lib/k6/protocols.ts';
import { defineScenario, type RunData } from '../lib/k6/scenario.ts';
import type { Session } from '../lib/k6/session.ts';
import schema from '../schemas/register.surql';
import thresholds from '../thresholds/register.json';

const staleReads = new Counter('stale_reads');
const dirtyReads = new Counter('dirty_reads');

export const run = defineScenario({
  name: 'register',
  schema,
  thresholds,
  operations: ['read', 'write', 'cas'],
  iterate: register,
});

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

function register(data: RunData): void {
  const { session, node } = run.turn(data);
  const key = nextRegister();
  const known = own.get(key) ?? { refused: new Set<number>(), seen: null };
  own.set(key, known);
  const choice = run.random(3);
  if (choice === 0) write(session, node, key, known);
  else if (choice === 1 && known.seen !== null) compareAndSet(session, node, key, known, known.seen);
  else read(session, node, key, known);
}

/** All users are at the same registers at the same time, without talking to each other. */
function nextRegister(): string {
  const current = Math.floor(now() / LIFE);
  if (current !== generation) own = new Map();
  generation = current;
  return `r${current}_${run.random(REGISTERS)}`;
}

function read(session: Session, node: Node, key: string, known: Own): void {
  const attempt = (): Answer<number | null> =>
    mapAnswer(query(session, node, 'read', `SELECT VALUE v FROM ONLY register:${key}`), ([v]) => v as number | null);
  const answer = run.operate({ f: 'read', key, recordsAnswer: true }, node, 'sql', attempt);
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

function write(session: Session, node: Node, key: string, known: Own): void {
  const value = userId() * NUMBERS + written++;
  maybeApplied.add(value);
  const { outcome } = run.operate({ f: 'write', key, value }, node, 'sql', () =>
    query(session, node, 'write', `UPSERT register:${key} SET v = ${value} RETURN NONE`),
  );
  settle(value, outcome, known);
}

function compareAndSet(session: Session, node: Node, key: string, known: Own, expected: number): void {
  const value = userId() * NUMBERS + written++;
  maybeApplied.add(value);
  const text = `BEGIN;
IF register:${key}.v != ${expected} { THROW 'mismatch' };
UPDATE register:${key} SET v = ${value} RETURN NONE;
COMMIT;`;
  const intent = { f: 'cas', key, value: [expected, value], refusal: 'mismatch' };
  const { outcome } = run.operate(intent, node, 'sql', () => query(session, node, 'cas', text));
  settle(value, outcome, known);
}

function settle(value: number, outcome: Answer<unknown>['outcome'], known: Own): void {
  if (outcome === 'unknown') return;
  maybeApplied.delete(value);
  if (outcome === 'ok') known.acknowledged = known.seen = value;
  else known.refused.add(value);
}
