import { CHECKERS } from '../checkers/index.ts';
import type { AnomalySummary, CheckVerdict } from '../checkers/shared/check-verdict.ts';
import type { Operation } from '../history/history.ts';
import type { Finding } from './run-verdict.ts';

/**
 * What checkers found, for a reader who does not know them: what happened to the data, how often, and since when. The
 * checker's own precise sentence is the `detail`.
 */
export const findingsOfChecks = (checks: readonly CheckVerdict[]): Finding[] => checks.flatMap(findingsOfCheck);

function findingsOfCheck(check: CheckVerdict): Finding[] {
  const { checker, valid, anomalies, explanation } = check;
  if (valid === 'valid') return [];
  if (valid === 'unknown')
    return [{ kind: 'validity', message: `Checker ${checker} reached no verdict: ${explanation}` }];
  return byStart(anomalies).map((anomaly) => ({
    kind: 'correctness',
    message: anomalyHeadline(check, anomaly),
    detail: `${anomaly.kind} (checker ${checker}): ${anomaly.first.message}`,
  }));
}

/** What identifies a kind of anomaly in links and names of files: `append-g-single`. */
export const anomalyId = (checker: string, kind: string): string =>
  `${checker}-${kind}`.replace(/\W+/g, '-').toLowerCase();

/** Anomalies in the order in which they began: the first one is closest to the cause of the others. */
export const byStart = (anomalies: readonly AnomalySummary[]): AnomalySummary[] =>
  [...anomalies].sort((a, b) => startOf(a) - startOf(b));

const startOf = ({ first }: AnomalySummary): number => first.operations[0]?.start ?? Number.POSITIVE_INFINITY;

/** `The ledger holds a transfer more than once: 7 of 1528 transfers, first t1n0 at 0.19 s on surreal-2.` */
export function anomalyHeadline({ checker, counts }: CheckVerdict, { kind, count, first }: AnomalySummary): string {
  const definition = CHECKERS.get(checker.slice(checker.lastIndexOf('/') + 1));
  const meaning = definition?.anomalies[kind] ?? kind;
  const noun = definition?.among?.[kind];
  const total = noun === undefined ? undefined : counts[noun];
  const often =
    total === undefined || total < count
      ? `${count} ${count === 1 ? 'time' : 'times'}`
      : `${count} of ${total} ${noun}`;
  const [operation] = first.operations;
  return `${meaning.replace(/\.$/, '')}: ${often}${operation === undefined ? '' : `, first ${placeOf(operation, first.subject)}`}.`;
}

function placeOf(operation: Operation, subject = subjectOf(operation)): string {
  const what = subject === undefined ? '' : `${subject} `;
  return `${what}at ${(operation.start / 1000).toFixed(2)} s on ${operation.node}`;
}

/** Characters; what is longer is content, such as that of a final read, and no name. */
const LONGEST_NAME = 60;

/** The record, register, account or element that an operation is about; undefined if it is about many. */
export function subjectOf({ key, value }: Pick<Operation, 'key' | 'value'>): string | undefined {
  if (key !== undefined && key !== '') return key;
  if (typeof value === 'number' || (typeof value === 'string' && value.length <= LONGEST_NAME)) return String(value);
  const id = (value as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'number' || typeof id === 'string' ? String(id) : undefined;
}
