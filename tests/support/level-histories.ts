import fc from 'fast-check';
import type { MicroOperation } from '../../lib/core/checkers/append/append-history.ts';
import type { Operation } from '../../lib/core/history/history.ts';
import { operation } from './operations.ts';
import { transaction } from './transactions.ts';

/** The elements of each list, in the order in which they are drawn. */
const LISTS: Readonly<Record<string, readonly number[]>> = { x: [1, 2, 3], y: [1, 2, 3] };

const list = fc.constantFrom('x', 'y');
/** What a read saw: mostly a beginning of one order, so that histories are often right, sometimes anything. */
const seen = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 3 }).map((length) => [1, 2, 3].slice(0, length)) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }).map((length) => [2, 1, 3].slice(0, length)) },
  { weight: 1, arbitrary: fc.shuffledSubarray([1, 2, 3]) },
);
const step = fc.oneof(
  fc.record({ f: fc.constant('append' as const), list }),
  fc.record({ f: fc.constant('r' as const), list, seen }),
);

/**
 * Any small history of transactions over two lists, whether or not a database could have answered so. Each list gets the
 * elements 1, 2, 3 in the order in which the transactions stand here.
 */
export const levelHistories: fc.Arbitrary<Operation[]> = fc
  .array(
    fc.record({
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
      outcome: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'failed' as const, 'unknown' as const),
      process: fc.nat({ max: 2 }),
      pause: fc.nat({ max: 2 }),
      length: fc.nat({ max: 6 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((drawn) => {
    const left = new Map(Object.entries(LISTS).map(([name, elements]) => [name, [...elements]]));
    const free = new Map<number, number>();
    let clock = 0;
    return drawn.map(({ steps, outcome, process, pause, length }) => {
      clock += pause;
      const start = Math.max(clock, (free.get(process) ?? -1) + 1);
      free.set(process, start + length);
      const value = steps.flatMap((one): MicroOperation[] => {
        if (one.f === 'r') return [['r', one.list, one.seen]];
        const element = left.get(one.list)?.shift();
        return element === undefined ? [] : [['append', one.list, element]];
      });
      return operation({ f: 'txn', value, outcome, process, start, end: start + length });
    });
  });

/** A history in a line: `0@3-7 ax1ry12` is process 0 from 3 to 7 ms; `!` after the times marks failed, `?` unknown ones. */
export const historyText = (history: readonly Operation[]): string =>
  history
    .map(({ process, start, end, outcome, value }) => {
      const steps = (value as MicroOperation[]).map(([f, name, what]) =>
        f === 'append' ? `a${name}${what}` : `r${name}${(what as number[]).join('')}`,
      );
      return `${process}@${start}-${end}${outcome === 'ok' ? '' : outcome === 'failed' ? '!' : '?'} ${steps.join('')}`;
    })
    .join(', ');

export function historyOf(text: string): Operation[] {
  return text.split(', ').map((one) => {
    const [, process, start, end, mark, steps = ''] = /^(\d+)@(\d+)-(\d+)([!?]?) (\w*)$/.exec(one) ?? [];
    const outcome = mark === '!' ? 'failed' : mark === '?' ? 'unknown' : 'ok';
    return operation({
      ...transaction(steps),
      process: Number(process),
      start: Number(start),
      end: Number(end),
      outcome,
    });
  });
}
