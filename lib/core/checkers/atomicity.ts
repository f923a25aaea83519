import type { Operation } from '../history/history.ts';
import { covers, type Found, LETTERS, lettersFound, lettersOf, type Range, tableOf } from '../workloads/scattered.ts';
import type { Checker, CheckOptions } from './checker.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import { describe } from './shared/describe.ts';
import { conclude, Findings, Tally } from './shared/findings.ts';

const ANOMALIES = {
  lost: 'A transaction was acknowledged, but none of its records is there at the end.',
  torn: 'Some records of a transaction are there at the end, and others are not.',
  'torn read': 'A read in one snapshot saw some records of a transaction, and not the others.',
  vanished: 'A read saw a transaction that a later read, or the end, does not have.',
  'stale read': 'A read began after a transaction was acknowledged, and did not see it.',
  'dirty read': 'Records of a transaction that was refused are there.',
  unexpected: 'A record is there that nobody wrote, or that was written once and is there twice.',
} as const;

type AtomicityAnomaly = keyof typeof ANOMALIES;

/** A transaction, and when it was known to be there: acknowledged, or seen by a read. */
interface Write {
  readonly operation: Operation;
  acknowledged: number;
  seen: number;
  seenBy: Operation | undefined;
}

/**
 * Transactions over several records are whole or absent, durable once acknowledged, and visible from then on.
 *
 * Operations: `write` (key: the id that its records share, which ends with the letters of their tables) · `read` (value:
 * [[from, before], ids by table], in one snapshot) · `final-read` (value: ids by table, everything at the end).
 */
export function checkAtomicity(
  operations: Iterable<Operation>,
  { mode }: CheckOptions = {},
): CheckVerdict<AtomicityAnomaly> {
  const findings = new Findings<AtomicityAnomaly>();
  const tally = new Tally();
  const writes = new Map<string, Write>();
  const bySecond = new Map<string, string[]>();
  const reads: { operation: Operation; range: Range; letters: Map<string, string> }[] = [];
  const finals: { operation: Operation; letters: Map<string, string> }[] = [];
  for (const operation of operations) {
    tally.add(operation);
    const { f, key = '', outcome, value, end } = operation;
    if (f === 'write') {
      const acknowledged = outcome === 'ok' && end !== undefined ? end : Number.POSITIVE_INFINITY;
      writes.set(key, { operation, acknowledged, seen: Number.POSITIVE_INFINITY, seenBy: undefined });
      const second = secondOf(key);
      bySecond.set(second, [...(bySecond.get(second) ?? []), key]);
    } else if (outcome === 'ok' && f === 'read') {
      const [range, found] = value as [Range, Found];
      reads.push({ operation, range, letters: lettersFound(found) });
    } else if (outcome === 'ok' && f === 'final-read')
      finals.push({ operation, letters: lettersFound(value as Found) });
  }
  for (const { operation, letters } of reads) checkFound(operation, letters, writes, findings, 'torn read');
  for (const { operation, letters } of finals) checkFound(operation, letters, writes, findings, 'torn');
  noteSightings(reads, writes);
  for (const read of reads) checkMissing(read, idsIn(read.range, bySecond), writes, findings, mode === 'eventual');
  for (const final of finals) checkDurable(final, writes, findings);
  const counts = { ...tally.counts, transactions: writes.size, reads: reads.length, 'final reads': finals.length };
  return conclude('atomicity', counts, findings, {
    valid: writes.size > 0 && finals.length > 0 ? 'valid' : 'unknown',
    explanation:
      writes.size > 0 && finals.length > 0
        ? `All of ${writes.size} transactions are whole or absent, and every acknowledged one is there.`
        : 'Nothing was written, or nothing was read at the end, so nothing is known.',
  });
}

const secondOf = (id: string): string => id.slice(0, id.indexOf('u'));

const idsIn = (range: Range, bySecond: ReadonlyMap<string, readonly string[]>): string[] => {
  const [from, before] = range;
  const [slice, first = '0'] = from.split('x');
  const [, last = '0'] = before.split('x');
  const ids: string[] = [];
  for (let second = Number(first); second < Number(last); second++)
    ids.push(...(bySecond.get(`${slice}x${String(second).padStart(first.length, '0')}`) ?? []));
  return ids.filter((id) => covers(range, id));
};

/** In which tables a read saw the records of a transaction, and in which it did not. */
function tablesText({ node, f, value }: Operation, id: string): string {
  const found = f === 'read' ? (value as [Range, Found])[1] : (value as Found);
  const isThere = (letter: string) => (found[LETTERS.indexOf(letter as (typeof LETTERS)[number])] ?? []).includes(id);
  const [there, missing] = [true, false].map((wanted) =>
    [...lettersOf(id)].filter((letter) => isThere(letter) === wanted).map(tableOf),
  ) as [string[], string[]];
  const lacks = missing.length === 0 ? '' : `, and lacks it in ${missing.join(', ')}`;
  return `${node} has it in ${there.join(', ')}${lacks}`;
}

/** The transaction and its records, for a sentence. */
const named = ({ operation }: Write): string => {
  const letters = lettersOf(operation.key ?? '');
  return `Transaction ${operation.key} (${[...letters].map(tableOf).join(', ')}; ${describe(operation)})`;
};

/** What is there must have been written, and be whole. */
function checkFound(
  read: Operation,
  found: ReadonlyMap<string, string>,
  writes: ReadonlyMap<string, Write>,
  findings: Findings<AtomicityAnomaly>,
  torn: 'torn' | 'torn read',
): void {
  const { node, start } = read;
  for (const [id, letters] of found) {
    const write = writes.get(id);
    if (write === undefined) {
      const message = `${node} has record ${id}, which nobody wrote.`;
      findings.add('unexpected', start, () => ({ message, operations: [read] }), 0, id);
      continue;
    }
    const { operation } = write;
    const evidence = (text: string) => () => ({
      message: `${named(write)} ${text}.`,
      operations: [operation, read],
      contradiction: { earlier: 0, later: 1, reason: tablesText(read, id) },
    });
    if (operation.outcome === 'failed' || operation.outcome === 'conflict')
      findings.add('dirty read', operation.start, evidence(`was refused, yet ${node} has it`), 0, id);
    const all = [...lettersOf(id)];
    const there = all.filter((letter) => letters.includes(letter)).length;
    if (there < all.length) {
      const text = `has ${there} of its ${all.length} records on ${node}`;
      findings.add(torn, operation.start, evidence(text), all.length - there, id);
    }
    const others = [...letters].filter((letter, at) => !all.includes(letter) || letters.indexOf(letter) < at);
    if (others.length > 0) {
      const text = `has another record in ${others.map(tableOf).join(', ')} on ${node}`;
      findings.add('unexpected', read.start, evidence(text), others.length, id);
    }
  }
}

function noteSightings(
  reads: readonly { operation: Operation; letters: ReadonlyMap<string, string> }[],
  writes: ReadonlyMap<string, Write>,
): void {
  for (const { operation, letters } of reads)
    for (const id of letters.keys()) {
      const write = writes.get(id);
      const { end = Number.POSITIVE_INFINITY } = operation;
      if (write === undefined || end >= write.seen) continue;
      write.seen = end;
      write.seenBy = operation;
    }
}

/** What was there before a read began must be in it. */
function checkMissing(
  { operation: read, letters }: { operation: Operation; letters: ReadonlyMap<string, string> },
  ids: readonly string[],
  writes: ReadonlyMap<string, Write>,
  findings: Findings<AtomicityAnomaly>,
  mayBeStale: boolean,
): void {
  for (const id of ids) {
    const write = writes.get(id);
    if (write === undefined || letters.has(id)) continue;
    if (write.seen < read.start && write.seenBy !== undefined) vanished(write, read, findings);
    else if (write.acknowledged < read.start && !mayBeStale) {
      const message = `${named(write)} was acknowledged, but a read at ${read.node} afterwards lacks it.`;
      const reason = 'it was acknowledged before the read began, and the read lacks it';
      const evidence = {
        message,
        operations: [write.operation, read],
        contradiction: { earlier: 0, later: 1, reason },
      };
      findings.add('stale read', read.start, () => evidence, 0, id);
    }
  }
}

function vanished(write: Write, read: Operation, findings: Findings<AtomicityAnomaly>): void {
  const { operation, seenBy } = write;
  if (seenBy === undefined) return;
  const when = read.f === 'final-read' ? 'at the end' : 'later';
  const message = `${named(write)} was read at ${seenBy.node}, but ${when} ${read.node} lacks it.`;
  const contradiction = {
    earlier: 1,
    later: 2,
    reason: `${seenBy.node} had shown it, and ${when} ${read.node} lacks it`,
  };
  const evidence = () => ({ message, operations: [operation, seenBy, read], contradiction });
  findings.add('vanished', read.start, evidence, 0, operation.key);
}

/** What was acknowledged, or seen, before the end was read must be there. */
function checkDurable(
  { operation: final, letters }: { operation: Operation; letters: ReadonlyMap<string, string> },
  writes: ReadonlyMap<string, Write>,
  findings: Findings<AtomicityAnomaly>,
): void {
  for (const [id, write] of writes) {
    if (letters.has(id)) continue;
    if (write.acknowledged < final.start) {
      const message = `${named(write)} was acknowledged, but at the end ${final.node} has none of its records.`;
      const reason = `it was acknowledged, and at the end ${final.node} has none of its records`;
      const evidence = {
        message,
        operations: [write.operation, final],
        contradiction: { earlier: 0, later: 1, reason },
      };
      findings.add('lost', write.operation.start, () => evidence, 0, id);
    } else if (write.seen < final.start) vanished(write, final, findings);
  }
}

export const atomicity = {
  name: 'atomicity',
  anomalies: ANOMALIES,
  among: {
    lost: 'transactions',
    torn: 'transactions',
    'torn read': 'transactions',
    vanished: 'transactions',
    'stale read': 'transactions',
    'dirty read': 'transactions',
  },
  check: ({ operations }, options) => checkAtomicity(operations, options),
} as const satisfies Checker<AtomicityAnomaly>;
