import type { Operation } from '../../history/history.ts';
import { describe, show } from '../shared/describe.ts';
import type { Findings } from '../shared/findings.ts';
import { IntVector } from '../shared/int-vector.ts';
import { ABORTED, RW, WR, WW } from '../transactions/dependencies.ts';
import { addAllToAll, type EdgeList } from '../transactions/graph.ts';
import type { TransactionAnomaly } from '../transactions/transaction-anomalies.ts';
import { reportAborted, reportDeviation, reportIntermediate, reportLostUpdate } from './append-evidence.ts';
import { type AppendHistory, type Element, type List, NONE } from './append-history.ts';

/** What a transaction has done to a list so far, while its steps are walked through. */
class Scratch {
  transaction = NONE;
  /** The last list read, where one was. */
  base: readonly Element[] | undefined;
  /** Elements appended since. */
  readonly own: Element[] = [];
  /** What the last read before the first append saw: how much of the version order, or as text what contradicts it. */
  version: number | string = NONE;
  /** How many elements the reads so far saw at most. */
  seen = 0;
  appended = false;

  begin(transaction: number): void {
    this.transaction = transaction;
    this.base = undefined;
    this.own.length = 0;
    this.version = NONE;
    this.seen = 0;
    this.appended = false;
  }
}

/** Reads that saw all of a list: whoever appended without being seen comes after them. */
type LastReaders = Map<List, IntVector>;

/**
 * Checks every read against the version orders and gathers the dependencies between transactions: `ww` from each append to
 * the next, `wr` from an append to those who read up to it, `rw` from those to the next append. After Elle (Kingsbury and
 * Alvaro 2020, sections 4 and 5).
 *
 * @returns how many nodes there are: the transactions, and after them nodes of our own that only hand edges on
 */
export function checkReads(history: AppendHistory, edges: EdgeList, findings: Findings<TransactionAnomaly>): number {
  const scratches: Scratch[] = [];
  const lastReaders: LastReaders = new Map();
  const updates = new Map<List, Map<number | string, number>>();
  for (let transaction = 0; transaction < history.transactions.length; transaction++) {
    if (history.transactions[transaction]?.outcome !== 'ok') continue;
    for (const step of history.steps(transaction)) {
      const list = history.list(step[1]);
      let scratch = scratches[list.number];
      if (scratch === undefined) {
        scratch = new Scratch();
        scratches[list.number] = scratch;
      }
      if (scratch.transaction !== transaction) scratch.begin(transaction);
      if (step[0] === 'r') checkRead(history, transaction, list, step[2] ?? [], scratch, edges, lastReaders, findings);
      else noteAppend(history, transaction, list, step[2], scratch, updates, findings);
    }
  }
  history.findUnseen();
  checkOwnOrder(history, findings);
  addWriteDependencies(history, edges);
  return addUnseenWrites(history, edges, lastReaders);
}

function checkRead(
  history: AppendHistory,
  transaction: number,
  list: List,
  seen: readonly Element[],
  scratch: Scratch,
  edges: EdgeList,
  lastReaders: LastReaders,
  findings: Findings<TransactionAnomaly>,
): void {
  checkInternal(history, transaction, list, seen, scratch, findings);
  const version = seen.length;
  const isPrefixOfOrder = isPrefix(seen, list.elements);
  if (!scratch.appended) scratch.version = isPrefixOfOrder ? version : JSON.stringify(seen);
  if (!isPrefixOfOrder) {
    history.addUnplaced(list, seen);
    reportDeviation(history, transaction, list, seen, findings);
    return;
  }
  scratch.seen = Math.max(scratch.seen, version);
  checkAborted(history, transaction, list, version, findings);
  const write = list.order[version - 1];
  // A read that ends in an append of its own transaction says nothing about others; any other read does, after an own append too.
  if (write !== undefined && history.writer.at(write) === transaction) return;
  if (write !== undefined && history.isFinal.at(write) === 0)
    reportIntermediate(history, transaction, list, version, findings);
  const last = history.lastAppliedUpTo(list, version - 1);
  if (last !== NONE && history.writerAt(list, last) !== transaction)
    edges.add(history.writerAt(list, last), transaction, WR);
  const next = history.firstAppliedFrom(list, version);
  if (next !== NONE) {
    if (history.writerAt(list, next) !== transaction) edges.add(transaction, history.writerAt(list, next), RW);
  } else if (list.writes.size > list.order.length) {
    const readers = lastReaders.get(list) ?? new IntVector(8);
    readers.push(transaction);
    lastReaders.set(list, readers);
  }
}

function isPrefix(seen: readonly Element[], elements: readonly Element[]): boolean {
  if (seen.length > elements.length) return false;
  for (let index = 0; index < seen.length; index++) if (seen[index] !== elements[index]) return false;
  return true;
}

/** A transaction sees its own appends, and what it read before (axiom INT: Cerone, Bernardi and Gotsman, CONCUR 2015). */
function checkInternal(
  history: AppendHistory,
  transaction: number,
  list: List,
  seen: readonly Element[],
  scratch: Scratch,
  findings: Findings<TransactionAnomaly>,
): void {
  const { base, own } = scratch;
  const start = seen.length - own.length;
  const showsOwn = own.length === 0 || (start >= 0 && own.every((element, index) => seen[start + index] === element));
  const showsBase = base === undefined || (base.length === start && isPrefix(base, seen));
  if (!showsOwn || !showsBase) {
    const operation = history.transactions[transaction] as Operation;
    const expected = [...(base ?? ['…']), ...own];
    findings.add('internal', operation.start, () => ({
      message: `A transaction read ${show(seen)} from list ${list.name} where its own steps before call for ${show(expected)}: ${describe(operation)}.`,
      operations: [operation],
    }));
  }
  scratch.base = seen;
  own.length = 0;
}

/** G1a (Adya 1999, section 3.2): reads what an aborted transaction wrote. */
function checkAborted(
  history: AppendHistory,
  transaction: number,
  list: List,
  version: number,
  findings: Findings<TransactionAnomaly>,
): void {
  for (let index = list.firstAborted; index < version; index++) {
    const write = list.order[index] as number;
    if (history.outcomes[history.writer.at(write)] === ABORTED)
      reportAborted(history, transaction, list, write, findings);
  }
}

function noteAppend(
  history: AppendHistory,
  transaction: number,
  list: List,
  element: Element,
  scratch: Scratch,
  updates: Map<List, Map<number | string, number>>,
  findings: Findings<TransactionAnomaly>,
): void {
  const write = list.writes.get(element);
  const position = write === undefined ? NONE : (history.position[write] as number);
  if (position >= 0 && position < scratch.seen) {
    const operation = history.transactions[transaction] as Operation;
    findings.add('G1c', operation.start, () => ({
      message: `A transaction read element ${show(element)} of list ${list.name} before it appended it: ${describe(operation)}.`,
      operations: [operation],
    }));
  }
  if (!scratch.appended && scratch.version !== NONE) {
    let versions = updates.get(list);
    if (versions === undefined) {
      versions = new Map();
      updates.set(list, versions);
    }
    const other = versions.get(scratch.version);
    if (other === undefined) versions.set(scratch.version, transaction);
    else reportLostUpdate(history, other, transaction, list, show(versionRead(list, scratch.version)), findings);
  }
  scratch.appended = true;
  scratch.own.push(element);
}

const versionRead = (list: List, version: number | string): unknown =>
  typeof version === 'number' ? list.elements.slice(0, version) : JSON.parse(version);

/** The appends of one transaction stand in the order in which it made them, and none is missing before another. */
function checkOwnOrder(history: AppendHistory, findings: Findings<TransactionAnomaly>): void {
  for (const { list, before, write } of history.pairs) {
    const transaction = history.writer.at(write);
    const [one, other] = [history.position[before] as number, history.position[write] as number];
    if (other < 0 || (one >= 0 && one < other) || history.outcomes[transaction] === ABORTED) continue;
    const operation = history.transactions[transaction] as Operation;
    findings.add('internal', operation.start, () => ({
      message: `The appends of a transaction to list ${list.name} took effect in another order than it made them, or in part: the list was ${show(list.elements)}; ${describe(operation)}.`,
      operations: [operation],
    }));
  }
}

function addWriteDependencies(history: AppendHistory, edges: EdgeList): void {
  for (const list of history.lists.values()) {
    let before = NONE;
    for (const write of list.order) {
      const writer = history.writer.at(write);
      if (history.outcomes[writer] === ABORTED) continue;
      if (before !== NONE && before !== writer) edges.add(before, writer, WW);
      before = writer;
    }
    if (before === NONE) continue;
    for (const write of list.unseen) {
      const writer = history.writer.at(write);
      if (writer !== before) edges.add(before, writer, WW);
    }
  }
}

/** Anti-dependencies from those who read all of a list to those who appended to it unseen. */
function addUnseenWrites(history: AppendHistory, edges: EdgeList, lastReaders: LastReaders): number {
  let nodes = history.transactions.length;
  for (const [list, readers] of lastReaders) {
    const writers = [...new Set(list.unseen.map((write) => history.writer.at(write)))];
    nodes = addAllToAll(edges, nodes, readers.view(), writers, RW);
  }
  return nodes;
}
