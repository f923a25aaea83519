import type { History } from '../history/history.ts';
import { NO_GUESTS } from '../workloads/blog.ts';
import type { Checker } from './checker.ts';
import type { AnomalySummary, CheckVerdict } from './shared/check-verdict.ts';

const ANOMALIES = {
  'foreign edit': 'A client read a value in a record of its own that it had not written.',
  'leaked draft': 'An answer showed a record that its reader may not see.',
  'wrong answer': 'An answer was not what the workload says it must be.',
  'wrong record': 'An answer showed another record than was asked for, or one with the wrong content.',
} as const;

export type FindingKind = keyof typeof ANOMALIES;

/** What clients of a scenario see in an answer by themselves: its metric, and its function in the history; gravest first. */
export const FINDINGS = {
  'foreign edit': { metric: 'foreign_edits', f: 'saw-foreign-edit' },
  'leaked draft': { metric: 'leaked_drafts', f: 'saw-leaked-draft' },
  'wrong answer': { metric: 'wrong_answers', f: 'saw-wrong-answer' },
  'wrong record': { metric: 'wrong_records', f: 'saw-wrong-record' },
} as const satisfies Record<FindingKind, { readonly metric: string; readonly f: string }>;

const UNTRIED = ' What guests see was not tried: the nodes allow none (SURREAL_CAPS_ALLOW_GUESTS=true does).';

/** Collects what the scenario's clients found wrong in answers, while the load went on. */
export function checkAnswers({ operations }: History): CheckVerdict<FindingKind> {
  const anomalies: AnomalySummary<FindingKind>[] = [];
  for (const kind of Object.keys(FINDINGS) as FindingKind[]) {
    const found = operations.filter(({ f }) => f === FINDINGS[kind].f);
    const [first] = found;
    if (first === undefined) continue;
    const message = `${first.key} on ${first.node} by ${first.protocol}: ${String(first.value)}`;
    anomalies.push({ kind, count: found.length, first: { message, operations: [first] } });
  }
  const kinds = new Set<string>(Object.values(FINDINGS).map(({ f }) => f));
  const asked = operations.filter(({ f }) => !kinds.has(f));
  const acknowledged = asked.filter(({ outcome }) => outcome === 'ok').length;
  const guestsRefused = asked.filter(({ error }) => error === NO_GUESTS).length;
  return {
    checker: 'answers',
    valid: anomalies.length > 0 ? 'invalid' : 'valid',
    counts: {
      operations: asked.length,
      acknowledged,
      ...(guestsRefused > 0 ? { 'guests refused': guestsRefused } : {}),
    },
    anomalies,
    explanation:
      anomalies.length > 0
        ? anomalies.map(({ kind, count }) => `${count} × ${kind}`).join(', ')
        : `The content of all ${acknowledged} answers was what it had to be.${guestsRefused > 0 ? UNTRIED : ''}`,
  };
}

export const answers = {
  name: 'answers',
  anomalies: ANOMALIES,
  among: {},
  check: checkAnswers,
} as const satisfies Checker<FindingKind>;
