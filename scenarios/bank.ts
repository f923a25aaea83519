// Transfers between accounts over all nodes while all balances are read: money must neither appear nor vanish.

import { Counter } from 'k6/metrics';
import { OF_CONTENTION, OF_UNKNOWN_WRITES, ON_A_CLUSTER } from '../lib/core/coverage/situations.ts';
import { SURREALQL } from '../lib/core/protocols/protocols.ts';
import { mapRequest, query, rpcTransaction } from '../lib/core/protocols/request.ts';
import { type Balances, type Books, balancesIn, differencesOf } from '../lib/core/workloads/bank-books.ts';
import { finalRead } from '../lib/k6/operations/final-read.ts';
import { operation } from '../lib/k6/operations/operation.ts';
import type { Route } from '../lib/k6/session/route.ts';
import { settings } from '../lib/k6/setup/environment.ts';
import { userId } from '../lib/k6/test/execution.ts';
import { defineScenario } from '../lib/k6/test/scenario.ts';
import schema from '../schemas/bank.surql';
import thresholds from '../thresholds/bank.json';

const wrongTotals = new Counter('wrong_totals');
const negativeBalances = new Counter('negative_balances');
const ledgerMismatches = new Counter('ledger_mismatches');
const duplicateBookings = new Counter('duplicate_bookings');

const ACCOUNTS = Array.from({ length: 32 }, (_, index) => `a${index}`);
const BALANCE = 100;
/** Half of the opening balance, so that funds run out now and then. */
const LARGEST_AMOUNT = 50;
const READS_IN_TEN = 2;
const TOTAL = ACCOUNTS.length * BALANCE;
const initial: Balances = Object.fromEntries(ACCOUNTS.map((account) => [account, BALANCE]));

export const run = defineScenario({
  name: 'bank',
  protocols: SURREALQL,
  checkers: ['bank'],
  settings: ['rpcTransactions'],
  shares: { durability: 1 },
  drill: true,
  soak: true,
  situations: [
    ...ON_A_CLUSTER,
    ...OF_CONTENTION,
    ...OF_UNKNOWN_WRITES,
    'refusal',
    'prompt read on another node',
    'several regions',
  ],
  schema,
  thresholds,
  seed: openAccounts,
  checkerOptions: { initial },
  operations: ['transfer', 'read'],
  iterate: (route) => () => bank(route),
  verify,
});

const transferring = operation({ f: 'transfer', refusal: 'insufficient funds' });
const reading = operation({ f: 'read', recordsAnswer: true });
const SELECT_BALANCES = 'SELECT VALUE [record::id(id), balance] FROM account';
let transfers = 0;

async function bank(route: Route): Promise<void> {
  if (run.random(10) < READS_IN_TEN) await readBalances(route);
  else await transfer(route);
}

/**
 * The booking has a record id of its own: a transfer that is carried out twice is booked twice, and so shows. The amount
 * is checked by the transaction itself, so that the refusal is the application's and not an error of the database.
 */
async function transfer(route: Route): Promise<void> {
  const from = run.random(ACCOUNTS.length);
  const to = (from + 1 + run.random(ACCOUNTS.length - 1)) % ACCOUNTS.length;
  const amount = 1 + run.random(LARGEST_AMOUNT);
  const value = { id: `t${userId()}n${transfers++}`, from: `a${from}`, to: `a${to}`, amount };
  const statements = [
    `IF (SELECT VALUE balance FROM ONLY account:a${from}) < ${amount} { THROW 'insufficient funds' }`,
    `UPDATE account:a${from} SET balance -= ${amount} RETURN NONE`,
    `UPDATE account:a${to} SET balance += ${amount} RETURN NONE`,
    `CREATE booking SET transfer = '${value.id}', from = 'a${from}', to = 'a${to}', amount = ${amount} RETURN NONE`,
  ];
  const inMessages = settings.rpcTransactions === 'messages' && route.client.protocol === 'rpc';
  const request = inMessages ? rpcTransaction(statements) : query(`BEGIN;\n${statements.join(';\n')};\nCOMMIT;`);
  await transferring(route)(request, undefined, value);
}

async function readBalances(route: Route): Promise<void> {
  const answer = await reading(route)(mapRequest(query(SELECT_BALANCES), balancesOf));
  if (answer.outcome === 'ok') checkBalances(answer.value);
}

const balancesOf = ([rows]: readonly unknown[]): Balances => balancesIn(rows as [string, number][]);

function checkBalances(balances: Balances): void {
  const amounts = Object.values(balances);
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (total !== TOTAL || amounts.length !== ACCOUNTS.length) wrongTotals.add(1);
  if (amounts.some((amount) => amount < 0)) negativeBalances.add(1);
}

/** Balances and ledger come from one transaction: a transfer without an answer may still be carried out now. */
async function verify(): Promise<void> {
  if (userId() !== 1) return;
  const text = `BEGIN; ${SELECT_BALANCES}; SELECT VALUE [transfer, from, to, amount] FROM booking; COMMIT;`;
  for (const node of run.nodes) {
    const books = finalRead(run.to(node), text, booksOf);
    if (books === undefined) continue;
    const { mismatches, duplicates } = differencesOf(books, initial);
    checkBalances(books.balances);
    ledgerMismatches.add(mismatches, { node: node.name });
    duplicateBookings.add(duplicates, { node: node.name });
  }
}

const booksOf = ([, balances, ledger]: unknown[]): Books => ({
  balances: balancesOf([balances]),
  ledger: ledger as Books['ledger'],
});

function openAccounts(route: Route): void {
  const rows = ACCOUNTS.map((account) => ({ id: account, balance: BALANCE }));
  const opened = route.ask('setup', query(`INSERT INTO account ${JSON.stringify(rows)} RETURN NONE`));
  if (opened.outcome !== 'ok') throw new Error(`${route.node.name} could not open the accounts: ${opened.message}`);
}
