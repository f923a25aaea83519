import { given } from '../../given.ts';
import type { Operation } from '../../history/history.ts';
import type { Linearization } from '../shared/check-verdict.ts';
import { effectEnd, endOf, inOrderOfStart } from '../shared/operation-times.ts';
import { type SearchLimits, searchLinearization } from './linearizability.ts';
import {
  ANYTHING,
  expectedBy,
  identityOf,
  kindOf,
  MISMATCH,
  madeBy,
  READ,
  RegisterSteps,
  WRITE,
} from './register-steps.ts';

/** Configurations for each of the searches that narrow a failure down: they are small, or not worth their time. */
const NARROWING_CONFIGURATIONS = 100_000;

/** Operations on a register, of which some are only said to have happened perhaps. */
interface Claims {
  readonly operations: readonly Operation[];
  readonly relaxed: ReadonlySet<Operation>;
}

/** The operations that contradict each other, and how far an order explains them. */
export interface Window {
  readonly operations: Operation[];
  readonly linearization?: Linearization;
}

type Fails = (claims: Claims) => boolean;

/**
 * Narrows the operations on a register that is not linearizable down to a few that already contradict each other. Every
 * one left out only takes a constraint away, so that what remains is a proof by itself:
 *
 * 1. the shortest prefix of real time that fails (linearizability is closed under prefixes: Herlihy and Wing 1990,
 *    section 3.3); a write that is not over then may or may not have taken effect;
 * 2. a late beginning from which it fails whatever the register held there; what overlaps it may have taken effect before
 *    or at any time after;
 * 3. single operations: any read, and any write whose value nobody reads any more.
 */
export function narrow(operations: readonly Operation[], initial: unknown, deadline: number): Window {
  const limits: SearchLimits = { maxConfigurations: NARROWING_CONFIGURATIONS, deadline };
  const failsFrom = (claims: Claims, from: unknown): boolean =>
    searchLinearization(new RegisterSteps(claims.operations, from, claims.relaxed), limits).linearizable === false;
  const fails: Fails = (claims) => failsFrom(claims, initial);
  const failsFromAnything: Fails = (claims) => failsFrom(claims, ANYTHING);

  const all: Claims = {
    operations: operations.filter((operation) => kindOf(operation) !== undefined),
    relaxed: new Set(),
  };
  const prefix = shortestPrefix(all, fails);
  const isLate = failsFromAnything(prefix);
  const core = isLate ? drop(lateSuffix(prefix, failsFromAnything), failsFromAnything) : drop(prefix, fails);
  const inOrder = { ...core, operations: inOrderOfStart(core.operations) };
  return {
    operations: inOrder.operations,
    ...given('linearization', explainAllBut(inOrder, isLate ? ANYTHING : initial, limits)),
  };
}

/** The operations without the one that ended last, in an order that explains them; undefined if there is none. */
function explainAllBut(
  { operations, relaxed }: Claims,
  initial: unknown,
  limits: SearchLimits,
): Linearization | undefined {
  const isRequired = (operation: Operation): boolean => operation.outcome !== 'unknown' && !relaxed.has(operation);
  const stuck = operations.filter(isRequired).reduce((one, other) => (endOf(other) > endOf(one) ? other : one));
  const rest = operations.filter((operation) => operation !== stuck);
  const { order } = searchLinearization(new RegisterSteps(rest, initial, relaxed), limits);
  if (order === undefined) return undefined;
  let value = initial === ANYTHING ? null : initial;
  const placed = order.map((step) => {
    const operation = rest[step] as Operation;
    const kind = kindOf(operation);
    if (kind === READ) value = expectedBy(operation);
    else if (kind !== MISMATCH) value = madeBy(operation);
    return { operation: operations.indexOf(operation), value };
  });
  return { order: placed, stuck: operations.indexOf(stuck) };
}

function shortestPrefix(all: Claims, fails: Fails): Claims {
  const ends = all.operations.filter(({ outcome }) => outcome !== 'unknown').map(endOf);
  ends.sort((a, b) => a - b);
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fails(until(all, ends[middle] as number))) high = middle;
    else low = middle + 1;
  }
  const prefix = until(all, ends[high] ?? Number.POSITIVE_INFINITY);
  return fails(prefix) ? prefix : all;
}

/** What had begun at a time; what was not over then may or may not have taken effect. */
function until({ operations }: Claims, time: number): Claims {
  const begun = operations.filter(({ start }) => start <= time);
  return relax(begun, (operation) => endOf(operation) > time);
}

/** Tries the last operations, twice as many each time. A longer suffix may pass where a shorter one fails: see `since`. */
function lateSuffix(all: Claims, fails: Fails): Claims {
  const starts = all.operations.map(({ start }) => start).sort((a, b) => b - a);
  for (let size = 2; size < starts.length; size *= 2) {
    const suffix = since(all, starts[size - 1] as number);
    if (fails(suffix)) return suffix;
  }
  return all;
}

/** What was not over before a time; what had begun before it may have taken effect before or after. */
function since({ operations, relaxed }: Claims, time: number): Claims {
  const isOver = (operation: Operation): boolean =>
    endOf(operation) < time && operation.outcome !== 'unknown' && !relaxed.has(operation);
  const left = operations.filter((operation) => !isOver(operation));
  return relax(left, (operation) => operation.start < time || relaxed.has(operation));
}

/** Takes of some operations only the weakest claim: reads claim nothing then, writes may have happened. */
function relax(operations: readonly Operation[], isWeak: (operation: Operation) => boolean): Claims {
  const claimsNothing = (operation: Operation): boolean => {
    const kind = kindOf(operation);
    return (kind === READ || kind === MISMATCH) && isWeak(operation);
  };
  const left = operations.filter((operation) => !claimsNothing(operation));
  return { operations: left, relaxed: new Set(left.filter(isWeak)) };
}

/** Leaves out whatever the rest fails without: first half of the operations at a time, in the end single ones. */
function drop(claims: Claims, fails: Fails): Claims {
  let rest = claims;
  for (let size = rest.operations.length >> 1; size >= 1; ) {
    const before = rest.operations.length;
    for (let at = 0; at < rest.operations.length; ) {
      const leaving = mayGo(rest.operations, new Set(rest.operations.slice(at, at + size)));
      const without = { ...rest, operations: rest.operations.filter((operation) => !leaving.has(operation)) };
      if (leaving.size > 0 && fails(without)) rest = without;
      else at += size;
    }
    if (size > 1) size >>= 1;
    else if (rest.operations.length === before) break;
  }
  return rest;
}

/**
 * Of some operations those that may go: no write whose value is read while it may have taken effect, nor any where a
 * refusal depends on what the register held.
 */
function mayGo(all: readonly Operation[], leaving: ReadonlySet<Operation>): ReadonlySet<Operation> {
  const lastRead = new Map<unknown, number>();
  let hasRefusal = false;
  for (const operation of all) {
    const kind = kindOf(operation);
    if (leaving.has(operation) || kind === WRITE) continue;
    if (kind === MISMATCH) hasRefusal = true;
    const value = identityOf(expectedBy(operation));
    lastRead.set(value, Math.max(lastRead.get(value) ?? Number.NEGATIVE_INFINITY, effectEnd(operation)));
  }
  const going = [...leaving].filter((operation) => {
    const kind = kindOf(operation);
    if (kind === READ || kind === MISMATCH) return true;
    const readUntil = lastRead.get(identityOf(madeBy(operation)));
    return !hasRefusal && (readUntil === undefined || readUntil < operation.start);
  });
  return going.length === leaving.size ? leaving : mayGo(all, new Set(going));
}
