// Faults that take several transactions: they are held until all of them are there, and then carried out one after another.
import type { Fault, Reply } from './proxy.ts';
import { armedEvery, type Forward, isFine, replyOf, type Statement, statementsOf } from './strikes.ts';

/** What a transaction of scenario `append` does to a list: reads it, or appends an element. */
export interface Step {
  readonly list: string;
  readonly element?: number;
}

export const stepsOf = (body: string): Step[] =>
  [...body.matchAll(/UPSERT list:(\w+) SET elements \+= \[(\d+)\]|FROM ONLY list:(\w+);/g)].map(
    ([, appended, element, read = '']) =>
      appended === undefined ? { list: read } : { list: appended, element: Number(element) },
  );

/** A transaction that was carried out, with results that may be falsified: that of BEGIN, then one for each step. */
export interface Performed {
  readonly steps: readonly Step[];
  readonly results: Statement[];
  readonly forward: Forward;
}

export interface Play {
  /** Each tells whether a transaction can take the next part, beside those that have one. */
  readonly parts: readonly ((steps: readonly Step[], cast: readonly (readonly Step[])[]) => boolean)[];
  /** In which order the parts are carried out. */
  readonly order: readonly number[];
  readonly falsify: (actors: readonly Performed[]) => Promise<void>;
}

interface Actor {
  readonly steps: readonly Step[];
  readonly forward: Forward;
}

/** So long is a transaction held where others do not come; lists are in use for a second. */
const PATIENCE_MS = 500;

/** Gathers actors, and tells all of them how it ended. */
class Stage {
  readonly cast: Actor[] = [];
  readonly over: Promise<readonly Reply[] | undefined>;
  end: (replies: Promise<readonly Reply[]> | undefined) => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => {
      this.end = resolve;
    });
  }
}

export function staged(oneIn: number, { parts, order, falsify }: Play): Fault {
  let stage: Stage | undefined;
  return armedEvery(oneIn, async ({ body }, forward, armed) => {
    const steps = stepsOf(body);
    const place = stage?.cast.length ?? 0;
    const cast = stage?.cast.map((actor) => actor.steps) ?? [];
    if (!(place > 0 || armed) || parts[place]?.(steps, cast) !== true) return [await forward(), false];
    const mine = stage ?? new Stage();
    stage = mine;
    const leave = (): void => {
      if (stage === mine) stage = undefined;
    };
    mine.cast.push({ steps, forward });
    if (mine.cast.length === parts.length) {
      leave();
      mine.end(perform(mine.cast, order, falsify));
    }
    const patience = setTimeout(() => {
      leave();
      if (mine.cast.length < parts.length) mine.end(undefined);
    }, PATIENCE_MS);
    const reply = (await mine.over)?.[place];
    clearTimeout(patience);
    return reply === undefined ? [await forward(), false] : [reply, place === 0 && isFine(reply)];
  });
}

async function perform(cast: readonly Actor[], order: Play['order'], falsify: Play['falsify']): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (const place of order) replies[place] = (await cast[place]?.forward()) ?? replyOf([]);
  if (!replies.every(isFine)) return replies;
  const actors = cast.map((actor, place) => ({ ...actor, results: statementsOf(replies[place] ?? replyOf([])) }));
  await falsify(actors);
  return actors.map(({ results }) => replyOf(results));
}
