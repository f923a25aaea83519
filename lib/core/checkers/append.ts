import type { Operation } from '../history/history.ts';
import { findCycles } from './append-cycles.ts';
import { explainCycle } from './append-explain.ts';
import { AppendHistory, type Element, type List, microOperationsOf } from './append-history.ts';
import { addProcessOrder, addRealtimeOrder, inOrderOfBegin, PROCESS, REALTIME } from './append-order.ts';
import { checkReads } from './append-reads.ts';
import { describe, show } from './describe.ts';
import { explain, Findings, Tally } from './findings.ts';
import { buildGraph, EdgeList } from './graph.ts';
import { forbiddenBy, ISOLATION_LEVELS, type IsolationLevel, orderOf, strongestLevels } from './isolation.ts';
import { endOf } from './times.ts';
import type { AnomalyKind, AnomalySummary, CheckVerdict } from './verdict.ts';

export interface AppendOptions {
  /** The level that the history is held against. Default `snapshot-isolation`, which TiKV documents. */
  readonly expect?: IsolationLevel;
  /** Whether levels about the order of each process, or of real time, are examined too. Default: where `expect` is one. */
  readonly order?: 'none' | 'process' | 'realtime';
}

export interface AppendVerdict extends CheckVerdict {
  readonly expect: IsolationLevel;
  /** The strongest of the levels examined that the history is consistent with; several where none includes the other. */
  readonly levels: readonly IsolationLevel[];
  /** What the expected level allows and the history shows: no fault, but what an application must live with. */
  readonly tolerated: readonly AnomalySummary[];
}

/**
 * The strongest isolation level that transactions over lists are consistent with.
 *
 * Kingsbury and Alvaro, *Elle: Inferring Isolation Anomalies from Experimental Observations* (VLDB 2020): lists reveal
 * their version order, so dependencies are inferred and not guessed, and every anomaly found is one.
 *
 * Operations: `txn` (value: [['append', list, element], ['r', list, [elements] or null], …]) · `final-read` (value: reads of
 * all lists, after everything else): an acknowledged append that none of them shows is lost. Elements are unique per list.
 */
export function checkAppend(operations: Iterable<Operation>, options: AppendOptions = {}): AppendVerdict {
  const { expect = 'snapshot-isolation' } = options;
  const order = strongerOrder(options.order ?? 'none', orderOf(expect));
  const findings = new Findings();
  const tally = new Tally();
  const transactions: Operation[] = [];
  for (const operation of operations) {
    tally.add(operation);
    if (operation.f === 'txn' || operation.f === 'final-read') transactions.push(operation);
  }
  const history = new AppendHistory(transactions);
  const counts = { ...tally.counts, transactions: transactions.length, lists: history.lists.size };
  if (history.ambiguous !== undefined || !transactions.some(({ outcome }) => outcome === 'ok'))
    return nothingKnown(history, counts, expect);
  const edges = new EdgeList(EDGES_PER_TRANSACTION * transactions.length);
  let nodes = checkReads(history, edges, findings);
  checkFinalReads(history, findings);
  if (order !== 'none') {
    const begun = inOrderOfBegin(history);
    addProcessOrder(history, begun, edges);
    if (order === 'realtime') nodes = addRealtimeOrder(history, begun, edges, nodes);
  }
  const cycles = findCycles(buildGraph(nodes, edges), transactions.length, ORDERS[order]);
  for (const cycle of cycles) {
    const at = Math.min(...cycle.steps.map(({ from }) => transactions[from]?.start ?? 0));
    findings.add(cycle.kind, at, () => explainCycle(history, cycle));
  }
  return judge(findings, { ...counts, dependencies: edges.length }, expect, order);
}

/** A first guess of how much memory edges take. */
const EDGES_PER_TRANSACTION = 4;

type Order = 'none' | 'process' | 'realtime';

/** The kinds of edges that each examination adds to the one before. */
const ORDERS: Readonly<Record<Order, readonly number[]>> = {
  none: [0],
  process: [0, PROCESS],
  realtime: [0, PROCESS, PROCESS | REALTIME],
};

function strongerOrder(one: Order, other: Order): Order {
  return ORDERS[one].length >= ORDERS[other].length ? one : other;
}

/** After everything has ended, an acknowledged append is there for everyone, whatever the level. */
function checkFinalReads(history: AppendHistory, findings: Findings): void {
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
  findings: Findings,
): void {
  for (const [element, write] of list.writes) {
    const writer = history.transactions[history.writer.at(write)] as Operation;
    if (seen.has(element) || writer.outcome !== 'ok' || !(endOf(writer) < final.start)) continue;
    findings.add('lost', writer.start, () => ({
      message: `Element ${show(element)} of list ${list.name} was acknowledged (${describe(writer)}), but the final read at ${final.node} lacks it.`,
      operations: [writer, final],
    }));
  }
}

function judge(
  findings: Findings,
  counts: CheckVerdict['counts'],
  expect: IsolationLevel,
  order: Order,
): AppendVerdict {
  const all = findings.summaries();
  const found = new Set<AnomalyKind>(all.map(({ kind }) => kind));
  const examined = ISOLATION_LEVELS.filter((level) => ORDERS[orderOf(level)].length <= ORDERS[order].length);
  const levels = strongestLevels(found, examined);
  const forbidden = forbiddenBy(expect);
  const anomalies = all.filter(({ kind }) => forbidden.has(kind));
  const tolerated = all.filter(({ kind }) => !forbidden.has(kind));
  const consistent = levels.length === 0 ? 'no isolation level' : levels.join(' and ');
  const allowed = tolerated.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
  const explanation =
    anomalies.length > 0
      ? `Expected ${expect}, but the history is consistent with ${consistent} at most. ${explain(anomalies)}`
      : `The history is consistent with ${consistent}${allowed === '' ? '' : `; it shows ${allowed}, which ${expect} allows`}.`;
  const valid = anomalies.length > 0 ? 'invalid' : 'valid';
  return { checker: 'append', valid, counts, anomalies, explanation, expect, levels, tolerated };
}

function nothingKnown(
  { ambiguous }: AppendHistory,
  counts: CheckVerdict['counts'],
  expect: IsolationLevel,
): AppendVerdict {
  const explanation =
    ambiguous === undefined
      ? 'No transaction succeeded, so nothing is known about isolation.'
      : `Two transactions that may both have been applied appended element ${show(ambiguous.element)} to list ${ambiguous.list}: elements must be unique for dependencies to be known.`;
  return { checker: 'append', valid: 'unknown', counts, anomalies: [], explanation, expect, levels: [], tolerated: [] };
}
