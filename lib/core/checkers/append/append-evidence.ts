import type { Operation } from '../../history/history.ts';
import { describe, show } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import { ABORTED, COMMITTED } from '../transactions/dependencies.ts';
import type { TransactionAnomaly } from '../transactions/transaction-anomalies.ts';
import { type AppendHistory, type Element, type List, NONE } from './append-history.ts';

/** A read that is not a prefix of the version order: says why, element by element. */
export function reportDeviation(
  history: AppendHistory,
  transaction: number,
  list: List,
  seen: readonly Element[],
  findings: Findings<TransactionAnomaly>,
): void {
  const operation = history.transactions[transaction] as Operation;
  const elements = new Set(seen);
  const unknown = seen.find((element) => !list.writes.has(element));
  if (elements.size < seen.length) {
    const twice = seen.find((element, index) => seen.indexOf(element) !== index);
    findings.add('duplicate', operation.start, () => ({
      message: `List ${list.name} held element ${show(twice)} more than once: ${describe(operation)}.`,
      operations: [operation],
    }));
  } else if (unknown !== undefined) {
    findings.add('unexpected', operation.start, () => ({
      message: `List ${list.name} held element ${show(unknown)}, which nobody appended: ${describe(operation)}.`,
      operations: [operation],
    }));
  } else {
    findings.add('incompatible order', operation.start, () => ({
      message: `List ${list.name} was read as ${show(seen)} and as ${show(list.elements)}, neither of which continues the other: ${describe(operation)}.`,
      operations: [operation, ...readerOf(history, list)],
    }));
  }
  for (const element of elements) {
    const write = list.writes.get(element);
    if (write !== undefined && history.outcomes[history.writer.at(write)] === ABORTED)
      reportAborted(history, transaction, list, write, findings);
  }
}

/** A transaction that read the whole version order of a list. */
function readerOf(history: AppendHistory, list: List): Operation[] {
  const reader = history.transactions.findIndex(
    ({ outcome }, transaction) =>
      outcome === 'ok' &&
      history
        .steps(transaction)
        .some((step) => step[0] === 'r' && step[1] === list.name && step[2]?.length === list.elements.length),
  );
  return reader === NONE ? [] : [history.transactions[reader] as Operation];
}

export function reportAborted(
  history: AppendHistory,
  transaction: number,
  list: List,
  write: number,
  findings: Findings<TransactionAnomaly>,
): void {
  const operation = history.transactions[transaction] as Operation;
  const writer = history.transactions[history.writer.at(write)] as Operation;
  findings.add('G1a', operation.start, () => ({
    message: `${describe(writer)} was aborted, yet its append to list ${list.name} was read: ${describe(operation)}.`,
    operations: [writer, operation],
  }));
}

/** G1b (Adya 1999, section 3.2): reads what a transaction wrote that was not its last write to the object. */
export function reportIntermediate(
  history: AppendHistory,
  transaction: number,
  list: List,
  version: number,
  findings: Findings<TransactionAnomaly>,
): void {
  const operation = history.transactions[transaction] as Operation;
  const writer = history.transactions[history.writer.at(list.order[version - 1] as number)] as Operation;
  findings.add('G1b', operation.start, () => ({
    message: `List ${list.name} was read up to ${show(list.elements[version - 1])}, within a transaction: ${describe(operation)}; while ${describe(writer)}.`,
    operations: [writer, operation],
  }));
}

/** P4 (Berenson and others, SIGMOD 1995): two transactions read the same version, and both wrote to it. */
export function reportLostUpdate(
  history: AppendHistory,
  one: number,
  other: number,
  list: List,
  seen: string,
  findings: Findings<TransactionAnomaly>,
): void {
  if (history.outcomes[one] !== COMMITTED || one === other) return;
  const operations = [one, other].map((transaction) => history.transactions[transaction] as Operation);
  findings.add('lost update', operations[1]?.start ?? 0, () => ({
    message: `Two transactions read list ${list.name} as ${seen}, and both appended to it: ${operations.map(describe).join('; ')}.`,
    operations,
    contradiction: { earlier: 0, later: 1, reason: 'both read the same version and wrote the next one' },
  }));
}
