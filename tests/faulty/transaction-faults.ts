// What a database under scenario `append` can do wrong: transactions that are none.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Reply } from './proxy.ts';
import { type Performed, type Step, staged } from './staged.ts';
import { armedEvery, changed, isFine, NOTHING, replyOf, type Statement, statementsOf } from './strikes.ts';

export const TRANSACTION_FAULTS = {
  /** Carries out the transaction without its first append. */
  'half-transaction': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const append = /UPSERT list:\w+ SET [^;]*;/;
      return armed && append.test(body) ? changed(forward, body.replace(append, NOTHING)) : [await forward(), false];
    }),

  /** Carries out the steps of a transaction one by one, and lets others in between. */
  'split-transaction': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const steps = /^BEGIN;(.*list:.*)COMMIT;$/s.exec(body)?.[1]?.match(/[^;]+;/g) ?? [];
      if (!armed || steps.length < 2) return [await forward(), false];
      const results: Statement[] = [DONE];
      for (const [index, step] of steps.entries()) {
        if (index > 0) await sleep(150);
        const reply = await untilFine(() => forward({ body: step }));
        results.push(...statementsOf(reply));
      }
      return [replyOf([...results, DONE]), true];
    }),

  /** Shows a list as it was between two appends of one transaction. */
  'expose-intermediate': (oneIn) => {
    const firstOf = new Map<number, number>();
    return armedEvery(oneIn, async ({ body }, forward, armed) => {
      const appends = [...body.matchAll(/UPSERT list:(\w+) SET elements \+= \[(\d+)\]/g)];
      for (const [index, [, list, element]] of appends.entries()) {
        const next = appends.slice(index + 1).find((other) => other[1] === list);
        if (next !== undefined) firstOf.set(Number(next[2]), Number(element));
      }
      const reply = await forward();
      if (!armed || appends.length > 0 || !isFine(reply)) return [reply, false];
      const statements = statementsOf(reply);
      const seen = statements.find(({ result }) => {
        const [before, last] = Array.isArray(result) ? (result.slice(-2) as number[]) : [];
        return last !== undefined && before !== undefined && firstOf.get(last) === before;
      });
      if (seen === undefined) return [reply, false];
      seen.result = (seen.result as number[]).slice(0, -1);
      return [replyOf(statements), true];
    });
  },

  /** Shows two transactions each other's appends, though the one had ended when the other began. */
  'read-each-other': (oneIn) =>
    staged(oneIn, {
      parts: [
        (one) => one.some(isAppend) && listsRead(one).length > 0,
        (other, [one = []]) => seenBy(one, other) !== undefined && seenBy(other, one) !== undefined,
      ],
      order: [0, 1],
      async falsify([one, other]) {
        if (one === undefined || other === undefined) return;
        const list = seenBy(one.steps, other.steps) ?? '';
        const [statement] = statementsOf(await one.forward({ body: `SELECT VALUE elements FROM ONLY list:${list};` }));
        const all = statement?.result as number[];
        show(one, list, () => all.slice(0, afterLast(other.steps, all)));
      },
    }),

  /** Shows two readers two appends in different order: each sees the one and not the other. */
  'long-fork': (oneIn) =>
    staged(oneIn, {
      parts: [
        (one) => !one.some(isAppend) && listsRead(one).length > 1,
        (other, [one = []]) => !other.some(isAppend) && common(one, other).length > 1,
        (first, [one = [], other = []]) => prongOf(first, one, other) !== undefined,
        (second, [one = [], other = [], first = []]) =>
          ![prongOf(first, one, other), undefined].includes(prongOf(second, one, other)) && !meet(first, second),
      ],
      order: [2, 3, 0, 1],
      async falsify([one, other, first, second]) {
        if (one === undefined || other === undefined || first === undefined || second === undefined) return;
        const left = prongOf(first.steps, one.steps, other.steps) ?? '';
        const right = prongOf(second.steps, one.steps, other.steps) ?? '';
        show(one, left, (seen) => seen.slice(0, afterLast(first.steps, seen)));
        show(one, right, (seen) => seen.slice(0, beforeFirst(second.steps, seen)));
        show(other, left, (seen) => seen.slice(0, beforeFirst(first.steps, seen)));
        show(other, right, (seen) => seen.slice(0, afterLast(second.steps, seen)));
      },
    }),
} satisfies Record<string, (oneIn: number) => Fault>;

/** The answer to BEGIN and COMMIT. */
const DONE: Statement = { result: null, status: 'OK' };

/** A statement alone meets conflicts, too; nobody else tries it again. */
async function untilFine(attempt: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await attempt();
    if (isFine(reply) || !reply.body.includes('conflict')) return reply;
  }
}

const isAppend = ({ element }: Step): boolean => element !== undefined;

const listsOf = (steps: readonly Step[]): string[] => [...new Set(steps.map(({ list }) => list))];

/** Lists that a transaction reads and does not change. */
const listsRead = (steps: readonly Step[]): string[] =>
  listsOf(steps).filter((list) => !steps.some((step) => step.list === list && isAppend(step)));

/** A list that one transaction only reads and another one appends to. */
const seenBy = (reader: readonly Step[], writer: readonly Step[]): string | undefined =>
  listsRead(reader).find((list) => writer.some((step) => step.list === list && isAppend(step)));

const common = (one: readonly Step[], other: readonly Step[]): string[] =>
  listsOf(one).filter((list) => listsOf(other).includes(list));

const meet = (one: readonly Step[], other: readonly Step[]): boolean => common(one, other).length > 0;

/** The list of both readers that a transaction appends to; undefined where it does more to what they read. */
function prongOf(writer: readonly Step[], one: readonly Step[], other: readonly Step[]): string | undefined {
  const [list = '', ...more] = common(writer, [...one, ...other]);
  return more.length === 0 && common(one, other).includes(list) && seenBy(one, writer) === list ? list : undefined;
}

const appendedBy =
  (steps: readonly Step[]) =>
  (appended: number): boolean =>
    steps.some(({ element }) => element === appended);

/** How many elements a list has up to the last that these steps appended, and before the first. */
const afterLast = (steps: readonly Step[], seen: readonly number[]): number =>
  seen.findLastIndex(appendedBy(steps)) + 1;
const beforeFirst = (steps: readonly Step[], seen: readonly number[]): number => seen.findIndex(appendedBy(steps));

/** Falsifies all that a transaction read from a list. */
function show({ steps, results }: Performed, list: string, change: (seen: number[]) => number[]): void {
  for (const [index, step] of steps.entries()) {
    const statement = results[index + 1];
    if (step.list === list && !isAppend(step) && statement !== undefined)
      statement.result = change((statement.result as number[] | null) ?? []);
  }
}
