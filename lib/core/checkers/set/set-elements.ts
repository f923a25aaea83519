import type { Operation } from '../../history/history.ts';
import { endOf, indicesInOrder, startOf, timesOf } from '../shared/operation-times.ts';

const NOBODY = -1;

/** What is known of each element. Elements are numbered by their order, so that a run of numbers is a run of indices. */
export class Elements {
  readonly size: number;
  readonly values: readonly (number | string)[];
  /** The operation that shows best what became of the add: the acknowledged one, otherwise one that may have applied. */
  readonly adds: readonly Operation[];
  /** When its first add began. */
  readonly begun: Float64Array;
  /** When it became known, milliseconds; infinite where it never did. */
  readonly known: Float64Array;
  /** Indices of reads: the first that ended with the element, and the last that began with or without it. */
  readonly firstPresent: Int32Array;
  readonly lastPresent: Int32Array;
  readonly lastAbsent: Int32Array;
  readonly #indices = new Map<number | string, number>();

  constructor(adds: readonly Operation[]) {
    const best = new Map<number | string, Operation>();
    const begun = new Map<number | string, number>();
    for (const add of adds) {
      const value = add.value as number | string;
      const other = best.get(value);
      if (other === undefined || rank(add) > rank(other)) best.set(value, add);
      if (other !== undefined) begun.set(value, Math.min(add.start, begun.get(value) ?? other.start));
    }
    const values = inOrder([...best.keys()]);
    this.values = values;
    this.size = values.length;
    this.adds = values.map((value) => best.get(value) as Operation);
    this.begun = new Float64Array(this.size);
    this.known = new Float64Array(this.size);
    for (let index = 0; index < this.size; index++) {
      const value = values[index] as number | string;
      const { start, end, outcome } = this.adds[index] as Operation;
      this.#indices.set(value, index);
      this.begun[index] = begun.get(value) ?? start;
      this.known[index] = outcome === 'ok' && end !== undefined ? end : Number.POSITIVE_INFINITY;
    }
    this.firstPresent = new Int32Array(this.size).fill(NOBODY);
    this.lastPresent = new Int32Array(this.size).fill(NOBODY);
    this.lastAbsent = new Int32Array(this.size).fill(NOBODY);
  }

  indexOf(value: number | string): number | undefined {
    return this.#indices.get(value);
  }

  /** How many elements are below a number. */
  countBelow(value: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.values[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Numbers ascend; names stay in the order in which they were added. */
function inOrder(values: readonly (number | string)[]): readonly (number | string)[] {
  if (!values.every((value) => typeof value === 'number')) return values;
  return Array.from(Float64Array.from(values).sort());
}

/** How far an add got. */
export const rank = ({ outcome }: Operation): number => (outcome === 'ok' ? 2 : outcome === 'unknown' ? 1 : 0);

/** Settles every element's first and last sightings. */
export function settle(elements: Elements, reads: readonly Operation[], contents: readonly Int32Array[]): void {
  const ends = timesOf(reads, endOf);
  const seen = new Unsettled(elements.size);
  for (const index of indicesInOrder(ends)) {
    const end = ends[index] as number;
    eachRun(contents[index] as Int32Array, (from, to) =>
      seen.settle(from, to, (element) => {
        elements.firstPresent[element] = index;
        if (end < (elements.known[element] as number)) elements.known[element] = end;
      }),
    );
  }
  const present = new Unsettled(elements.size);
  const absent = new Unsettled(elements.size);
  for (const index of indicesInOrder(timesOf(reads, startOf)).reverse()) {
    let gap = 0;
    eachRun(contents[index] as Int32Array, (from, to) => {
      present.settle(from, to, (element) => {
        elements.lastPresent[element] = index;
      });
      absent.settle(gap, from - 1, (element) => {
        elements.lastAbsent[element] = index;
      });
      gap = to + 1;
    });
    absent.settle(gap, elements.size - 1, (element) => {
      elements.lastAbsent[element] = index;
    });
  }
}

function eachRun(content: Int32Array, visit: (from: number, to: number) => void): void {
  for (let at = 0; at < content.length; at += 2) visit(content[at] as number, content[at + 1] as number);
}

/** The elements that are not yet settled, as a disjoint-set forest: each points at the next one that may not be. */
class Unsettled {
  readonly #next: Int32Array;

  constructor(size: number) {
    this.#next = Int32Array.from({ length: size + 1 }, (_, index) => index);
  }

  /** Visits what is unsettled from one element to another, both included, and settles it. */
  settle(from: number, to: number, visit: (element: number) => void): void {
    for (let element = this.#find(from); element <= to; element = this.#find(element)) {
      visit(element);
      this.#next[element] = element + 1;
    }
  }

  #find(element: number): number {
    const next = this.#next;
    let at = element;
    let to = next[at] as number;
    while (to !== at) {
      const beyond = next[to] as number;
      next[at] = beyond;
      at = beyond;
      to = next[at] as number;
    }
    return at;
  }
}
