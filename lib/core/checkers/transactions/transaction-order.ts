import type { Operation } from '../../history/history.ts';
import { effectEnd, indicesInOrder, startOf, timesOf } from '../shared/operation-times.ts';
import { ABORTED, PROCESS, REALTIME, type Transactions } from './dependencies.ts';
import type { EdgeList } from './graph.ts';
import type { Order } from './isolation-levels.ts';

/**
 * Adds edges for the order that is examined.
 *
 * @param nodes the first free node
 * @returns the first free node afterwards
 */
export function addOrder(history: Transactions, order: Order, edges: EdgeList, nodes: number): number {
  if (order === 'none') return nodes;
  const begun = inOrderOfBegin(history);
  addProcessOrder(history, begun, edges);
  return order === 'realtime' ? addRealtimeOrder(history, begun, edges, nodes) : nodes;
}

/** Transactions that took effect, or may have, in the order in which they began. */
function inOrderOfBegin({ transactions, outcomes }: Transactions): Int32Array {
  const order = indicesInOrder(timesOf(transactions, startOf));
  return order.filter((transaction) => outcomes[transaction] !== ABORTED);
}

/** Edges from each transaction to the next of its process: from acknowledged ones only, for others may apply later. */
function addProcessOrder({ transactions }: Transactions, begun: Int32Array, edges: EdgeList): void {
  const latest = new Map<number, number>();
  for (const transaction of begun) {
    const { process, outcome } = transactions[transaction] as Operation;
    const before = latest.get(process);
    if (before !== undefined) edges.add(before, transaction, PROCESS);
    if (outcome === 'ok') latest.set(process, transaction);
  }
}

/**
 * Edges from each transaction to those that began after it had ended, by way of a chain of nodes that stand for moments: a
 * transaction points at the moment after its end, a moment at the next one and at the transactions that begin there. This
 * is the relation that Elle's sweep reduces (VLDB 2020, section 5.1), in three edges a transaction at any concurrency.
 *
 * @param nodes the first free node
 * @returns the first free node afterwards
 */
function addRealtimeOrder({ transactions }: Transactions, begun: Int32Array, edges: EdgeList, nodes: number): number {
  const starts = timesOf(transactions, startOf);
  const ends = timesOf(transactions, effectEnd);
  const ended = indicesInOrder(ends);
  let moment = nodes - 1;
  let isOpen = false;
  let next = 0;
  for (const transaction of begun) {
    const start = starts[transaction] as number;
    for (; (ends[ended[next] as number] as number) < start; next++) {
      if (!isOpen) {
        moment++;
        if (moment > nodes) edges.add(moment - 1, moment, REALTIME);
        isOpen = true;
      }
      edges.add(ended[next] as number, moment, REALTIME);
    }
    if (moment >= nodes) edges.add(moment, transaction, REALTIME);
    isOpen = false;
  }
  return moment + 1;
}
