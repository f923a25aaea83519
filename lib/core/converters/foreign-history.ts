import type { History, Operation } from '../history/history.ts';

/** A history that another tool recorded. */
export interface ForeignHistory extends History {
  /** One sentence: what was read, and what was left out. */
  readonly summary: string;
}

/**
 * What was read of a file: operations, processes, keys.
 * @param leftOut events that are not operations, by what they are
 * @param notes what else a reader should know
 */
export function summaryOf(
  operations: readonly Operation[],
  workload: string,
  leftOut: Readonly<Record<string, number>>,
  notes: readonly string[] = [],
): string {
  const processes = new Set(operations.map(({ process }) => process));
  const keys = new Set<unknown>();
  for (const { key, value, f } of operations) {
    if (key !== undefined) keys.add(key);
    if (f === 'txn') for (const step of value as readonly (readonly unknown[])[]) keys.add(step[1]);
  }
  const left = Object.entries(leftOut).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const sentences = [
    `Read ${many(operations.length, 'operation')} of ${many(processes.size, 'process', 'processes')}${keys.size > 0 ? ` on ${many(keys.size, 'key')}` : ''} as ${workload}`,
    `left out: ${left.length > 0 ? left.join(', ') : 'nothing'}`,
    ...notes,
  ];
  return `${sentences.join('; ')}.`;
}

const many = (count: number, one: string, several = `${one}s`): string => `${count} ${count === 1 ? one : several}`;

/** That operations without an answer were not dropped. */
export const unansweredNote = (count: number): string[] =>
  count === 0
    ? []
    : [`${many(count, 'operation')} of unknown outcome, because the process went on without a completion`];
