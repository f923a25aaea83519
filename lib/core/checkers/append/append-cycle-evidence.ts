import type { TransactionCycle } from '../transactions/cycles.ts';
import { RW, WR, WW } from '../transactions/dependencies.ts';
import { type Dependency, explainCycle } from '../transactions/explain-cycle.ts';
import type { Step } from '../transactions/path-search.ts';
import { type AppendHistory, type Element, type List, NONE } from './append-history.ts';

/** Names the transactions of a cycle and says of each step why the one precedes the other. */
export const explainAppendCycle = (history: AppendHistory, cycle: TransactionCycle) =>
  explainCycle(history.transactions, cycle, (step) => dependencyOf(history, step), {
    object: 'list',
    wrote: 'appended',
    written: 'appended',
  });

/** The list and the elements that prove a dependency. */
function dependencyOf(history: AppendHistory, step: Step): Dependency | undefined {
  if (step.type === WW) return overwritten(history, step);
  if (step.type === WR) return readOf(history, step);
  return step.type === RW ? missed(history, step) : undefined;
}

/** The list to which both appended, and what: the one's last before the other's. */
function overwritten(history: AppendHistory, { from, to }: Step): Dependency | undefined {
  for (const step of history.steps(to)) {
    if (step[0] !== 'append') continue;
    const list = history.list(step[1]);
    const position = positionOf(history, list, step[2]);
    const before = history.lastAppliedUpTo(list, (position === NONE ? list.order.length : position) - 1);
    if (before !== NONE && history.writerAt(list, before) === from)
      return { key: list.name, versions: [list.elements[before], step[2]] };
  }
  return undefined;
}

function readOf(history: AppendHistory, { from, to }: Step): Dependency | undefined {
  for (const step of history.steps(to)) {
    if (step[0] !== 'r') continue;
    const list = history.list(step[1]);
    const version = step[2]?.length ?? 0;
    const last = version > list.order.length ? NONE : history.lastAppliedUpTo(list, version - 1);
    if (last !== NONE && history.writerAt(list, last) === from)
      return { key: list.name, versions: [list.elements[last], step[2]] };
  }
  return undefined;
}

function missed(history: AppendHistory, { from, to }: Step): Dependency | undefined {
  for (const step of history.steps(from)) {
    if (step[0] !== 'r') continue;
    const list = history.list(step[1]);
    const next = history.firstAppliedFrom(list, step[2]?.length ?? 0);
    if (next !== NONE) {
      if (history.writerAt(list, next) === to)
        return { key: list.name, versions: [step[2] ?? [], list.elements[next]] };
      continue;
    }
    const unseen = history
      .steps(to)
      .find((other) => other[0] === 'append' && other[1] === step[1] && positionOf(history, list, other[2]) === NONE);
    if (unseen?.[0] === 'append') return { key: list.name, versions: [step[2] ?? [], unseen[2]] };
  }
  return undefined;
}

function positionOf(history: AppendHistory, list: List, element: Element): number {
  const write = list.writes.get(element);
  return write === undefined ? NONE : (history.position[write] as number);
}
