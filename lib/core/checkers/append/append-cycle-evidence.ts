import type { Operation } from '../../history/history.ts';
import type { Evidence } from '../shared/check-verdict.ts';
import { describe, milliseconds, show } from '../shared/describe.ts';
import type { TransactionCycle } from '../transactions/cycles.ts';
import { PROCESS, REALTIME, RW, WR, WW } from '../transactions/dependencies.ts';
import type { Step } from '../transactions/path-search.ts';
import { type AppendHistory, type Element, type List, type ListName, NONE } from './append-history.ts';

/** Names the transactions of a cycle and says of each step why the one precedes the other. */
export function explainCycle(history: AppendHistory, { steps }: TransactionCycle): Evidence {
  const names = new Map(steps.map(({ from }, index) => [from, `T${index + 1}`]));
  const operations = steps.map(({ from }) => history.transactions[from] as Operation);
  const nameOf = (transaction: number): string => names.get(transaction) ?? '';
  const who = operations.map((operation, index) => `T${index + 1} is ${describe(operation)}`).join('; ');
  const why = steps
    .map((step) => `${nameOf(step.from)} precedes ${nameOf(step.to)}, for ${reason(history, step, nameOf)}`)
    .join('; ');
  return { message: `${why}: a contradiction. ${who}.`, operations };
}

function reason(history: AppendHistory, step: Step, nameOf: (transaction: number) => string): string {
  const from = nameOf(step.from);
  const to = nameOf(step.to);
  if (step.type === PROCESS) return `one process did ${from} and then ${to}`;
  if (step.type === REALTIME) {
    const gap = (history.transactions[step.to]?.start ?? 0) - (history.transactions[step.from]?.end ?? 0);
    return `${from} had ended ${milliseconds(gap)} before ${to} began`;
  }
  if (step.type === WW) {
    const [list, before, after] = writes(history, step) ?? [];
    return `${to} appended ${show(after)} to list ${list} after ${from} had appended ${show(before)}`;
  }
  if (step.type === WR) {
    const [list, element] = readOf(history, step) ?? [];
    return `${to} read ${from}'s append of ${show(element)} to list ${list}`;
  }
  const [list, element] = step.type === RW ? (missed(history, step) ?? []) : [];
  return `${from} did not read ${to}'s append of ${show(element)} to list ${list}`;
}

/** The list to which both appended, and what: the one's last before the other's. */
function writes(history: AppendHistory, { from, to }: Step): [ListName, Element, Element] | undefined {
  for (const step of history.steps(to)) {
    if (step[0] !== 'append') continue;
    const list = history.list(step[1]);
    const position = positionOf(history, list, step[2]);
    const before = (position === NONE ? list.order.length : position) - 1;
    if (before >= 0 && writerAt(history, list, before) === from)
      return [list.name, list.elements[before] as Element, step[2]];
  }
  return undefined;
}

function readOf(history: AppendHistory, { from, to }: Step): [ListName, Element] | undefined {
  for (const step of history.steps(to)) {
    if (step[0] !== 'r') continue;
    const list = history.list(step[1]);
    const version = step[2]?.length ?? 0;
    if (version > 0 && version <= list.order.length && writerAt(history, list, version - 1) === from)
      return [list.name, list.elements[version - 1] as Element];
  }
  return undefined;
}

function missed(history: AppendHistory, { from, to }: Step): [ListName, Element] | undefined {
  for (const step of history.steps(from)) {
    if (step[0] !== 'r') continue;
    const list = history.list(step[1]);
    const version = step[2]?.length ?? 0;
    if (version < list.order.length) {
      if (writerAt(history, list, version) === to) return [list.name, list.elements[version] as Element];
      continue;
    }
    const unseen = history
      .steps(to)
      .find((other) => other[0] === 'append' && other[1] === step[1] && positionOf(history, list, other[2]) === NONE);
    if (unseen?.[0] === 'append') return [list.name, unseen[2]];
  }
  return undefined;
}

function positionOf(history: AppendHistory, list: List, element: Element): number {
  const write = list.writes.get(element);
  return write === undefined ? NONE : (history.position[write] as number);
}

const writerAt = (history: AppendHistory, list: List, position: number): number =>
  history.writer.at(list.order[position] as number);
