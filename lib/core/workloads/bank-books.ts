import { type Balances, type Booking, LISTED_AGAIN } from '../checkers/bank.ts';

export type { Balances };

/** Balances by account. An account that is listed again keeps its first place, and `LISTED_AGAIN` marks the others. */
export function balancesIn(rows: readonly (readonly [account: string, balance: number])[]): Balances {
  const balances: Record<string, number> = {};
  for (const [account, balance] of rows) balances[account in balances ? account + LISTED_AGAIN : account] = balance;
  return balances;
}

/** Balances and ledger as one node has them after the load. */
export interface Books {
  readonly balances: Balances;
  readonly ledger: readonly Booking[];
}

/** How many balances the ledger does not explain, and how many transfers it holds more than once. */
export function differencesOf({ balances, ledger }: Books, initial: Balances) {
  const expected: Record<string, number> = { ...initial };
  const booked = new Map<Booking[0], number>();
  for (const [id, from, to, amount] of ledger) {
    booked.set(id, (booked.get(id) ?? 0) + 1);
    expected[from] = (expected[from] ?? 0) - amount;
    expected[to] = (expected[to] ?? 0) + amount;
  }
  const mismatches = Object.keys(expected).filter((account) => balances[account] !== expected[account]).length;
  const duplicates = [...booked.values()].filter((times) => times > 1).length;
  return { mismatches, duplicates };
}
