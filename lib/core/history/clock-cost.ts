import type { Skew } from './clocks.ts';
import type { History, Operation } from './history.ts';
import { partOf } from './history-parts.ts';

/** What it costs a merged history that the clocks of its generators are not known exactly. */
export interface ClockCost {
  /**
   * Milliseconds: a violation of real-time order between operations of two generators that lie less than this apart may be one
   * of the clocks, and is not found. The two greatest uncertainties together.
   */
  readonly blind: number;
  /**
   * Pairs of next neighbours: each operation with the last one on the same object that had ended when it began. Theirs are the
   * closest of all orders by real time.
   */
  readonly pairs: number;
  /** Those of them, by two generators, whose order the clocks leave open: they count as concurrent. */
  readonly concurrent: number;
}

/** The uncertainty of a clock that nobody has compared: no order by it is known. */
const NEVER_COMPARED = 1e12;

/** Of a generator that never told its clock. */
export const UNKNOWN_SKEW: Skew = { offset: 0, uncertainty: NEVER_COMPARED };

/** @returns undefined where one generator recorded the history */
export function clockCostOf(history: History): ClockCost | undefined {
  const { generators } = history.header;
  if (generators === undefined) return undefined;
  const [most = 0, second = 0] = generators.map(({ uncertainty }) => uncertainty).sort((a, b) => b - a);
  let [pairs, concurrent] = [0, 0];
  for (const neighbours of nextNeighbours(history)) {
    pairs++;
    if (!isOfOne(neighbours) && isOpen(neighbours, generators)) concurrent++;
  }
  return { blind: most + second, pairs, concurrent };
}

/**
 * The generators by whose clocks a history has to be checked so that each of their own orders counts: the first, and those that
 * did next neighbours so soon after each other that the clock of another proves no order between them.
 */
export function clocksToCheckBy(history: History): number[] {
  const { generators } = history.header;
  const close = new Set([1]);
  if (generators !== undefined)
    for (const neighbours of nextNeighbours(history))
      if (isOfOne(neighbours) && isOpen(neighbours, generators)) close.add(neighbours.after.generator ?? 1);
  return [...close].sort((a, b) => a - b);
}

interface Neighbours {
  readonly before: Operation;
  readonly after: Operation;
}

const isOfOne = ({ before, after }: Neighbours): boolean => before.generator === after.generator;

const isOpen = ({ before, after }: Neighbours, generators: readonly Skew[]): boolean => {
  const uncertaintyOf = ({ generator = 1 }: Operation) => generators[generator - 1]?.uncertainty ?? 0;
  return after.start - (before.end ?? 0) <= uncertaintyOf(before) + uncertaintyOf(after);
};

function* nextNeighbours({ operations }: History): Generator<Neighbours> {
  for (const all of byObject(operations).values()) {
    const ended = all.filter(({ end }) => end !== undefined).sort((a, b) => (a.end ?? 0) - (b.end ?? 0));
    const begun = [...all].sort((a, b) => a.start - b.start);
    let next = 0;
    for (const after of begun) {
      while ((ended[next]?.end ?? Number.POSITIVE_INFINITY) < after.start) next++;
      const before = ended[next - 1];
      if (before !== undefined) yield { before, after };
    }
  }
}

/** Operations by what they were done to: a record, a register, the lists of a transaction, or if nothing is named the whole. */
function byObject(operations: readonly Operation[]): Map<string, Operation[]> {
  const objects = new Map<string, Operation[]>();
  for (const operation of operations)
    for (const name of objectsOf(operation)) {
      const others = objects.get(name);
      if (others === undefined) objects.set(name, [operation]);
      else others.push(operation);
    }
  return objects;
}

function objectsOf({ f, key, value }: Operation): string[] {
  const part = `${partOf(f) ?? ''}/`;
  if (key !== undefined) return [part + key];
  const lists = Array.isArray(value)
    ? value.flatMap((step) => (Array.isArray(step) ? [part + String(step[1])] : []))
    : [];
  return lists.length === 0 ? [part] : [...new Set(lists)];
}

/**
 * The history of several generators with each operation as long as it may have been by the clock of one of them, so that no
 * order is claimed that the clocks do not prove: a checker finds nothing that skew alone explains, and overlooks
 * what is smaller than the uncertainties. Other histories are returned unchanged.
 * @param reference the generator whose own operations keep their exact order
 */
export function withinClockBounds(history: History, reference: number): History {
  const { generators } = history.header;
  if (generators === undefined) return history;
  const known = generators[reference - 1]?.uncertainty ?? 0;
  const operations = history.operations.map((operation) => {
    const { generator = 1, start, end } = operation;
    if (generator === reference) return operation;
    const uncertainty = known + (generators[generator - 1]?.uncertainty ?? 0);
    return { ...operation, start: start - uncertainty, ...(end === undefined ? {} : { end: end + uncertainty }) };
  });
  return { ...history, operations };
}

/** One or two sentences for people. */
export function clockCostText({ blind, pairs, concurrent }: ClockCost): string {
  if (blind >= NEVER_COMPARED)
    return 'The clock of a generator was never compared with the others, so no order by time is known.';
  const share = pairs === 0 ? 0 : (100 * concurrent) / pairs;
  return `Anomalies between generators whose operations lie less than ${lengthText(blind)} apart cannot be distinguished from skew of their clocks: ${shareText(share)} of ${pairs} next neighbours on one object count as concurrent because of it.`;
}

/** How surely a clock is known. */
export const uncertaintyText = (uncertainty: number): string =>
  uncertainty >= NEVER_COMPARED ? 'unknown' : `± ${lengthText(uncertainty)}`;

const lengthText = (milliseconds: number): string =>
  milliseconds < 1 ? `${Math.ceil(milliseconds * 1000 - 1e-9)} µs` : `${Number(milliseconds.toPrecision(3))} ms`;

const shareText = (percent: number): string =>
  percent > 0 && percent < 0.01 ? 'less than 0.01 %' : `${percent.toFixed(2)} %`;
