import type { MicroOperation } from '../../lib/core/checkers/append/append-history.ts';
import type { RegisterStep } from '../../lib/core/checkers/rw-register/rw-register.ts';
import { Refusal } from './database.ts';
import type { Action, Pick } from './simulation.ts';

/** What clients do, per checker. Each returns what the simulation calls for one operation. */
type Workload = (pick: Pick, number: number) => Action;

/** Transactions over few lists. @param rereads whether a list is read after an append to it in the same transaction */
export function appendWorkload(lists: number, rereads = true): Workload {
  return (pick, number) => {
    const steps: MicroOperation[] = [];
    for (let step = 1 + pick(4); step > 0; step--) {
      const list = `l${pick(lists)}`;
      if (pick(2) === 0) steps.push(['append', list, number * 10 + step]);
      else if (rereads || !steps.some((other) => other[0] === 'append' && other[1] === list))
        steps.push(['r', list, null]);
    }
    return transaction(steps);
  };
}

function transaction(steps: readonly MicroOperation[], f = 'txn'): Action {
  return {
    f,
    value: steps,
    *run(session) {
      const answer: MicroOperation[] = [];
      for (const step of steps) {
        yield;
        if (step[0] === 'append') session.update(step[1] as string, (list) => [...asList(list), step[2]]);
        answer.push(step[0] === 'append' ? step : ['r', step[1], asList(session.get(step[1] as string))]);
      }
      yield;
      return answer;
    },
  };
}

/** Transactions that write unique values to registers and read them. */
export function registerTransactions(registers: number): Workload {
  return (pick, number) => {
    const steps = Array.from({ length: 1 + pick(3) }, (_, step): RegisterStep => {
      const register = `r${pick(registers)}`;
      return pick(2) === 0 ? ['w', register, number * 10 + step] : ['r', register, null];
    });
    return {
      f: 'txn',
      value: steps,
      *run(session) {
        const answer: RegisterStep[] = [];
        for (const step of steps) {
          yield;
          const [f, register, value] = step;
          if (f === 'w') session.update(register as string, () => value);
          answer.push(
            f === 'w' ? step : ['r', register, (session.get(register as string) as number | undefined) ?? null],
          );
        }
        yield;
        return answer;
      },
    };
  };
}

export function appendFinalRead(lists: number): Action {
  return transaction(
    Array.from({ length: lists }, (_, list) => ['r', `l${list}`, null] as const),
    'final-read',
  );
}

const asList = (value: unknown): number[] => (value as number[] | undefined) ?? [];

/** Reads, writes and compare-and-sets. @param values how many different values are written; 0 for unique ones */
export function registerWorkload(keys: number, values: number): Workload {
  return (pick, number) => {
    const key = `k${pick(keys)}`;
    const value = values === 0 ? number + 1 : pick(values);
    const kind = pick(3);
    if (kind === 0) return read(key, null);
    if (kind === 1) return write(key, value);
    const expected = values === 0 ? pick(number + 1) : pick(values);
    return {
      f: 'cas',
      key,
      value: [expected, value],
      *run(session) {
        yield;
        if (session.get(key) !== expected) throw new Refusal('mismatch');
        session.update(key, () => value);
        yield;
        return [expected, value];
      },
    };
  };
}

function write(key: string, value: number | null): Action {
  return {
    f: 'write',
    key,
    value,
    *run(session) {
      yield;
      session.update(key, () => value);
      yield;
      return value;
    },
  };
}

function read(key: string, missing: unknown): Action {
  return {
    f: 'read',
    key,
    *run(session) {
      yield;
      const value = session.get(key) ?? missing;
      yield;
      return value;
    },
  };
}

const ACCOUNTS = ['a', 'b', 'c', 'd'];
export const INITIAL_BALANCES = Object.fromEntries(ACCOUNTS.map((account) => [account, 20]));

export const bankWorkload: Workload = (pick, number) => {
  if (pick(3) === 0) return { f: 'read', run: balancesOf };
  const from = ACCOUNTS[pick(ACCOUNTS.length)] as string;
  const to = ACCOUNTS.filter((account) => account !== from)[pick(ACCOUNTS.length - 1)] as string;
  const amount = 1 + pick(8);
  const value = { id: `t${number}`, from, to, amount };
  return {
    f: 'transfer',
    value,
    *run(session) {
      yield;
      const balance = (session.get(from) as number | undefined) ?? 20;
      if (balance < amount) throw new Refusal('insufficient');
      session.update(from, () => balance - amount);
      yield;
      const other = (session.get(to) as number | undefined) ?? 20;
      session.update(to, () => other + amount);
      session.update(`ledger:${number}`, () => [value.id, from, to, amount]);
      yield;
      return value;
    },
  };
};

export const bankFinalRead: Action = {
  f: 'final-read',
  *run(session) {
    const balances = yield* balancesOf(session);
    return { balances, ledger: session.keys('ledger:').map((key) => session.get(key)) };
  },
};

function* balancesOf(session: { get(key: string): unknown }): Generator<void, Record<string, number>> {
  const balances: Record<string, number> = {};
  for (const account of ACCOUNTS) {
    yield;
    balances[account] = (session.get(account) as number | undefined) ?? 20;
  }
  return balances;
}

/** @param signed whether decrements occur too */
export function counterWorkload(signed: boolean): Workload {
  return (pick) => {
    const key = `c${pick(2)}`;
    if (pick(3) === 0) return read(key, null);
    const delta = signed ? pick(7) - 3 : 1 + pick(3);
    return {
      f: 'add',
      key,
      value: delta,
      *run(session) {
        yield;
        const before = (session.get(key) as number | undefined) ?? 0;
        session.update(key, () => before + delta);
        yield;
        return delta;
      },
    };
  };
}

export const counterFinalReads: readonly Action[] = [0, 1].map((key) => ({
  ...read(`c${key}`, null),
  f: 'final-read',
}));

export const setWorkload: Workload = (pick, number) => {
  if (pick(3) === 0) return { f: 'read', run: elementsOf };
  return {
    f: 'add',
    value: number,
    *run(session) {
      yield;
      session.update(`e:${String(number).padStart(4, '0')}`, () => number);
      yield;
      return number;
    },
  };
};

export const setFinalRead: Action = { f: 'final-read', run: elementsOf };

function* elementsOf(session: { get(key: string): unknown; keys(prefix: string): string[] }): Generator<void, unknown> {
  yield;
  const elements = session.keys('e:').map((key) => session.get(key));
  yield;
  return elements;
}

export const uniqueWorkload: Workload = (pick, number) => {
  const key = `u${pick(20)}`;
  return {
    f: 'insert',
    key,
    value: number,
    *run(session) {
      yield;
      if (session.get(key) !== undefined) throw new Refusal('AlreadyExists');
      session.update(key, () => number);
      yield;
      return number;
    },
  };
};

export const uniqueFinalRead: Action = {
  f: 'final-read',
  *run(session) {
    yield;
    return session.keys('u').map((key) => [key, session.get(key)]);
  },
};

export const sessionWorkload: Workload = (pick) => {
  const key = `v${pick(3)}`;
  if (pick(2) === 0) return read(key, null);
  return {
    f: 'write',
    key,
    *run(session) {
      yield;
      const version = ((session.get(key) as number | undefined) ?? 0) + 1;
      session.update(key, () => version);
      yield;
      return version;
    },
  };
};

/** Writes of unique values, deletes and reads. */
export const readAfterWriteWorkload: Workload = (pick, number) => {
  const key = `r${pick(4)}`;
  if (pick(2) === 0) return read(key, null);
  return write(key, pick(4) === 0 ? null : number);
};
