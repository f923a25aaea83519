// The pure parts of the consistency scenarios.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History, Operation } from '../../../lib/core/history/history.ts';
import { mapAnswer } from '../../../lib/core/protocols/outcome.ts';
import { PROTOCOLS, SURREALQL } from '../../../lib/core/protocols/protocols.ts';
import { scenarioProtocols } from '../../../lib/core/scenario/scenario-protocols.ts';
import { SettingsError } from '../../../lib/core/settings/settings.ts';
import { differencesOf } from '../../../lib/core/workloads/bank-books.ts';
import { checkReport } from '../../../lib/node/load/check-report.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';

const initial = { a: 10, b: 10 };

test('books: a ledger that explains the balances has no differences', () => {
  const books = { balances: { a: 7, b: 13 }, ledger: [['t1', 'a', 'b', 3]] } as const;
  assert.deepEqual(differencesOf(books, initial), { mismatches: 0, duplicates: 0 });
});

test('books: a transfer that is booked twice is a duplicate, and balances of one transfer do not match', () => {
  const row = ['t1', 'a', 'b', 3] as const;
  const books = { balances: { a: 7, b: 13 }, ledger: [row, row] };
  assert.deepEqual(differencesOf(books, initial), { mismatches: 2, duplicates: 1 });
});

test('a mapped answer changes its value only where it is ok', () => {
  assert.deepEqual(
    mapAnswer({ outcome: 'ok', value: 1 }, (n) => n + 1),
    { outcome: 'ok', value: 2 },
  );
  const refused = { outcome: 'failed', kind: 'Thrown', message: 'no' } as const;
  assert.equal(
    mapAnswer(refused, () => 1),
    refused,
  );
});

const bank = { name: 'bank', protocols: SURREALQL, checkers: ['bank'] } as const;
const writes = { name: 'writes', protocols: PROTOCOLS, checkers: ['writes'] };

test('a scenario of transactions speaks what carries SurrealQL, and says so', () => {
  assert.deepEqual(scenarioProtocols(bank, 'sql'), ['sql']);
  assert.deepEqual(scenarioProtocols(bank, 'all'), ['sql', 'rpc']);
  assert.deepEqual(scenarioProtocols(writes, 'all'), ['sql', 'rest', 'graphql', 'rpc']);
  for (const choice of ['rest', 'graphql'] as const)
    assert.throws(
      () => scenarioProtocols(bank, choice),
      new RegExp(`^${SettingsError.name}|cannot be sent by ${choice}`),
    );
});

const base = { process: 1, node: 'surreal-1', protocol: 'sql', outcome: 'ok' } as const;
const history = (scenario: string, operations: Operation[], options?: Record<string, unknown>): History => ({
  header: { history: 1, scenario, seed: 1, nodes: ['surreal-1', 'surreal-2'], ...(options && { options }) },
  operations,
  damaged: 0,
});

const write = { ...base, f: 'write', key: 'k', value: 1, start: 0, end: 1 };
const missed = { ...base, node: 'surreal-2', f: 'read', key: 'k', value: null, start: 2, end: 3 };
const seen = { ...missed, value: 1, start: 40, end: 41 };

test('checks: the mode comes from the header, and the caller overrides it', () => {
  const late = history('read-after-write', [write, missed, seen], { mode: 'eventual', window: 100 });
  assert.equal(checkHistory(late)[0]?.valid, 'valid');
  assert.equal(checkHistory(late, { window: 1 })[0]?.valid, 'valid');
  assert.equal(checkHistory(late, { mode: 'strong' })[0]?.anomalies[0]?.kind, 'stale read');
});

test('checks: pairs of nodes are reported as quantiles, and as a table', () => {
  const verdicts = checkHistory(history('read-after-write', [write, missed, seen]));
  assert.match(checkReport(verdicts), /^surreal-1 +surreal-2 +1 +0 +0 +1\.0 ms/m);
  assert.doesNotMatch(JSON.stringify(verdicts), /latencies/);
});

test('checks: compare-and-sets are counted by their end', () => {
  const cas = { ...base, f: 'cas', key: 'k', value: [1, 2], start: 4, end: 5, attempts: 2 };
  const mismatch = {
    ...cas,
    outcome: 'failed',
    error: 'mismatch',
    value: [7, 8],
    start: 6,
    end: 7,
    attempts: 1,
  } as const;
  const { node: _, ...rest } = write;
  const [verdict] = checkHistory(history('register', [{ ...rest, node: 'surreal-1' }, cas, mismatch]));
  assert.equal(verdict?.valid, 'valid');
  const { counts = {} } = verdict ?? {};
  assert.deepEqual([counts['cas won'], counts['cas mismatched'], counts['cas that met conflicts']], [1, 1, 1]);
});

test('checks: an unknown checker, an unknown scenario and a bank without balances are named with the way out', () => {
  assert.throws(
    () => checkHistory(history('bank', []), {}, 'banks'),
    /There is no checker "banks"\. Checkers are: .*bank/,
  );
  assert.throws(() => checkHistory(history('jepsen', [])), /no checker for scenario "jepsen".*--checker/);
  assert.throws(() => checkHistory(history('bank', [])), /add options\.initial/);
});
