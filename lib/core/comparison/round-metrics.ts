import { OUTCOMES, type Outcome } from '../protocols/outcome.ts';
import { samplesNeeded } from '../verdict/limits.ts';
import type { PhaseSummary, RunSummary, Share } from '../verdict/summary.ts';

/** A figure by which two arms are compared. */
export interface Metric {
  /** E.g. `p95`, `p95 of create`, `errors`. */
  readonly name: string;
  readonly unit: 'ms' | '/s' | '%';
  readonly better: 'lower' | 'higher';
  /** Arms are compared by the ratio of their values, or by the difference for shares, which may be zero. */
  readonly scale: 'ratio' | 'difference';
}

/** A metric with its value in one round. */
export interface Measured extends Metric {
  readonly value: number;
}

/** The kinds of metrics, as gates name them. */
export const METRIC_KINDS = ['throughput', 'p50', 'p95', 'p99', 'errors', 'cpu'] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];

export const kindOf = ({ name }: Metric): MetricKind =>
  METRIC_KINDS.find((kind) => name === kind || name.startsWith(`${kind} of `)) ?? 'cpu';

const PERCENTILES = [
  ['p50', 50],
  ['p95', 95],
  ['p99', 99],
] as const;

/**
 * Metrics of one round, for all operations and for each kind if there are several. Percentiles of too few operations are
 * omitted, and so is the throughput of the open model, which is an input.
 * @param cores mean cores used by the nodes in the measured part, if known
 */
export function metricsOf({ phases, model }: Pick<RunSummary, 'phases' | 'model'>, cores?: number): Measured[] {
  const [phase] = phases;
  if (phase === undefined) return [];
  const operations = Object.entries(phase.byOperation);
  const done = countOf(phase.outcomes);
  return [
    ...(model === 'closed' ? [throughput('', phase)] : []),
    ...latencies('', phase),
    ...(operations.length < 2 ? [] : operations.flatMap(([name, share]) => latencies(` of ${name}`, share))),
    {
      name: 'errors',
      unit: '%',
      better: 'lower',
      scale: 'difference',
      value: shareNotDone(phase),
    },
    ...(cores === undefined || done === 0
      ? []
      : [
          {
            name: 'cpu',
            unit: 'ms',
            better: 'lower',
            scale: 'ratio',
            value: (cores * 1000 * phase.seconds) / done,
          } as const,
        ]),
  ];
}

function throughput(of: string, { perSecond }: Share): Measured {
  return { name: `throughput${of}`, unit: '/s', better: 'higher', scale: 'ratio', value: perSecond };
}

function latencies(of: string, { latency, outcomes }: Share): Measured[] {
  const count = countOf(outcomes);
  return PERCENTILES.filter(([, percent]) => count >= samplesNeeded(`p(${percent})`) && count > 0).map(([name]) => ({
    name: `${name}${of}`,
    unit: 'ms',
    better: 'lower',
    scale: 'ratio',
    value: latency[name],
  }));
}

const countOf = (outcomes: Readonly<Record<Outcome, number>>): number =>
  OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);

/** Percentage of requested operations without an acknowledgement: failed, unknown, or dropped because all VUs were busy. */
function shareNotDone({ outcomes, dropped }: PhaseSummary): number {
  const asked = countOf(outcomes) + dropped;
  return asked === 0 ? 100 : ((asked - outcomes.ok) / asked) * 100;
}
