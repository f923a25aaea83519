import type { Operation } from '../history/history.ts';
import { isPairs } from '../history/history-shape.ts';
import type { Checker } from './checker.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import { describe, show } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';

const ANOMALIES = {
  duplicate: 'A unique index let two inserts of one key win.',
  lost: 'An insert was acknowledged, but the table or the index lacks its row at the end.',
  'lost update': 'The insert that won was overwritten by the row of another one.',
  'dirty read': 'The table holds the row of an insert that was refused.',
  unexpected: 'The table holds a row that nobody inserted.',
} as const;

type UniqueAnomaly = keyof typeof ANOMALIES;

/** Rows of the table in the end: the unique value and who inserted it. */
type Rows = readonly (readonly [key: string, who: unknown])[];

/**
 * A unique index lets at most one insert of a key win, keeps the winner, and keeps nothing of the refused.
 *
 * After Jepsen's `checker/unique-ids` and the SQL standard's UNIQUE constraint.
 *
 * Operations: `insert` (key, value: who) · `final-read` (value: [[key, who], …], all rows in the end; on each
 * node once by the records, and with key `index` once by the entries of the index).
 */
export function checkUnique(operations: Iterable<Operation>): CheckVerdict<UniqueAnomaly> {
  const findings = new Findings<UniqueAnomaly>();
  const tally = new Tally();
  const inserts = new Map<string, Operation[]>();
  const finalReads: Operation[] = [];
  for (const operation of operations) {
    tally.add(operation);
    const { f, key = '', outcome } = operation;
    if (f === 'insert') {
      const same = inserts.get(key);
      if (same === undefined) inserts.set(key, [operation]);
      else same.push(operation);
    } else if (f === 'final-read' && outcome === 'ok') finalReads.push(operation);
  }
  for (const [key, same] of inserts) checkWinners(key, same, findings);
  for (const final of finalReads) checkRows(final, inserts, findings);
  const counts = { ...tally.counts, keys: inserts.size, finalReads: finalReads.length };
  return conclude('unique', counts, findings, {
    valid: inserts.size > 0 ? 'valid' : 'unknown',
    explanation:
      inserts.size > 0
        ? `None of ${inserts.size} keys was inserted twice.`
        : 'Nothing was inserted, so nothing is known about the index.',
  });
}

function checkWinners(key: string, inserts: readonly Operation[], findings: Findings<UniqueAnomaly>): void {
  const winners = inserts.filter(({ outcome }) => outcome === 'ok');
  if (winners.length < 2) return;
  findings.add(
    'duplicate',
    winners[1]?.start ?? 0,
    () => ({
      message: `Key ${key} was inserted ${winners.length} times: ${winners.map(describe).join('; ')}.`,
      operations: winners,
    }),
    winners.length,
    key,
  );
}

function checkRows(
  final: Operation,
  inserts: ReadonlyMap<string, readonly Operation[]>,
  findings: Findings<UniqueAnomaly>,
): void {
  const rowsOf = new Map<string, unknown[]>();
  for (const [key, who] of final.value as Rows) {
    const same = rowsOf.get(key);
    if (same === undefined) rowsOf.set(key, [who]);
    else same.push(who);
  }
  for (const [key, rows] of rowsOf) {
    const asked = inserts.get(key) ?? [];
    if (rows.length > 1)
      findings.add(
        'duplicate',
        asked[0]?.start ?? final.start,
        () => ({
          message: `The ${tableOf(final)} holds key ${key} ${rows.length} times, from ${rows.map(show).join(', ')}.`,
          operations: [...asked.filter(({ value }) => rows.includes(value)), final],
        }),
        rows.length,
        key,
      );
    for (const who of rows) checkRow(final, key, who, asked, findings);
  }
  for (const [key, asked] of inserts) {
    const winner = asked.find(({ outcome, end }) => outcome === 'ok' && end !== undefined && end < final.start);
    if (winner !== undefined && !rowsOf.has(key))
      findings.add(
        'lost',
        winner.start,
        () => ({
          message: `Key ${key} was inserted (${describe(winner)}), but the ${tableOf(final)} lacks it.`,
          operations: [winner, final],
        }),
        0,
        key,
      );
  }
}

/** What was read in the end: the table by its records, or by the entries of the index. */
const tableOf = ({ node, key }: Operation): string => (key === 'index' ? `index on ${node}` : `table on ${node}`);

function checkRow(
  final: Operation,
  key: string,
  who: unknown,
  inserts: readonly Operation[],
  findings: Findings<UniqueAnomaly>,
): void {
  const own = inserts.filter(({ value }) => value === who);
  if (own.some(({ outcome }) => outcome === 'ok')) return;
  const where = `the ${tableOf(final)} holds key ${key} from ${show(who)}`;
  const winner = inserts.find(({ outcome }) => outcome === 'ok');
  if (own.length === 0)
    findings.add(
      'unexpected',
      final.start,
      () => ({
        message: `Nobody inserted it, yet ${where}.`,
        operations: [final],
      }),
      0,
      key,
    );
  else if (own.every(({ outcome }) => outcome !== 'unknown'))
    findings.add(
      'dirty read',
      final.start,
      () => ({
        message: `${own.map(describe).join('; ')}; yet ${where}.`,
        operations: [...own, final],
      }),
      0,
      key,
    );
  else if (winner !== undefined)
    findings.add(
      'lost update',
      winner.start,
      () => ({
        message: `${describe(winner)} won, yet ${where}.`,
        operations: [winner, ...own, final],
      }),
      0,
      key,
    );
}

export const unique = {
  name: 'unique',
  anomalies: ANOMALIES,
  among: { duplicate: 'keys', lost: 'keys', 'lost update': 'keys', 'dirty read': 'keys' },
  shapes: { 'final-read': (value, operation) => operation.outcome !== 'ok' || isPairs(value, operation) },
  check: ({ operations }) => checkUnique(operations),
} as const satisfies Checker<UniqueAnomaly>;
