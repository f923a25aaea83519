import { given } from '../../given.ts';
import type { Operation } from '../../history/history.ts';
import { isScalar, type ValueShape } from '../../history/history-shape.ts';
import type { Checker } from '../checker.ts';
import { describe, show } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import { endOf } from '../shared/operation-times.ts';
import { checkLevels, type TransactionMethod } from '../transactions/check-levels.ts';
import { ISOLATION_LEVELS, levelNamed } from '../transactions/isolation-levels.ts';
import type { LevelOptions, LevelVerdict } from '../transactions/level-verdict.ts';
import { TRANSACTION_ANOMALIES, type TransactionAnomaly } from '../transactions/transaction-anomalies.ts';
import { explainAppendCycle } from './append-cycle-evidence.ts';
import { AppendHistory, type Element, type List, microOperationsOf } from './append-history.ts';
import { checkReads } from './append-reads.ts';

/**
 * The strongest isolation level that transactions over lists are consistent with.
 *
 * Kingsbury and Alvaro, *Elle: Inferring Isolation Anomalies from Experimental Observations* (VLDB 2020): lists reveal
 * their version order, so dependencies are inferred and not guessed, and every anomaly found is one.
 *
 * Operations: `txn` (value: [['append', list, element], ['r', list, [elements] or null], …]) · `final-read` (value: reads of
 * all lists, after everything else): an acknowledged append that none of them shows is lost. Elements are unique per list.
 */
export const checkAppend = (operations: Iterable<Operation>, options: LevelOptions = {}): LevelVerdict =>
  checkLevels(operations, options, LISTS);

const LISTS: TransactionMethod<AppendHistory> = {
  checker: 'append',
  history: (transactions) => new AppendHistory(transactions),
  objects: ({ lists }) => ({ lists: lists.size }),
  ambiguity: ({ ambiguous }) =>
    ambiguous &&
    `Two transactions that may both have been applied appended element ${show(ambiguous.element)} to list ${ambiguous.list}: elements must be unique for dependencies to be known.`,
  infer(history, edges, findings) {
    const nodes = checkReads(history, edges, findings);
    checkFinalReads(history, findings);
    return nodes;
  },
  explain: explainAppendCycle,
};

/** After everything has ended, an acknowledged append is there for everyone, whatever the level. */
function checkFinalReads(history: AppendHistory, findings: Findings<TransactionAnomaly>): void {
  const finals = history.transactions.filter(({ f, outcome }) => f === 'final-read' && outcome === 'ok');
  for (const final of finals)
    for (const step of microOperationsOf(final)) {
      if (step[0] !== 'r') continue;
      const list = history.list(step[1]);
      const seen = new Set(step[2] ?? []);
      if (seen.size < list.writes.size) checkLost(history, final, list, seen, findings);
    }
}

function checkLost(
  history: AppendHistory,
  final: Operation,
  list: List,
  seen: ReadonlySet<Element>,
  findings: Findings<TransactionAnomaly>,
): void {
  for (const [element, write] of list.writes) {
    const writer = history.transactions[history.writer.at(write)] as Operation;
    if (seen.has(element) || writer.outcome !== 'ok' || !(endOf(writer) < final.start)) continue;
    findings.add('lost', writer.start, () => ({
      message: `Element ${show(element)} of list ${list.name} was acknowledged (${describe(writer)}), but the final read at ${final.node} lacks it.`,
      operations: [writer, final],
      contradiction: {
        earlier: 0,
        later: 1,
        reason: `element ${show(element)} was appended to list ${list.name} and acknowledged, and the final read lacks it`,
      },
    }));
  }
}

const isAppendTransaction: ValueShape = (value) =>
  Array.isArray(value) &&
  value.every(
    (step) =>
      Array.isArray(step) &&
      isScalar(step[1]) &&
      (step[0] === 'append'
        ? isScalar(step[2])
        : step[0] === 'r' && (step[2] === null || (Array.isArray(step[2]) && step[2].every(isScalar)))),
  );

export const append = {
  name: 'append',
  anomalies: TRANSACTION_ANOMALIES,
  among: {},
  shapes: { txn: isAppendTransaction, 'final-read': isAppendTransaction },
  expects: ISOLATION_LEVELS,
  check: ({ operations }, { expect }) =>
    checkAppend(operations, { ...given('expect', levelNamed(expect)), order: 'realtime' }),
} as const satisfies Checker<TransactionAnomaly>;
