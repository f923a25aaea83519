import { HistoryError, type Operation } from '../history/history.ts';
import { isRecord, isScalar, type ValueShape } from '../history/history-shape.ts';
import type { Checker } from './checker.ts';
import type { CheckVerdict, Evidence } from './shared/check-verdict.ts';
import { describe, milliseconds, show } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';

const ANOMALIES = {
  'wrong total': 'A read of all balances does not add up to the money that there was at the start.',
  'negative balance': 'An account was overdrawn, which every transfer forbids.',
  'missing account': 'A read of all balances lacks an account.',
  'duplicate account': 'A read of all balances lists an account more than once.',
  'unexpected account': 'A read of all balances shows an account that never existed.',
  'ledger mismatch': 'At the end a balance differs from the start balance plus the transfers in the ledger.',
  'refused but booked': 'The database refused a transfer, yet the ledger holds it.',
  duplicate: 'The ledger holds a transfer more than once.',
  lost: 'The database acknowledged a transfer, but the ledger lacks it at the end.',
  unexpected: 'The ledger holds a transfer that nobody asked for.',
  corrupted: 'A balance or a row of the ledger is not what was written.',
} as const;

type BankAnomaly = keyof typeof ANOMALIES;

export interface BankOptions {
  /** Balance of every account before the first transfer, whole units of money. */
  readonly initial: Balances;
}

/** Balances by account; see {@link LISTED_AGAIN}. */
export type Balances = Readonly<Record<string, number>>;

/** Ends the name under which a read records an account that its answer lists again. */
export const LISTED_AGAIN = ' again';

/** A transfer as the ledger booked it: id, from, to, amount. */
export type Booking = readonly [id: string | number, from: string, to: string, amount: number];

interface Transfer {
  readonly id: string | number;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

interface Books {
  readonly balances: Balances;
  readonly ledger: readonly Booking[];
}

/**
 * Money is neither made nor lost: every read of all balances adds up to the initial total, none is negative, and in the
 * end the ledger holds every acknowledged transfer once, no refused one, and explains the balances.
 *
 * After Jepsen's `jepsen.tests.bank` (wrong-total, negative-value, unexpected-key, nil-balance); the ledger is ours.
 *
 * Operations: `transfer` {id, from, to, amount} · `read` {account: balance} · `final-read` {balances, ledger} after all
 * transfers, once per node. Reads must be snapshots: one statement or one transaction.
 */
export function checkBank(operations: Iterable<Operation>, { initial }: BankOptions): CheckVerdict<BankAnomaly> {
  const findings = new Findings<BankAnomaly>();
  const tally = new Tally();
  const transfers = new Map<string | number, Operation>();
  const finalReads: Operation[] = [];
  const snapshots = new SnapshotCheck(initial, findings);
  let reads = 0;
  for (const operation of operations) {
    tally.add(operation);
    if (operation.f === 'transfer') transfers.set((operation.value as Transfer).id, operation);
    else if (operation.outcome !== 'ok') continue;
    else if (operation.f === 'read') {
      reads++;
      snapshots.check(operation, operation.value);
    } else if (operation.f === 'final-read') finalReads.push(operation);
  }
  for (const final of finalReads) checkBooks(final, initial, transfers, snapshots, findings);
  const counts = { ...tally.counts, transfers: transfers.size, reads, finalReads: finalReads.length };
  const seen = reads + finalReads.length > 0;
  return conclude('bank', counts, findings, {
    valid: seen ? 'valid' : 'unknown',
    explanation: seen
      ? `All ${reads + finalReads.length} reads of all balances add up to ${snapshots.total}, and no balance is negative.`
      : 'No read of the balances succeeded, so nothing is known about them.',
  });
}

class SnapshotCheck {
  readonly total: number;
  readonly #accounts: number;
  readonly #initial: ReadonlyMap<string, number>;
  readonly #findings: Findings<BankAnomaly>;

  constructor(initial: Balances, findings: Findings<BankAnomaly>) {
    this.#initial = new Map(Object.entries(initial));
    this.#accounts = this.#initial.size;
    this.total = Object.values(initial).reduce((sum, balance) => sum + balance, 0);
    this.#findings = findings;
  }

  check(read: Operation, value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      this.#report('corrupted', read, () => `read no balances but ${show(value)}`);
      return;
    }
    const balances = value as Balances;
    let sum = 0;
    let known = 0;
    for (const account in balances) {
      const balance = balances[account] as number;
      if (account.endsWith(LISTED_AGAIN)) {
        this.#report('duplicate account', read, () => `read account ${account}`);
        continue;
      }
      if (!this.#initial.has(account)) this.#report('unexpected account', read, () => `read account ${account}`);
      else known++;
      if (typeof balance !== 'number') this.#report('corrupted', read, () => `read ${account} = ${show(balance)}`);
      else if (balance < 0) this.#report('negative balance', read, () => `read ${account} = ${balance}`, -balance);
      sum += balance;
    }
    if (known < this.#accounts) this.#report('missing account', read, () => `missed ${this.#missing(balances)}`);
    if (sum !== this.total)
      this.#report(
        'wrong total',
        read,
        () => `read balances of ${sum} in total instead of ${this.total}`,
        Math.abs(sum - this.total),
      );
  }

  #missing(balances: Balances): string {
    return [...this.#initial.keys()].filter((account) => !(account in balances)).join(', ');
  }

  #report(kind: BankAnomaly, read: Operation, what: () => string, weight = 0): void {
    const evidence = (): Evidence => ({
      message: `At ${milliseconds(read.start)} process ${read.process} at ${read.node} ${what()}.`,
      operations: [read],
    });
    this.#findings.add(kind, read.start, evidence, weight);
  }
}

function checkBooks(
  final: Operation,
  initial: Balances,
  transfers: ReadonlyMap<string | number, Operation>,
  snapshots: SnapshotCheck,
  findings: Findings<BankAnomaly>,
): void {
  const { balances, ledger } = final.value as Books;
  snapshots.check(final, balances);
  const expected = new Map(Object.entries(initial));
  const booked = new Map<string | number, number>();
  for (const row of ledger) {
    const [id, from, to, amount] = row;
    booked.set(id, (booked.get(id) ?? 0) + 1);
    expected.set(from, (expected.get(from) ?? 0) - amount);
    expected.set(to, (expected.get(to) ?? 0) + amount);
    checkRow(final, row, transfers.get(id), findings);
  }
  const over = (account: string): number => (balances[account] ?? 0) - (expected.get(account) ?? 0);
  for (const [account, sum] of expected)
    if (balances[account] !== sum)
      findings.add(
        'ledger mismatch',
        final.start,
        () => {
          const message = `At the end, ${final.node} has ${account} = ${balances[account]}, but its ledger adds up to ${sum}`;
          const [id] =
            ledger.find(
              ([, from, to, amount]) => [from, to].includes(account) && over(from) === amount && over(to) === -amount,
            ) ?? [];
          const transfer = id === undefined ? undefined : transfers.get(id);
          if (transfer === undefined) return { message: `${message}.`, operations: [final] };
          return {
            message: `${message}, as if transfer ${id} had been booked, and neither debited nor credited (${describe(transfer)}).`,
            operations: [transfer, final],
          };
        },
        Math.abs(over(account)),
        account,
      );
  for (const [id, times] of booked)
    if (times > 1) {
      const transfer = transfers.get(id);
      findings.add(
        'duplicate',
        transfer?.start ?? final.start,
        () => ({
          message: `The ledger of ${final.node} holds transfer ${id} ${times} times${transfer === undefined ? '' : `: ${describe(transfer)}`}.`,
          operations: transfer === undefined ? [final] : [transfer, final],
        }),
        times,
        id,
      );
    }
  for (const [id, transfer] of transfers) {
    const acknowledged = transfer.outcome === 'ok' && transfer.end !== undefined && transfer.end < final.start;
    if (acknowledged && !booked.has(id))
      findings.add(
        'lost',
        transfer.start,
        () => ({
          message: `Transfer ${id} was acknowledged (${describe(transfer)}), but the ledger of ${final.node} lacks it.`,
          operations: [transfer, final],
        }),
        0,
        id,
      );
  }
}

/** A row of the ledger against the operation that asked for it. */
function checkRow(
  final: Operation,
  [id, from, to, amount]: Booking,
  transfer: Operation | undefined,
  findings: Findings<BankAnomaly>,
): void {
  const row = (): string => `row ${show([id, from, to, amount])} in the ledger of ${final.node}`;
  if (transfer === undefined) {
    findings.add(
      'unexpected',
      final.start,
      () => ({
        message: `Nobody asked for ${row()}.`,
        operations: [final],
      }),
      0,
      id,
    );
    return;
  }
  const asked = transfer.value as Transfer;
  if (asked.from !== from || asked.to !== to || asked.amount !== amount)
    findings.add(
      'corrupted',
      transfer.start,
      () => ({
        message: `${describe(transfer)} became ${row()}.`,
        operations: [transfer, final],
      }),
      0,
      id,
    );
  if (transfer.outcome === 'failed' || transfer.outcome === 'conflict')
    findings.add(
      'refused but booked',
      transfer.start,
      () => ({
        message: `${describe(transfer)} was refused, yet there is ${row()}.`,
        operations: [transfer, final],
      }),
      0,
      id,
    );
}

const isTransfer: ValueShape = (value) =>
  isRecord(value) &&
  isScalar(value.id) &&
  isScalar(value.from) &&
  isScalar(value.to) &&
  typeof value.amount === 'number';

const areBooks: ValueShape = (value, { outcome }) =>
  outcome !== 'ok' ||
  (isRecord(value) &&
    isRecord(value.balances) &&
    Array.isArray(value.ledger) &&
    value.ledger.every((row) => Array.isArray(row) && isScalar(row[0]) && typeof row[3] === 'number'));

const areBalances = (value: unknown): value is Balances =>
  isRecord(value) && Object.values(value).every((balance) => typeof balance === 'number');

export const bank = {
  name: 'bank',
  anomalies: ANOMALIES,
  among: {
    'wrong total': 'reads',
    'negative balance': 'reads',
    'missing account': 'reads',
    'unexpected account': 'reads',
    'refused but booked': 'transfers',
    duplicate: 'transfers',
    lost: 'transfers',
    corrupted: 'transfers',
  },
  shapes: { transfer: isTransfer, 'final-read': areBooks },
  check: ({ operations }, { initial }) => {
    if (!areBalances(initial))
      throw new HistoryError(
        'The header of this history lacks the balances before the first transfer: add options.initial.',
      );
    return checkBank(operations, { initial });
  },
} as const satisfies Checker<BankAnomaly>;
