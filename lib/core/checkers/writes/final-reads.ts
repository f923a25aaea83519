import type { Outcome } from '../../protocols/outcome.ts';

/** How what was read back differs from what was written. Each entry is a record's id. */
export interface FinalReadDifference {
  /** Acknowledged, but not there. */
  readonly lost: string[];
  /** There with another value than was written. */
  readonly corrupted: string[];
  /** There, though nobody wrote it or its write was refused. */
  readonly unexpected: string[];
  /** Acknowledged and there with its value. */
  readonly confirmed: number;
}

/**
 * Compares the records of one node, read when writing is over, with the outcomes of the writes: Jepsen's `set` check for
 * records with values. A write of `unknown` outcome may be there or not; where it is there its value must be right.
 *
 * @param writes outcome of each write, by id
 * @param found pairs of id and value, as the node gave them
 * @param writtenUnder the value that was written under an id
 */
export function compareFinalReads(
  writes: ReadonlyMap<string, Outcome>,
  found: Iterable<readonly [id: string, value: unknown]>,
  writtenUnder: (id: string) => unknown,
): FinalReadDifference {
  const difference = { lost: [] as string[], corrupted: [] as string[], unexpected: [] as string[], confirmed: 0 };
  const seen = new Set<string>();
  for (const [id, value] of found) {
    const outcome = writes.get(id);
    const duplicate = seen.has(id);
    seen.add(id);
    if (duplicate || (outcome !== 'ok' && outcome !== 'unknown')) difference.unexpected.push(id);
    else if (value !== writtenUnder(id)) difference.corrupted.push(id);
    else if (outcome === 'ok') difference.confirmed++;
  }
  for (const [id, outcome] of writes) if (outcome === 'ok' && !seen.has(id)) difference.lost.push(id);
  return difference;
}
