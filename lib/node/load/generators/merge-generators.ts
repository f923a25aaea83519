import { UNKNOWN_SKEW } from '../../../core/history/clock-cost.ts';
import type { ClockSource, Skew } from '../../../core/history/clocks.ts';
import type { GeneratorShare } from '../../../core/load/generator-share.ts';
import type { LoadPlan } from '../../../core/load/load-plan.ts';
import type { Settings } from '../../../core/settings/settings.ts';
import { mergeMetrics } from '../../../core/verdict/merged-metrics.ts';
import type { Finding } from '../../../core/verdict/run-verdict.ts';
import { limitKey, type RunSummary, summarise, tagsApart } from '../../../core/verdict/summary.ts';
import { writeJson } from '../../system/files.ts';
import { MergedDurations } from '../history/merged-durations.ts';
import { mergeHistories } from '../history/merged-history.ts';
import type { K6Files } from '../run-folder.ts';
import { readSummary } from '../run-folder.ts';
import type { Generator } from './run-generators.ts';

export interface Merged {
  /** Without what they used of their machines, which no history tells. */
  readonly shares: readonly GeneratorShare[];
  /** Why the whole cannot be trusted, where it cannot. */
  readonly findings: readonly Finding[];
  /**
   * Whether the history suffices for checkers. What a generator that died wrote last is in none, and would look like values
   * from nowhere; without its clock it is the order that would deceive.
   */
  readonly isWhole: boolean;
}

export interface MergeInput {
  /** In the order of their numbers, the first first: its clock is the common one, and its history has the header. */
  readonly generators: readonly Generator[];
  /** How their clocks are compared. */
  readonly clocks: ClockSource;
  /** Where `history.ndjson` and `summary.json` of the whole go. */
  readonly folder: Pick<K6Files, 'file'>;
  readonly plan: LoadPlan;
  readonly settings: Settings;
}

/**
 * Makes one run of several generators' results, whether they ran here or came from elsewhere: one history on the clock of the
 * first, and a summary that is judged on the whole. Counters add up; percentiles come from the operations themselves.
 * @throws Failure where the first has no history
 */
export async function mergeGenerators({ generators, clocks, folder, plan, settings }: MergeInput): Promise<Merged> {
  const summaries = await Promise.all(generators.map(({ files }) => readSummary(files)));
  const known = summaries.filter((summary) => summary !== undefined);
  const [any] = known;
  if (any === undefined) return { shares: [], findings: [], isWhole: false };
  const ofLimits = any.limits.flatMap(({ limit }) => (limit.metric === 'operation_duration' ? [limit.tags] : []));
  const durations = new MergedDurations(plan, uniqueTags([...tagsApart(any.apart), ...ofLimits]));

  const histories = generators.map(({ number, files }) => ({ number, path: files.file('history.ndjson') }));
  const { skews, counts } = await mergeHistories(histories, folder.file('history.ndjson'), clocks, durations);

  const exact = durations.metrics();
  const metrics = mergeMetrics(
    known.map((summary) => summary.metrics),
    exact,
  );
  const limits = any.limits.map(({ limit }) => limit);
  const summary = summarise({ scenario: any.scenario, settings, plan, limits, metrics, ...any.apart });
  await writeJson(folder.file('summary.json'), summary);

  const shares = generators.map(({ number, death }, index) => {
    const dropped = summaries[index]?.phases.reduce((sum, phase) => sum + phase.dropped, 0) ?? 0;
    return {
      generator: number,
      operations: counts[index] ?? 0,
      dropped,
      ...(skews[index] ?? UNKNOWN_SKEW),
      ...(death === undefined ? {} : { death }),
    };
  });
  const gaps = [...deaths(generators), ...unclear(generators, skews), ...unrecorded(known, exact)];
  return { shares, findings: [...gaps, ...unjudged(summary, plan)], isWhole: gaps.length === 0 };
}

const deaths = (generators: readonly Generator[]): Finding[] =>
  generators.flatMap(({ number, death }) =>
    death === undefined
      ? []
      : [
          {
            kind: 'validity',
            message: `Generator ${number} ${death}, so part of the load was not sent. Results of the others are kept. Its log: generators/${number}/k6.log.`,
          },
        ],
  );

const unclear = (generators: readonly Generator[], skews: readonly (Skew | undefined)[]): Finding[] =>
  generators.flatMap(({ number }, index) =>
    skews[index] !== undefined
      ? []
      : [
          {
            kind: 'validity',
            message: `Generator ${number} recorded no clock, so the order of its operations is unknown.`,
          },
        ],
  );

/** Limits on percentiles that are known of each generator alone. */
const unjudged = ({ limits, metrics }: RunSummary, { measured: [phase] }: LoadPlan): Finding[] =>
  limits.flatMap(({ limit }) => {
    const values = phase && metrics[limitKey(limit, phase)];
    if (values === undefined || limit.statistic === 'rate' || limit.statistic in values) return [];
    return [
      {
        kind: 'validity',
        message: `"${limit.title}" cannot be judged with several generators, because ${limit.statistic} of ${limit.metric} is known only per generator. Use operation_duration over the measured phase, or one generator.`,
      },
    ];
  });

/** Operations that k6 counted and no history holds. */
function unrecorded(summaries: readonly RunSummary[], exact: RunSummary['metrics']): Finding[] {
  return Object.entries(exact).flatMap(([key, { count = 0 }]) => {
    const counted = summaries.reduce((sum, { metrics }) => sum + (metrics[key]?.count ?? 0), 0);
    if (counted <= count) return [];
    return [
      { kind: 'validity', message: `k6 counted ${counted} samples of ${key}, but the histories contain ${count}.` },
    ];
  });
}

function uniqueTags<T extends object>(tags: readonly T[]): T[] {
  return [...new Map(tags.map((each) => [JSON.stringify(each), each])).values()];
}
