import type { Operation } from '../../history/history.ts';

/** When an operation was answered, milliseconds; infinite where it never was. */
export const endOf = ({ end }: Operation): number => end ?? Number.POSITIVE_INFINITY;

/** When a write takes effect at the latest: what was not acknowledged may do so at any later time. */
export const effectEnd = (write: Operation): number =>
  write.outcome === 'ok' ? endOf(write) : Number.POSITIVE_INFINITY;

/** Whether a write took effect, or may have. */
export const mayApply = ({ outcome }: Operation): boolean => outcome === 'ok' || outcome === 'unknown';

/** Moves per element beyond which a list counts as unordered. */
const NEARLY_ORDERED = 64;

/**
 * Indices in ascending order of their times, equal ones in their own order. Histories are recorded as operations end, so
 * they are almost in order by any of their times: insertion takes linear time there.
 */
export function indicesInOrder(times: Float64Array): Int32Array {
  const order = new Int32Array(times.length);
  for (let index = 0; index < order.length; index++) order[index] = index;
  let budget = NEARLY_ORDERED * times.length;
  for (let index = 1; index < order.length; index++) {
    const item = order[index] as number;
    const time = times[item] as number;
    let place = index;
    while (place > 0 && (times[order[place - 1] as number] as number) > time) {
      order[place] = order[place - 1] as number;
      place--;
    }
    order[place] = item;
    budget -= index - place;
    if (budget < 0) return order.sort((a, b) => compare(times[a] as number, times[b] as number) || a - b);
  }
  return order;
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** A time of each operation. */
export function timesOf(operations: readonly Operation[], time: (operation: Operation) => number): Float64Array {
  const times = new Float64Array(operations.length);
  for (let index = 0; index < times.length; index++) times[index] = time(operations[index] as Operation);
  return times;
}

export const startOf = ({ start }: Operation): number => start;

export function inOrderOfStart(operations: readonly Operation[]): Operation[] {
  return pick(operations, indicesInOrder(timesOf(operations, startOf)));
}

export function inOrderOfEnd(operations: readonly Operation[]): Operation[] {
  return pick(operations, indicesInOrder(timesOf(operations, endOf)));
}

function pick(operations: readonly Operation[], order: Int32Array): Operation[] {
  const picked: Operation[] = [];
  for (const index of order) picked.push(operations[index] as Operation);
  return picked;
}
