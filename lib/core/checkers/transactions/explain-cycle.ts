import type { Operation } from '../../history/history.ts';
import type { CycleEdge, Evidence } from '../shared/check-verdict.ts';
import { describe, milliseconds, show } from '../shared/describe.ts';
import type { TransactionCycle } from './cycles.ts';
import { PROCESS, REALTIME, RW, WR, WW } from './dependencies.ts';
import type { Step } from './path-search.ts';

/** What proves a dependency: the object, and the versions that the two transactions wrote or read. */
export type Dependency = Required<Pick<CycleEdge, 'key' | 'versions'>>;

/** How a kind of history calls its objects, and writing to them. */
interface Terms {
  readonly object: string;
  readonly wrote: string;
  readonly written: string;
}

const KINDS: Readonly<Record<number, CycleEdge['kind']>> = {
  [WW]: 'ww',
  [WR]: 'wr',
  [RW]: 'rw',
  [PROCESS]: 'process',
  [REALTIME]: 'realtime',
};

/** Names the transactions of a cycle and says of each step why the one precedes the other. */
export function explainCycle(
  transactions: readonly Operation[],
  { steps }: TransactionCycle,
  dependencyOf: (step: Step) => Dependency | undefined,
  terms: Terms,
): Evidence {
  const places = new Map(steps.map(({ from }, index) => [from, index]));
  const operations = steps.map(({ from }) => transactions[from] as Operation);
  const cycle = steps.map((step): CycleEdge => {
    const [from, to] = [places.get(step.from) ?? 0, places.get(step.to) ?? 0];
    return { from, to, kind: KINDS[step.type] ?? 'rw', ...dependencyOf(step) };
  });
  const who = operations.map((operation, index) => `T${index + 1} is ${describe(operation)}`).join('; ');
  const why = cycle
    .map((edge) => `T${edge.from + 1} precedes T${edge.to + 1}, because ${reason(edge, operations, terms)}`)
    .join('; ');
  return { message: `${why}: a contradiction. ${who}.`, operations, cycle };
}

function reason(edge: CycleEdge, operations: readonly Operation[], { object, wrote, written }: Terms): string {
  const [from, to] = [`T${edge.from + 1}`, `T${edge.to + 1}`];
  const { kind, key, versions: [before, after] = [] } = edge;
  if (kind === 'process') return `one process ran ${from} and then ${to}`;
  if (kind === 'realtime') {
    const gap = (operations[edge.to]?.start ?? 0) - (operations[edge.from]?.end ?? 0);
    return `${from} had ended ${milliseconds(gap)} before ${to} began`;
  }
  if (kind === 'ww')
    return `${to} ${wrote} ${show(after)} to ${object} ${key} after ${from} had ${written} ${show(before)}`;
  if (kind === 'wr') return `${to} read the ${show(before)} that ${from} ${wrote} to ${object} ${key}`;
  return `${from} did not read the ${show(after)} that ${to} ${wrote} to ${object} ${key}`;
}
