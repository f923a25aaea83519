// What a database under the consistency scenarios can do wrong. Faults are shared by all proxies of a run, as nodes share a store.
import { CHANGEFEED_FAULTS } from './changefeed-faults.ts';
import type { Fault, Reply } from './proxy.ts';
import {
  acknowledgement,
  armedEvery,
  changed,
  isFine,
  isRead,
  isWrite,
  NOTHING,
  refusal,
  replyOf,
  statementsOf,
  withoutTime,
} from './strikes.ts';
import { TRANSACTION_FAULTS } from './transaction-faults.ts';

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
      const credit = /UPDATE (?:account:\w+|\$to) SET balance \+= \$?\w+ RETURN NONE;/;
      return armed && credit.test(body) ? changed(forward, body.replace(credit, NOTHING)) : [await forward(), false];
    }),

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
  ...TRANSACTION_FAULTS,
  ...CHANGEFEED_FAULTS,
} satisfies Record<string, (oneIn: number) => Fault>;

/** Where a transaction refuses what must not be. */
const CONDITION = /IF [^}]*};/;

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
