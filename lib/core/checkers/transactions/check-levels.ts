import type { Operation } from '../../history/history.ts';
import type { Evidence } from '../shared/check-verdict.ts';
import { Findings, Tally } from '../shared/findings.ts';
import { findCycles, type TransactionCycle } from './cycles.ts';
import type { Transactions } from './dependencies.ts';
import { buildGraph, EdgeList } from './graph.ts';
import { USUAL_LEVEL } from './isolation-levels.ts';
import {
  examinedOrder,
  judgeLevels,
  type LevelOptions,
  type LevelVerdict,
  ORDERS,
  undecidedLevels,
} from './level-verdict.ts';
import type { TransactionAnomaly } from './transaction-anomalies.ts';
import { addOrder } from './transaction-order.ts';

/** What is particular to transactions over one kind of object: lists, or registers. */
export interface TransactionMethod<History extends Transactions> {
  /** The checker's name. */
  readonly checker: string;
  readonly history: (transactions: readonly Operation[]) => History;
  /** How many objects there are, by their name in `counts`. */
  readonly objects: (history: History) => Readonly<Record<string, number>>;
  /** Why nothing can be inferred; undefined if it can. */
  readonly ambiguity: (history: History) => string | undefined;
  /** Adds the dependencies, and finds what is wrong without a cycle. @returns the first free node of the graph */
  readonly infer: (history: History, edges: EdgeList, findings: Findings<TransactionAnomaly>) => number;
  readonly explain: (history: History, cycle: TransactionCycle) => Evidence;
}

/** A first guess of how much memory edges take. */
const EDGES_PER_TRANSACTION = 4;

/** The strongest isolation level that transactions (`txn` and `final-read`) are consistent with, by their dependencies. */
export function checkLevels<History extends Transactions>(
  operations: Iterable<Operation>,
  options: LevelOptions,
  { checker, history: historyOf, objects, ambiguity, infer, explain }: TransactionMethod<History>,
): LevelVerdict {
  const { expect = USUAL_LEVEL } = options;
  const findings = new Findings<TransactionAnomaly>();
  const tally = new Tally();
  const transactions: Operation[] = [];
  for (const operation of operations) {
    tally.add(operation);
    if (operation.f === 'txn' || operation.f === 'final-read') transactions.push(operation);
  }
  const history = historyOf(transactions);
  const counts = { ...tally.counts, transactions: transactions.length, ...objects(history) };
  const unknown = ambiguity(history);
  if (unknown !== undefined || !transactions.some(({ outcome }) => outcome === 'ok'))
    return undecidedLevels(checker, counts, expect, unknown ?? NOTHING_SUCCEEDED);
  const edges = new EdgeList(EDGES_PER_TRANSACTION * transactions.length);
  const nodes = infer(history, edges, findings);
  const dependencies = edges.length;
  const order = examinedOrder(options);
  const graph = buildGraph(addOrder(history, order, edges, nodes), edges);
  for (const cycle of findCycles(graph, transactions.length, ORDERS[order])) {
    const at = Math.min(...cycle.steps.map(({ from }) => transactions[from]?.start ?? 0));
    findings.add(cycle.kind, at, () => explain(history, cycle));
  }
  return judgeLevels(checker, findings, { ...counts, dependencies }, options, dependencies > 0);
}

const NOTHING_SUCCEEDED = 'No transaction succeeded, so nothing is known about isolation.';
