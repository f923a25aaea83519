import type { Operation } from '../../history/history.ts';
import type { AnomalySummary, CheckVerdict, Evidence, Validity } from './check-verdict.ts';
import { abridge } from './describe.ts';

interface Finding {
  count: number;
  firstAt: number;
  first: () => Evidence;
  worstWeight: number;
  worst: () => Evidence;
  readonly subjects: Set<unknown>;
}

/** Collects what a checker finds; keeps the first and the worst of each kind. Evidence is written at the end only. */
export class Findings<Kind extends string> {
  readonly #kinds = new Map<Kind, Finding>();

  /**
   * @param at when it happened, milliseconds: the earliest is shown first.
   * @param weight how grave it is; the same for all if the kind has no measure.
   * @param subject what it happened to, if several reads or nodes show the same anomaly: it is counted once.
   */
  add(kind: Kind, at: number, evidence: () => Evidence, weight = 0, subject?: unknown): void {
    const known = this.#kinds.get(kind);
    if (known === undefined) {
      this.#kinds.set(kind, {
        count: 1,
        firstAt: at,
        first: evidence,
        worstWeight: weight,
        worst: evidence,
        subjects: new Set([subject]),
      });
      return;
    }
    if (subject === undefined || !known.subjects.has(subject)) known.count++;
    if (subject !== undefined) known.subjects.add(subject);
    if (at < known.firstAt) {
      if (weight === known.worstWeight) known.worst = evidence;
      known.firstAt = at;
      known.first = evidence;
    }
    if (weight > known.worstWeight) {
      known.worstWeight = weight;
      known.worst = evidence;
    }
  }

  summaries(): AnomalySummary<Kind>[] {
    return [...this.#kinds].map(([kind, { count, first, worst }]) => ({
      kind,
      count,
      first: abridged(first()),
      ...(worst === first ? {} : { worst: abridged(worst()) }),
    }));
  }
}

const abridged = (evidence: Evidence): Evidence => ({ ...evidence, operations: evidence.operations.map(abridge) });

/** Counts operations by outcome. */
export class Tally {
  readonly #counts = { operations: 0, ok: 0, conflict: 0, failed: 0, unknown: 0 };

  add({ outcome }: Operation): void {
    this.#counts.operations++;
    this.#counts[outcome]++;
  }

  get counts(): Readonly<Record<'operations' | Operation['outcome'], number>> {
    return this.#counts;
  }

  /** The same of writes: what became of them. */
  get writes(): Readonly<Record<'acknowledged' | 'refused' | 'unknown', number>> {
    const { ok, conflict, failed, unknown } = this.#counts;
    return { acknowledged: ok, refused: failed + conflict, unknown };
  }
}

/** Makes the verdict: invalid if anything was found, otherwise what the checker says of a clean history. */
export function conclude<Kind extends string>(
  checker: string,
  counts: CheckVerdict['counts'],
  findings: Findings<Kind>,
  clean: { readonly valid: Validity; readonly explanation: string },
): CheckVerdict<Kind> {
  const anomalies = findings.summaries();
  if (anomalies.length === 0) return { checker, counts, anomalies, ...clean };
  return { checker, valid: 'invalid', counts, anomalies, explanation: explain(anomalies) };
}

export function explain(anomalies: readonly AnomalySummary[]): string {
  const found = anomalies.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
  return `Found ${found}; the first: ${anomalies[0]?.first.message}`;
}
