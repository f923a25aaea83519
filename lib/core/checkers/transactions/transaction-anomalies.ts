/** Cycles in the dependency graph of transactions (Adya 1999, chapters 3 and 4; Kingsbury and Alvaro 2020, section 4). */
export type CycleKind = 'G0' | 'G1c' | 'G-single' | 'G-nonadjacent' | 'G2-item';

const CYCLES: Readonly<Record<CycleKind, string>> = {
  G0: 'Dirty write: transactions overwrote each other in a circle, so no order of their writes exists.',
  G1c: 'Circular information flow: each transaction of a circle overwrote, or read the writes of, the one before it.',
  'G-single':
    'Read skew: a transaction saw one write of another transaction, or a later state, and missed another write of it.',
  'G-nonadjacent':
    "A circle of transactions that missed each other's writes, no two of them in a row: a long fork, for example.",
  'G2-item': 'Write skew: transactions each missed what another one wrote, so that no order of all of them exists.',
};

type Ordered = CycleKind | `${CycleKind}-process` | `${CycleKind}-realtime`;

/** The same cycles; those that need the order of one process, or of real time, have Elle's names. */
const ORDERED_CYCLES = Object.fromEntries(
  Object.entries(CYCLES).flatMap(([kind, meaning]) => [
    [kind, meaning],
    [`${kind}-process`, `${meaning} The circle needs the order in which one process ran its transactions.`],
    [`${kind}-realtime`, `${meaning} The circle needs real time: one transaction ended before another began.`],
  ]),
) as Readonly<Record<Ordered, string>>;

/** What is found in histories of transactions, whatever they read and write. */
export const TRANSACTION_ANOMALIES = {
  ...ORDERED_CYCLES,
  G1a: 'Aborted read: a transaction read what a failed transaction had written.',
  G1b: 'Intermediate read: a transaction read a state in the middle of another transaction.',
  internal:
    'A transaction did not see its own earlier reads and writes, or its writes took effect in another order or in part.',
  'lost update':
    'Two transactions read the same version of an object and both wrote it, so one write ignored the other.',
  'incompatible order': 'Reads show the same writes in orders that contradict each other.',
  unexpected: 'A transaction read a value that nobody wrote.',
  duplicate: 'A write took effect twice.',
  lost: 'An acknowledged write is missing from a read after the end of the load.',
} as const;

export type TransactionAnomaly = keyof typeof TRANSACTION_ANOMALIES;
