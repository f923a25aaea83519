import * as v from 'valibot';
import { PROFILE_NAMES } from '../load/profiles.ts';
import { PROTOCOLS } from '../protocols/protocols.ts';

/** What a limit protects: a broken `validity` limit says that the run cannot be trusted, not that the target is bad. */
export const LIMIT_KINDS = ['correctness', 'availability', 'performance', 'validity'] as const;

/** What clients saw of each fault of a run: lib/core/faults/judge.ts. */
export const FAULT_METRICS = ['fault_error_delay', 'fault_first_success', 'fault_recovery'] as const;
export type FaultMetric = (typeof FAULT_METRICS)[number];

/** Metrics that the suite takes itself, around k6, of each node and of each fault; all others are k6's. */
export const SUITE_METRICS = ['set_up', 'node_start_up', 'node_memory', 'generator_cpu', ...FAULT_METRICS] as const;
export type SuiteMetric = (typeof SUITE_METRICS)[number];

const tagName = v.picklist(['protocol', 'node', 'operation', 'outcome', 'part']);

const limitSchema = v.strictObject({
  requirement: v.pipe(v.string(), v.regex(/^[A-Z]{2,4}-\d{3}$/, 'an identifier such as PR-002')),
  title: v.pipe(v.string(), v.minLength(1)),
  kind: v.picklist(LIMIT_KINDS),
  metric: v.pipe(v.string(), v.regex(/^[a-z0-9_]+$/)),
  statistic: v.pipe(
    v.string(),
    v.regex(
      /^(count|rate|min|max|avg|med|p\(\d{1,2}(\.\d+)?\))$/,
      'count, rate (per second of the measured part), min, max, avg, med or p(N)',
    ),
  ),
  comparison: v.picklist(['<', '<=', '==', '>=', '>']),
  limit: v.number(),
  unit: v.picklist(['', 'ms', 's', 'MB', '%', '/s']),
  /** Narrows the metric: a limit of one node, one protocol, one operation, or one part of a mixed load. */
  tags: v.optional(v.record(tagName, v.string()), {}),
  /** Profiles that it applies to; all where absent. */
  profiles: v.optional(v.array(v.picklist(PROFILE_NAMES))),
  /** Whether the metric's samples are those of the measured part alone, or of the whole run. */
  over: v.optional(v.picklist(['measured', 'run']), 'measured'),
  /** What it takes to meet the limit, for readers of a report. */
  needs: v.optional(v.string()),
});

const limitsFileSchema = v.strictObject({
  $schema: v.optional(v.string()),
  limits: v.array(limitSchema),
});

/** One limit beside the requirement it stands for. */
export type Limit = v.InferOutput<typeof limitSchema>;

/** Thrown where a file of limits is wrong: names file, place and valid values. */
export class LimitsError extends Error {}

/**
 * Checks the content of a thresholds/*.json file.
 * @param file name for messages
 * @throws LimitsError
 */
export function parseLimits(file: string, content: unknown): Limit[] {
  const result = v.safeParse(limitsFileSchema, content);
  if (!result.success) {
    const problems = result.issues.map((issue) => `${file}: ${v.getDotPath(issue) ?? 'content'}: ${issue.message}`);
    throw new LimitsError(problems.join('\n'));
  }
  for (const { tags, title, metric, statistic } of result.output.limits) {
    if (tags.protocol !== undefined && !PROTOCOLS.some((protocol) => protocol === tags.protocol))
      throw new LimitsError(`${file}: "${title}": protocol must be one of ${PROTOCOLS.join(', ')}.`);
    if (isSuiteMetric(metric) && (statistic === 'rate' || Object.keys(tags).length > 0))
      throw new LimitsError(
        `${file}: "${title}": ${metric} is measured per node or per fault: remove its tags, and use another statistic than rate.`,
      );
  }
  return result.output.limits;
}

export const isFaultMetric = (metric: string): metric is FaultMetric => FAULT_METRICS.some((name) => name === metric);
export const isSuiteMetric = (metric: string): metric is SuiteMetric => SUITE_METRICS.some((name) => name === metric);

/** Samples that a percentile needs: ten beyond it, so that one outlier does not make it. */
export function samplesNeeded(statistic: string): number {
  const percentile = /^p\((.+)\)$/.exec(statistic)?.[1];
  return percentile === undefined ? 1 : Math.ceil(Number((1000 / (100 - Number(percentile))).toFixed(6)));
}

export function holds(measured: number, comparison: Limit['comparison'], limit: number): boolean {
  switch (comparison) {
    case '<':
      return measured < limit;
    case '<=':
      return measured <= limit;
    case '==':
      return measured === limit;
    case '>=':
      return measured >= limit;
    case '>':
      return measured > limit;
  }
}
