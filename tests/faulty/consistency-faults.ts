// What a database under the consistency scenarios can do wrong. Faults are shared by all proxies of a run, as nodes share a store.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange, Fault, Reply } from './proxy.ts';

type Forward = Parameters<Fault>[1];

/** Handles an operation, armed or not; tells with the reply whether the fault has struck. */
type Misbehaviour = (
  exchange: Exchange,
  forward: Forward,
  armed: boolean,
) => Promise<readonly [Reply, struck: boolean]>;

const isOperation = ({ path, body }: Exchange): boolean =>
  path.startsWith('/sql') && /^(BEGIN;|UPSERT |CREATE \w+ SET |SELECT VALUE |DELETE item:)/.test(body);

/** Arms the fault at every `oneIn`-th operation; it strikes at the next one that it can be done to. */
function armedEvery(oneIn: number, misbehave: Misbehaviour): Fault {
  let seen = 0;
  let due = 0;
  return async (exchange, forward) => {
    if (!isOperation(exchange)) return forward();
    if (++seen % oneIn === 0) due++;
    const armed = due > 0;
    if (armed) due--;
    const [reply, struck] = await misbehave(exchange, forward, armed);
    if (armed && !struck) due++;
    return reply;
  };
}

interface Statement {
  result: unknown;
  status: string;
}

const statementsOf = ({ body }: Reply): Statement[] => JSON.parse(body) as Statement[];
const replyOf = (statements: readonly object[]): Reply => ({ status: 200, body: JSON.stringify(statements) });
const isFine = ({ status, body }: Reply): boolean => status === 200 && !body.includes('"ERR"');
const withoutTime = ({ body }: Reply): string => body.replace(/"time":"[^"]*"/g, '');
const isRead = ({ body }: Exchange): boolean => body.startsWith('SELECT VALUE ');
const isWrite = ({ body }: Exchange): boolean => !body.includes('SELECT VALUE ') && !body.includes('RETURN VALUE ');

const refusal = (reason: string): Reply =>
  replyOf([{ result: `An error occurred: ${reason}`, status: 'ERR', kind: 'Thrown', time: '1ms' }]);

/** What the database answers to a write that returns nothing and succeeds. */
const acknowledgement = (body: string): Reply =>
  replyOf(
    body
      .split(';')
      .filter((text) => text.trim() !== '')
      .map(() => ({ result: [], status: 'OK', time: '1ms', type: null })),
  );

/** Forwards a changed body; struck where the database carried it out. */
async function changed(forward: Forward, body: string): Promise<readonly [Reply, boolean]> {
  const reply = await forward({ body });
  return [reply, isFine(reply)];
}

export const CONSISTENCY_FAULTS = {
  /** Acknowledges a write and forgets it. */
  'lose-acknowledged': (oneIn) =>
    armedEvery(oneIn, async (exchange, forward, armed) =>
      armed && isWrite(exchange) ? [acknowledgement(exchange.body), true] : [await forward(), false],
    ),

  /** Carries a write out twice, as a client does that retries blindly. */
  'apply-twice': (oneIn) =>
    armedEvery(oneIn, async (exchange, forward, armed) => {
      const reply = await forward();
      if (!armed || !isWrite(exchange) || !isFine(reply)) return [reply, false];
      return [reply, isFine(await forward())];
    }),

  /** Answers a read as it was answered the first time. */
  'stale-read': (oneIn) => {
    const first = new Map<string, Reply>();
    return armedEvery(oneIn, async (exchange, forward, armed) => {
      const reply = await forward();
      if (!isRead(exchange)) return [reply, false];
      const old = first.get(exchange.body);
      if (old === undefined) first.set(exchange.body, reply);
      return armed && old !== undefined && withoutTime(old) !== withoutTime(reply) ? [old, true] : [reply, false];
    });
  },

  /** Shows one client a record as it was when the client first read it, though it has read a newer version since. */
  'back-in-time': (oneIn) => {
    const reads = new Map<string, { first: Reply; last: Reply }>();
    return armedEvery(oneIn, async (exchange, forward, armed) => {
      const reply = await forward();
      const record = `${exchange.client} ${/\w+:\w+/.exec(exchange.body)?.[0]}`;
      const seen = reads.get(record);
      if (!isRead(exchange)) reads.delete(record);
      else if (seen === undefined) reads.set(record, { first: reply, last: reply });
      else if (armed && withoutTime(seen.first) !== withoutTime(seen.last)) return [seen.first, true];
      else seen.last = reply;
      return [reply, false];
    });
  },

  /** One node, the first that is spoken to, shows a record for 300 ms as it was before. */
  'late-on-one-node': (oneIn) => {
    const before = new Map<string, Reply>();
    const late = new Map<string, number>();
    let slow: string | undefined;
    return armedEvery(oneIn, async (exchange, forward, armed) => {
      slow ??= exchange.headers.host;
      const reply = await forward();
      if (!isRead(exchange)) return [reply, false];
      const { body } = exchange;
      const old = before.get(body) ?? replyOf([{ result: null, status: 'OK', time: '1ms' }]);
      const until = late.get(body) ?? 0;
      if (Date.now() < until) return [old, false];
      if (until === 0 && armed && exchange.headers.host === slow && withoutTime(old) !== withoutTime(reply)) {
        late.set(body, Date.now() + 300);
        return [old, true];
      }
      before.set(body, reply);
      return [reply, false];
    });
  },

  /** Refuses a write and lets the next reader of its list, or of the set, see it all the same. */
  'expose-uncommitted': (oneIn) => {
    const ghosts = new Map<string, number>();
    return armedEvery(oneIn, async (exchange, forward, armed) => {
      const { body } = exchange;
      const [, set, single] = /^CREATE (element) SET n = (\d+)/.exec(body) ?? [];
      const [, list, appended] = /UPSERT list:(\w+) SET elements \+= \[(\d+)\]/.exec(body) ?? [];
      const table = set ?? list;
      if (armed && table !== undefined) {
        ghosts.set(table, Number(single ?? appended));
        return [refusal('refused'), true];
      }
      const reply = await forward();
      if (!isFine(reply)) return [reply, false];
      return [haunted(body, reply, ghosts), false];
    });
  },

  /** Shows a transfer that is under way: the debit without the credit. */
  'expose-debit': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      if (!armed || !body.endsWith(' FROM account') || !isFine(reply)) return [reply, false];
      const [statement] = statementsOf(reply);
      const balances = statement?.result as [string, number][];
      return [
        replyOf([
          { ...statement, result: balances.map(([id, amount], index) => [id, index === 0 ? amount - 5 : amount]) },
        ]),
        true,
      ];
    }),

  /** Carries out the debit and the booking of a transfer, and not the credit. */
  'half-transfer': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const credit = /UPDATE account:\w+ SET balance \+= \d+ RETURN NONE;/;
      return armed && credit.test(body) ? changed(forward, body.replace(credit, NOTHING)) : [await forward(), false];
    }),

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

  /** Carries out a transfer that was refused for lack of funds. */
  'allow-overdraft': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      if (!armed || !reply.body.includes('insufficient funds')) return [reply, false];
      return changed(forward, body.replace(CONDITION, NOTHING));
    }),

  /** Refuses a transfer and carries it out. */
  'refuse-but-book': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      if (!armed || !body.includes('CREATE booking') || !isFine(reply)) return [reply, false];
      return [refusal('insufficient funds'), true];
    }),

  /** Books another amount than the one that it moved. */
  misbook: (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const amount = /, amount = (\d+) RETURN NONE;/;
      if (!armed || !amount.test(body)) return [await forward(), false];
      return changed(
        forward,
        body.replace(amount, (_, booked: string) => `, amount = ${Number(booked) + 1} RETURN NONE;`),
      );
    }),

  /** Shows an account under the name of one that does not exist. */
  'phantom-account': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      if (!armed || !body.endsWith(' FROM account') || !isFine(reply)) return [reply, false];
      return [{ ...reply, body: reply.body.replace('"a0"', '"phantom"') }, true];
    }),

  /** Sets a version back to 1 where it should raise it. */
  'roll-back': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const raise = 'version += 1';
      return armed && body.includes(raise)
        ? changed(forward, body.replace(raise, 'version = 1'))
        : [await forward(), false];
    }),

  /** Shows a number that nobody wrote. */
  'wrong-value': (oneIn) =>
    armedEvery(oneIn, async (exchange, forward, armed) => {
      const reply = await forward();
      if (!armed || !isRead(exchange) || !isFine(reply)) return [reply, false];
      const body = reply.body.replace(/("result":\[?)\d+/, '$1999999999');
      return [{ ...reply, body }, body !== reply.body];
    }),

  /** Lets a compare-and-set win that met another value. */
  'two-cas-win': (oneIn) =>
    armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      if (!armed || !reply.body.includes('mismatch')) return [reply, false];
      return changed(forward, body.replace(CONDITION, NOTHING));
    }),

  /** Lets a second insert of a key win, and keeps both. */
  'duplicate-key': (oneIn) => {
    const extra: unknown[] = [];
    return armedEvery(oneIn, async ({ body }, forward, armed) => {
      const reply = await forward();
      const [, key, who] = /key = '(\w+)', who = '(\w+)'/.exec(body) ?? [];
      if (armed && key !== undefined && reply.body.includes('already contains')) {
        extra.push([key, who]);
        return [acknowledgement(body), true];
      }
      if (!body.endsWith(' FROM claim') || extra.length === 0) return [reply, false];
      const [statement] = statementsOf(reply);
      return [replyOf([{ ...statement, result: [...((statement?.result ?? []) as unknown[]), ...extra] }]), false];
    });
  },
} satisfies Record<string, (oneIn: number) => Fault>;

/** A statement that does nothing and leaves the answer with as many results. */
const NOTHING = 'LET $nothing = 0;';

/** Where a transaction refuses what must not be. */
const CONDITION = /IF [^}]*};/;

/** The answer to BEGIN and COMMIT. */
const DONE: Statement = { result: null, status: 'OK' };

/** A statement alone meets conflicts, too; nobody else tries it again. */
async function untilFine(attempt: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await attempt();
    if (isFine(reply) || !reply.body.includes('conflict')) return reply;
  }
}

/** Adds what was never committed to the first answer that may hold it. */
function haunted(body: string, reply: Reply, ghosts: Map<string, number>): Reply {
  const texts = body.split(';').map((text) => text.trim());
  const statements = statementsOf(reply);
  for (const [index, text] of texts.entries()) {
    const table =
      /^SELECT VALUE n FROM (element)$/.exec(text)?.[1] ??
      /^SELECT VALUE elements FROM ONLY list:(\w+)$/.exec(text)?.[1];
    const statement = statements[index];
    const ghost = table === undefined ? undefined : ghosts.get(table);
    if (statement === undefined || table === undefined || ghost === undefined) continue;
    ghosts.delete(table);
    statement.result = [...((statement.result as unknown[] | null) ?? []), ghost];
  }
  return replyOf(statements);
}
