import type { TransactionAnomaly } from './transaction-anomalies.ts';

/** Isolation levels that transactions can be held against. */
export const ISOLATION_LEVELS = [
  'read-uncommitted',
  'read-committed',
  'snapshot-isolation',
  'strong-session-snapshot-isolation',
  'strong-snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
] as const;
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

/** The level that TiKV documents, which transactions are checked against unless another one is given. */
export const USUAL_LEVEL: IsolationLevel = 'snapshot-isolation';

export const levelNamed = (name: string | undefined): IsolationLevel | undefined =>
  ISOLATION_LEVELS.find((level) => level === name);

interface Definition {
  /** Levels that this one includes. */
  readonly above: readonly IsolationLevel[];
  /** What it forbids in addition. */
  readonly forbids: readonly TransactionAnomaly[];
}

/**
 * Levels by what they forbid.
 *
 * - Read uncommitted, read committed, serializable: PL-1, PL-2, PL-3 of Adya 1999, section 4.2 (with items only: our
 *   histories hold no predicates).
 * - Snapshot isolation: Cerone and Gotsman, *Analysing Snapshot Isolation* (PODC 2016), theorem 9: exactly the histories
 *   whose every cycle has two adjacent anti-dependencies. So G-single (one anti-dependency) and G-nonadjacent (several, no
 *   two in a row) are forbidden, and write skew (G2-item with adjacent ones) is not. Their axiom INT forbids `internal`;
 *   first-committer-wins forbids `lost update`, where the order of the two writes is not even known.
 * - Strong session and strong: the same with the order of each process, or of real time, as further edges (Daudjee and
 *   Salem, VLDB 2006, section 2; Herlihy and Wing 1990 for strict serializability).
 * - `incompatible order` is a dirty read and `duplicate` breaks every level: Elle's consistency model.
 */
const DEFINITIONS: Readonly<Record<IsolationLevel, Definition>> = {
  'read-uncommitted': { above: [], forbids: ['G0', 'duplicate', 'lost'] },
  'read-committed': {
    above: ['read-uncommitted'],
    forbids: ['G1a', 'G1b', 'G1c', 'incompatible order', 'unexpected'],
  },
  'snapshot-isolation': {
    above: ['read-committed'],
    forbids: ['internal', 'lost update', 'G-single', 'G-nonadjacent'],
  },
  'strong-session-snapshot-isolation': {
    above: ['snapshot-isolation'],
    forbids: ['G0-process', 'G1c-process', 'G-single-process', 'G-nonadjacent-process'],
  },
  'strong-snapshot-isolation': {
    above: ['strong-session-snapshot-isolation'],
    forbids: ['G0-realtime', 'G1c-realtime', 'G-single-realtime', 'G-nonadjacent-realtime'],
  },
  serializable: { above: ['snapshot-isolation'], forbids: ['G2-item'] },
  'strong-session-serializable': {
    above: ['serializable', 'strong-session-snapshot-isolation'],
    forbids: ['G2-item-process'],
  },
  'strict-serializable': {
    above: ['strong-session-serializable', 'strong-snapshot-isolation'],
    forbids: ['G2-item-realtime'],
  },
};

/** A level and all that it includes. */
export function includedLevels(level: IsolationLevel): ReadonlySet<IsolationLevel> {
  const included = new Set<IsolationLevel>([level]);
  for (const each of included) for (const lower of DEFINITIONS[each].above) included.add(lower);
  return included;
}

/** Everything that a level forbids. */
export function forbiddenBy(level: IsolationLevel): ReadonlySet<TransactionAnomaly> {
  return new Set([...includedLevels(level)].flatMap((each) => DEFINITIONS[each].forbids));
}

/** The order of time that a level is about, if any. */
export type Order = 'none' | 'process' | 'realtime';

/** Whether a level is about the order of one process, of real time, or neither. */
export function orderOf(level: IsolationLevel): Order {
  if (includedLevels(level).has('strong-snapshot-isolation')) return 'realtime';
  return includedLevels(level).has('strong-session-snapshot-isolation') ? 'process' : 'none';
}

/** Of the candidates that forbid nothing of what was found, those that no other includes; none where even the weakest does. */
export function strongestLevels(
  found: ReadonlySet<TransactionAnomaly>,
  candidates: readonly IsolationLevel[],
): IsolationLevel[] {
  const consistent = candidates.filter((level) => [...forbiddenBy(level)].every((kind) => !found.has(kind)));
  return consistent.filter((level) => !consistent.some((other) => other !== level && includedLevels(other).has(level)));
}
