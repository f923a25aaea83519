import type { Operation } from '../../history/history.ts';
import { IntVector } from '../shared/int-vector.ts';
import { ABORTED, COMMITTED, MAYBE, outcomesOf } from '../transactions/dependencies.ts';

/** One step of a transaction: an append, or a read with the list that it saw (null if there was none). */
export type MicroOperation =
  | readonly ['append', ListName, Element]
  | readonly ['r', ListName, readonly Element[] | null];
export type ListName = string | number;
export type Element = string | number;

/** No position, no write. */
export const NONE = -1;
/** The position of a write that only reads saw which contradict the version order. */
const UNPLACED = -2;

/** What is known of one list. */
export class List {
  readonly name: ListName;
  /** Lists are numbered in the order in which they first occur. */
  readonly number: number;
  /** The write that appended each element. */
  readonly writes = new Map<Element, number>();
  /** The version order: the longest read of the list, and the writes of its elements. */
  elements: Element[] = [];
  readonly order: number[] = [];
  /** Writes of committed transactions that no read saw: they come after all that were seen. */
  readonly unseen: number[] = [];
  /** Where the first aborted write stands in the version order; beyond its end if there is none. */
  firstAborted = Number.POSITIVE_INFINITY;

  constructor(name: ListName, number: number) {
    this.name = name;
    this.number = number;
  }
}

/**
 * The transactions of a history, numbered, with the version order of each list: appends keep what was there, so any read
 * of a list reveals the order of all appends before it (Kingsbury and Alvaro, *Elle*, VLDB 2020, section 3:
 * traceability).
 */
export class AppendHistory {
  readonly transactions: readonly Operation[];
  /** Per transaction. */
  readonly outcomes: Uint8Array;
  readonly lists = new Map<ListName, List>();
  /** Per write: who did it, whether it is the transaction's last to its list, and where it stands in the version order. */
  readonly writer = new IntVector();
  readonly isFinal = new IntVector();
  readonly position: Int32Array;
  /** Writes of one transaction to one list, each with its next. */
  readonly pairs: { readonly list: List; readonly before: number; readonly write: number }[] = [];
  /** An element that two transactions appended, of which both may have been applied: then nothing is known. */
  ambiguous: { readonly list: ListName; readonly element: Element } | undefined;

  constructor(transactions: readonly Operation[]) {
    this.transactions = transactions;
    this.outcomes = outcomesOf(transactions);
    this.#indexWrites();
    this.position = new Int32Array(this.writer.length).fill(NONE);
    this.#orderVersions();
  }

  list(name: ListName): List {
    let list = this.lists.get(name);
    if (list === undefined) {
      list = new List(name, this.lists.size);
      this.lists.set(name, list);
    }
    return list;
  }

  /**
   * The newest version up to a position, and the first from one on, that was not made by a failed transaction: those are not
   * part of the dependency graph (Adya 1999, section 4.1: it has the committed transactions), which connects across them.
   */
  lastAppliedUpTo(list: List, position: number): number {
    let at = position;
    while (at >= list.firstAborted && this.#isAborted(list, at)) at--;
    return at;
  }

  firstAppliedFrom(list: List, position: number): number {
    let at = position;
    while (at < list.order.length && this.#isAborted(list, at)) at++;
    return at < list.order.length ? at : NONE;
  }

  writerAt(list: List, position: number): number {
    return this.writer.at(list.order[position] as number);
  }

  #isAborted(list: List, position: number): boolean {
    return this.outcomes[this.writerAt(list, position)] === ABORTED;
  }

  steps(transaction: number): readonly MicroOperation[] {
    return microOperationsOf(this.transactions[transaction] as Operation);
  }

  #indexWrites(): void {
    const latest: number[] = [];
    for (let transaction = 0; transaction < this.transactions.length; transaction++)
      for (const step of this.steps(transaction)) {
        if (step[0] !== 'append') continue;
        const list = this.list(step[1]);
        const write = this.#addWrite(list, step[2], transaction);
        if (write === undefined) continue;
        const before = latest[list.number];
        if (before !== undefined && this.writer.at(before) === transaction) {
          this.isFinal.set(before, 0);
          this.pairs.push({ list, before, write });
        }
        latest[list.number] = write;
      }
  }

  /** A retry repeats the element of an aborted transaction: what is seen is then the retry's. */
  #addWrite(list: List, element: Element, transaction: number): number | undefined {
    const other = list.writes.get(element);
    if (other !== undefined && this.outcomes[this.writer.at(other)] !== ABORTED) {
      if (this.outcomes[transaction] !== ABORTED) this.ambiguous ??= { list: list.name, element };
      return undefined;
    }
    const write = this.writer.length;
    this.writer.push(transaction);
    this.isFinal.push(1);
    list.writes.set(element, write);
    return write;
  }

  /** The version order of a list is what its longest read saw; reads that contradict it are reported, not merged. */
  #orderVersions(): void {
    for (let transaction = 0; transaction < this.transactions.length; transaction++) {
      if (this.transactions[transaction]?.outcome !== 'ok') continue;
      for (const step of this.steps(transaction)) {
        if (step[0] !== 'r' || step[2] === null) continue;
        const list = this.list(step[1]);
        if (step[2].length > list.elements.length) {
          const elements = this.#written(list, step[2]);
          if (elements.length > list.elements.length) list.elements = elements;
        }
      }
    }
    for (const list of this.lists.values())
      for (const [index, element] of list.elements.entries()) {
        const write = list.writes.get(element) as number;
        const writer = this.writer.at(write);
        list.order.push(write);
        this.position[write] = index;
        if (this.outcomes[writer] === ABORTED) list.firstAborted = Math.min(list.firstAborted, index);
        if (this.outcomes[writer] === MAYBE) this.outcomes[writer] = COMMITTED;
      }
  }

  /** What a read saw, each element once, without those that nobody wrote. */
  #written(list: List, seen: readonly Element[]): Element[] {
    const elements = new Set(seen);
    return [...elements].filter((element) => list.writes.has(element));
  }

  /** A read that contradicts the version order saw these: they were applied, but nobody can say where they stand. */
  addUnplaced(list: List, seen: Iterable<Element>): void {
    for (const element of seen) {
      const write = list.writes.get(element);
      if (write === undefined || this.position[write] !== NONE) continue;
      this.position[write] = UNPLACED;
      const writer = this.writer.at(write);
      if (this.outcomes[writer] === MAYBE) this.outcomes[writer] = COMMITTED;
    }
  }

  /** To be called when all reads are known. */
  findUnseen(): void {
    for (const list of this.lists.values()) {
      if (list.elements.length === list.writes.size) continue;
      for (const write of list.writes.values())
        if (this.position[write] === NONE && this.outcomes[this.writer.at(write)] === COMMITTED)
          list.unseen.push(write);
    }
  }
}

export function microOperationsOf({ value }: Operation): readonly MicroOperation[] {
  return Array.isArray(value) ? (value as MicroOperation[]) : [];
}
