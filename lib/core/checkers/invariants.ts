import type { History, Operation } from '../history/history.ts';
import type { Checker } from './checker.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';

const ANOMALIES = {
  'broken invariant': 'A query of the workload returned rows that its author says must never be there.',
} as const;

type Kind = keyof typeof ANOMALIES;

/** Function of a reading of an invariant: `key` is its name, `value` the rows that break it. */
export const INVARIANT = 'invariant';

/** Operations before a broken reading that are shown with it, and how far back they are looked for, milliseconds. */
const SHOWN = 6;
const LOOK_BACK = 10_000;

/** Every reading of an invariant must be empty. */
export function checkInvariants({ operations }: History) {
  const findings = new Findings<Kind>();
  const tally = new Tally();
  const readings = new Map<string, number>();
  for (const reading of operations) {
    if (reading.f !== INVARIANT) continue;
    tally.add(reading);
    if (reading.outcome !== 'ok') continue;
    const name = reading.key ?? '';
    readings.set(name, (readings.get(name) ?? 0) + 1);
    const rows = reading.value as readonly unknown[];
    if (rows.length === 0) continue;
    findings.add('broken invariant', reading.start, () => {
      const before = around(reading, rows, operations);
      const reason = `after these operations "${name}" has ${rows.length} ${rows.length === 1 ? 'row' : 'rows'} on ${reading.node}: ${excerpt(rows)}`;
      const contradiction = { earlier: before.length - 1, later: before.length, reason };
      return {
        message: `"${name}" was broken on ${reading.node} at ${(reading.start / 1000).toFixed(2)} s by ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}: ${excerpt(rows)}.`,
        operations: [...before, reading],
        ...(before.length === 0 ? {} : { contradiction }),
      };
    });
  }
  const counts = { ...tally.counts, invariants: readings.size };
  const unread = tally.counts.ok === 0 && tally.counts.operations > 0;
  return conclude('invariants', counts, findings, {
    valid: unread ? 'unknown' : 'valid',
    explanation: unread
      ? 'No reading of an invariant was answered.'
      : `All ${tally.counts.ok} readings of ${readings.size} invariants were empty.`,
  });
}

const excerpt = (rows: readonly unknown[]): string => JSON.stringify(rows.slice(0, 3)).slice(0, 300);

/** The operations on the records of the rows, shortly before the reading. */
function around({ start }: Operation, rows: readonly unknown[], operations: readonly Operation[]): Operation[] {
  const records = new Set(JSON.stringify(rows).match(/\b\w+:\w+\b/g) ?? []);
  const touches = ({ key, value }: Operation): boolean =>
    (key !== undefined && records.has(key)) ||
    (JSON.stringify(value) ?? '').match(/\b\w+:\w+\b/g)?.some((id) => records.has(id)) === true;
  return operations
    .filter((it) => it.f !== INVARIANT && it.start <= start && it.start > start - LOOK_BACK && touches(it))
    .slice(-SHOWN);
}

export const invariants = {
  name: 'invariants',
  anomalies: ANOMALIES,
  among: { 'broken invariant': 'operations' },
  check: checkInvariants,
} as const satisfies Checker<Kind>;
