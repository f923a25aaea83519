import type { History, Operation } from '../../lib/core/history/history.ts';

/** What a test says of an operation; the rest is the same for all. */
export type Fields = Partial<Operation> & Pick<Operation, 'f'>;

export function operation(fields: Fields): Operation {
  return { process: 0, node: 'a', protocol: 'sql', start: 0, outcome: 'ok', ...fields };
}

/** Operations one after another, none overlapping the next; a millisecond each. */
export function inTurn(...operations: Fields[]): Operation[] {
  return operations.map((fields, index) => operation({ start: index * 10, end: index * 10 + 1, ...fields }));
}

/** A history of some nodes, for checkers that ask what nodes there are. */
export const historyOn = (nodes: readonly string[], operations: readonly Operation[]): History => ({
  header: { history: 1, scenario: 'test', seed: 1, nodes },
  operations: [...operations],
  damaged: 0,
});
