// What a changefeed can do wrong. Faults are shared by all proxies of a run, as nodes share a store.
import { RETENTION } from '../../lib/core/workloads/expiring-records.ts';
import type { Exchange, Fault, Reply } from './proxy.ts';
import { refusal, replyOf, statementsOf } from './strikes.ts';

interface RawEntry {
  changes: unknown[];
  versionstamp: string;
}

const isPoll = ({ path, body }: Exchange): boolean => path.startsWith('/sql') && body.startsWith('SHOW CHANGES');
const isOpening = ({ body }: Exchange): boolean => body.includes(' SINCE 0 ');

/** Digits of versionstamps that doubles would lose go through as text. */
const quoted = (reply: Reply): Reply => ({
  ...reply,
  body: reply.body.replace(/"versionstamp":(\d+)/g, '"versionstamp":"$1"'),
});
const unquoted = (reply: Reply): Reply => ({
  ...reply,
  body: reply.body.replace(/"versionstamp":"(\d+)"/g, '"versionstamp":$1'),
});

/** Changes what polls are answered. @param change of the entries of one answer, in place */
const inPolls =
  (change: (entries: RawEntry[], exchange: Exchange) => void): Fault =>
  async (exchange, forward) => {
    const reply = await forward();
    if (!isPoll(exchange) || reply.status !== 200) return reply;
    const [statement] = statementsOf(quoted(reply));
    if (statement?.status !== 'OK') return reply;
    change(statement.result as RawEntry[], exchange);
    return unquoted(replyOf([statement]));
  };

/** Every `oneIn`-th entry by its versionstamp, the same one whoever reads it. */
const chosen = (oneIn: number) => {
  const numbers = new Map<string, number>();
  return ({ versionstamp }: RawEntry): boolean => {
    const number = numbers.get(versionstamp) ?? numbers.size + 1;
    numbers.set(versionstamp, number);
    return number % oneIn === 0;
  };
};

const after = (versionstamp: string): string => String(BigInt(versionstamp) + 1n);

const isChange = (change: unknown): boolean => !JSON.stringify(change).startsWith('{"define_');

/**
 * Makes a fault that strikes one in `oneIn` entries, with whoever reads it first: the next one that it can be done to, as on a slow
 * machine there are few.
 */
function onceEach(oneIn: number, strike: (entries: RawEntry[], at: number) => boolean): Fault {
  const seen = new Set<string>();
  let due = 0;
  return inPolls((entries, exchange) => {
    if (isOpening(exchange)) return;
    for (let at = entries.length - 1; at >= 0; at--) {
      const { versionstamp, changes } = entries[at] as RawEntry;
      if (seen.has(versionstamp)) continue;
      seen.add(versionstamp);
      if (seen.size % oneIn === 0) due++;
      if (due > 0 && changes.every(isChange) && strike(entries, at)) due--;
    }
  });
}

export const CHANGEFEED_FAULTS = {
  /** Leaves an entry out once: whoever polls just then never gets it. */
  'feed-skip': (oneIn) =>
    onceEach(oneIn, (entries, at) => {
      // Others must follow, or the next poll begins with it.
      if (at === entries.length - 1) return false;
      entries.splice(at, 1);
      return true;
    }),

  /** Has lost an entry. */
  'feed-lose': (oneIn) => {
    const isChosen = chosen(oneIn);
    return inPolls((entries) => {
      for (let at = entries.length - 1; at >= 0; at--)
        if (isChosen(entries[at] as RawEntry) && entries[at]?.changes.every(isChange)) entries.splice(at, 1);
    });
  },

  /** Delivers an entry twice, under the next versionstamp. */
  'feed-twice': (oneIn) =>
    onceEach(oneIn, (entries, at) => {
      const { changes, versionstamp } = entries[at] as RawEntry;
      entries.splice(at + 1, 0, { changes, versionstamp: after(versionstamp) });
      return true;
    }),

  /** Swaps two entries of an answer. */
  'feed-swap': (oneIn) =>
    onceEach(oneIn, (entries, at) => {
      if (at === 0) return false;
      [entries[at - 1], entries[at]] = [entries[at] as RawEntry, entries[at - 1] as RawEntry];
      return true;
    }),

  /** Delivers a part of a transaction by itself. */
  'feed-tear': (oneIn) =>
    onceEach(oneIn, (entries, at) => {
      const { changes, versionstamp } = entries[at] as RawEntry;
      const tables = new Set(changes.map((change) => /"id":"(\w+):/.exec(JSON.stringify(change))?.[1]));
      // Within one table, if nothing but the entry itself shows that changes belong together.
      if (changes.length < 2 || tables.size > 1) return false;
      entries.splice(
        at,
        1,
        { changes: changes.slice(0, 1), versionstamp },
        { changes: changes.slice(1), versionstamp: after(versionstamp) },
      );
      return true;
    }),

  /** Delivers what was refused. */
  'feed-leak': (oneIn) => {
    const refused: string[] = [];
    const leaking = onceEach(oneIn, (entries, at) => {
      const [, id, version, tx] = /CREATE (\w+:\w+) SET version = (\d+), tx = '(\w+)'/.exec(refused.pop() ?? '') ?? [];
      if (id === undefined) return false;
      entries[at]?.changes.push({ update: { id, version: Number(version), tx } });
      return true;
    });
    return (exchange, forward) => {
      if (/CREATE item.*THROW/.test(exchange.body)) refused.push(exchange.body);
      return leaking(exchange, forward);
    };
  },

  /** Delivers what nobody wrote. */
  'feed-invent': (oneIn) =>
    onceEach(oneIn, (entries, at) => {
      entries[at]?.changes.push({ update: { id: 'item0:nobody', version: 1, tx: 'nobody' } });
      return true;
    }),

  /** Keeps changes for a quarter of the time that was asked for. They are deleted as soon as the server collects garbage. */
  'feed-expire': () => (exchange, forward) =>
    forward({ body: exchange.body.replace(`CHANGEFEED ${RETENTION}ms`, `CHANGEFEED ${RETENTION / 4}ms`) }),

  /** Acknowledges the delete of a record that stays: its feed shows the delete, its table the record. */
  'feed-diverge': () => async (exchange, forward) => {
    const reply = await forward();
    if (!/^SELECT record::id\(id\) AS id, version FROM item0/.test(exchange.body) || reply.status !== 200) return reply;
    const [statement] = statementsOf(reply);
    if (statement?.status !== 'OK') return refusal('the answer is not rows');
    return replyOf([{ ...statement, result: (statement.result as unknown[]).slice(1) }]);
  },
} satisfies Record<string, (oneIn: number) => Fault>;
