import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Failure } from '../../cli/errors.ts';

/** Share of the heap that a history may take: checkers need the rest. */
const MOST = 0.6;
/** How many operations pass between two looks at the heap. */
const INTERVAL = 2048;

/**
 * Ends the reading of a history before V8 ends the process for want of memory. Exit code 98: nothing is known of it.
 * @returns a function that takes the number of operations that have been read
 */
export function memoryGuard(): (operations: number) => void {
  const limit = getHeapStatistics().heap_size_limit;
  const most = limit * MOST;
  let next = INTERVAL;
  let collectAt = most;
  return (operations) => {
    if (operations < next) return;
    next = operations + INTERVAL;
    if (usedHeap() < collectAt) return;
    collectGarbage();
    const used = usedHeap();
    if (used < most) {
      collectAt = Math.min(most + (most - used), limit * 0.75);
      return;
    }
    const megabytes = Math.round(limit / 2 ** 20);
    throw new Failure(
      `The history needs more memory than Node may use: its first ${operations} operations take ${Math.round(used / 2 ** 20)} MB of a heap of ${megabytes} MB, and checkers need the rest. Nothing is known of it. Give Node more: NODE_OPTIONS=--max-old-space-size=${4 * megabytes}.`,
      98,
    );
  };
}

const usedHeap = (): number => getHeapStatistics().used_heap_size;

/** What looks used may be garbage: only a full collection tells. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
