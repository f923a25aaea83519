import type { FaultWindow } from '../../lib/core/faults/window.ts';
import type { Operation } from '../../lib/core/history/history.ts';

/** Milliseconds between two requests, and of an answer. */
export const PERIOD = 5;
export const LATENCY = 4;
const NODES = ['surreal-1', 'surreal-2', 'surreal-3'];

/** A request as the test needs it answered. */
export type Fate = Partial<Pick<Operation, 'end' | 'outcome' | 'error'>>;

/** Requests to three nodes in turn, from 0 to `length`; `fateOf` says what became of those that did not just succeed. */
export function inventLoad(length: number, fateOf: (start: number, node: string) => Fate = () => ({})): Operation[] {
  return Array.from({ length: Math.floor(length / PERIOD) }, (_, index): Operation => {
    const start = index * PERIOD;
    const node = NODES[index % NODES.length] as string;
    const usual = { process: index % 50, f: 'create', key: `k${index}`, node, protocol: 'sql', start };
    return { ...usual, end: start + LATENCY, outcome: 'ok', ...fateOf(start, node) };
  });
}

export const windowOf = (began: number, healed: number, who = 'surreal-2'): FaultWindow => ({
  fault: `kill:${who}@5s+3s`,
  kind: 'kill',
  who: [who],
  planned: { start: began, end: healed },
  began,
  healed,
  notes: [],
});

/** A node that is killed: what is under way is reset, what comes is refused at once. */
export const killed =
  (victim: string, from: number, to: number) =>
  (start: number, node: string): Fate => {
    if (node !== victim || start + LATENCY <= from || start >= to) return {};
    if (start < from) return { end: from + 1, outcome: 'unknown', error: 'reset' };
    return { end: start + 1, outcome: 'failed', error: 'refused' };
  };
