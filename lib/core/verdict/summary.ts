import { given } from '../given.ts';
import type { LoadPlan, MeasuredPhase } from '../load/load-plan.ts';
import { ERROR_OUTCOMES, type Outcome } from '../protocols/outcome.ts';
import type { Settings } from '../settings/settings.ts';
import { holds, isSuiteMetric, type Limit, samplesNeeded } from './limits.ts';

/** Raised when a field's meaning changes. */
export const SUMMARY_VERSION = 1;

/** Values of a metric by statistic (`count`, `p(95)`, …), by k6's name for metric and tags: `http_reqs{scenario:writes}`. */
export type MetricValues = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Milliseconds, from all operations of a phase. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** What one part of the load came to: a phase, or what one node or one protocol had of it. */
export interface Share {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Acknowledged operations a second. */
  readonly perSecond: number;
  readonly latency: Latency;
  /** Characters of the answers, and attempts that met a conflict; where protocols are compared. */
  readonly bytes?: number;
  readonly conflicts?: number;
}

/** What the load's figures are shown apart by. */
export interface Parts {
  readonly nodeNames: readonly string[];
  readonly protocols: readonly string[];
  /** With the protocols that each is sent by. Absent where a scenario has but one. */
  readonly operations?: readonly { readonly name: string; readonly protocols: readonly string[] }[];
  /** Scenarios of a mixed load. */
  readonly scenarios?: readonly string[];
}

/** One operation, and if there are several: by one protocol, and on one node. */
export interface OperationShare extends Share {
  readonly byNode: Readonly<Record<string, Share>>;
  readonly byProtocol: Readonly<Record<string, Share>>;
  /** By protocol and then by node; empty if there is one of either. */
  readonly byProtocolAndNode: Readonly<Record<string, Readonly<Record<string, Share>>>>;
}

export interface PhaseSummary extends Share {
  readonly name: string;
  readonly seconds: number;
  /** Peak operations a second that were asked for; absent in the closed model. */
  readonly rate?: number;
  /** Operations that were asked for; absent in the closed model. */
  readonly planned?: number;
  readonly dropped: number;
  /** Iterations that ended, where an iteration is several operations; absent in the closed model, if none is asked for. */
  readonly iterations?: number;
  readonly byOperation: Readonly<Record<string, OperationShare>>;
  /** What each scenario of a mixed load had of it; empty where one runs alone. */
  readonly byScenario: Readonly<Record<string, Share>>;
  readonly byNode: Readonly<Record<string, Share>>;
  readonly byProtocol: Readonly<Record<string, Share>>;
}

/**
 * `too few samples`: the percentile would rest on a handful of operations. `not applicable`: the load that was asked for
 * cannot reach the limit.
 */
export type LimitState = 'held' | 'broken' | 'too few samples' | 'not applicable';

export interface LimitResult {
  readonly limit: Limit;
  readonly state: LimitState;
  readonly measured: number;
  /** The instance that was farthest from the limit, where each has to keep it: a node, or the generator. */
  readonly instance?: string;
  /** Why nothing was measured, so that `measured` says nothing. */
  readonly reason?: string;
}

/** summary.json: what k6 measured in one run. */
export interface RunSummary {
  readonly summary: typeof SUMMARY_VERSION;
  readonly scenario: string;
  /** Name that the run was given (setting `run`), to distinguish results of several generators from those of another run. */
  readonly run?: string;
  /** Absent in summaries of earlier releases. */
  readonly seed?: number;
  readonly model: LoadPlan['model'];
  readonly phases: readonly PhaseSummary[];
  /** Attempts that were refused because of a concurrent transaction, in the whole run. */
  readonly conflicts: number;
  readonly limits: readonly LimitResult[];
  /** Profile breakpoint: the highest rate, operations a second, that held; 0 if none did. */
  readonly highestRate?: number;
  /** What its figures are shown apart by. */
  readonly apart: Parts;
  readonly metrics: MetricValues;
}

export interface SummaryInput extends Parts {
  readonly scenario: string;
  readonly settings: Settings;
  readonly plan: LoadPlan;
  readonly limits: readonly Limit[];
  readonly metrics: MetricValues;
}

type Tags = Readonly<Record<string, string>>;

/** Tags of every part that is shown apart, the whole first. */
export function tagsApart({ nodeNames, protocols, operations = [], scenarios = [] }: Parts): Tags[] {
  return [
    ...placesOf(nodeNames, protocols),
    ...scenarios.map((part) => ({ part })),
    ...operations.flatMap(({ name, protocols: own }) =>
      [...placesOf(nodeNames, own), ...crossings(nodeNames, own)].map((place) => ({ operation: name, ...place })),
    ),
  ];
}

/** The whole, and if there are several: each node, and each protocol. */
const placesOf = (nodeNames: readonly string[], protocols: readonly string[]): Tags[] => [
  {},
  ...apart('node', nodeNames),
  ...apart('protocol', protocols),
];

/** Each protocol on each node, if there are several of both. */
const crossings = (nodeNames: readonly string[], protocols: readonly string[]): Tags[] =>
  apart('protocol', protocols).flatMap((protocol) =>
    apart('node', nodeNames).map((node) => ({ ...protocol, ...node })),
  );

const apart = (tag: string, values: readonly string[]): Tags[] =>
  values.length > 1 ? values.map((value) => ({ [tag]: value })) : [];

/** k6's name of a metric narrowed to tags. */
export function metricKey(metric: string, tags: Tags): string {
  const pairs = Object.entries(tags).map(([tag, value]) => `${tag}:${value}`);
  return pairs.length > 0 ? `${metric}{${pairs.join(',')}}` : metric;
}

/** k6's name for the samples that a limit looks at. */
export function limitKey({ metric, tags, over }: Limit, phase: MeasuredPhase): string {
  return metricKey(metric, over === 'measured' ? { scenario: phase.name, ...tags } : tags);
}

/** Limits of a scenario for its part of a mixed load: of samples that are tagged with it, and titled with its name. */
export const limitsOfPart = (part: string, limits: readonly Limit[]): Limit[] =>
  limits.map(({ title, tags, ...limit }) => {
    const operation = tags.operation === undefined ? {} : { operation: `${part}/${tags.operation}` };
    return { ...limit, title: `${part}: ${title}`, tags: { ...tags, ...operation, part } };
  });

/** The limits of a run that k6 judges: those of its profile. */
export function limitsFor(limits: readonly Limit[], profile: Settings['profile']): Limit[] {
  return limits.filter((limit) => isOfProfile(limit, profile) && !isSuiteMetric(limit.metric));
}

export const isOfProfile = ({ profiles }: Limit, profile: Settings['profile']): boolean =>
  profiles === undefined || profiles.includes(profile);

export function summarise(input: SummaryInput): RunSummary {
  const { scenario, settings, plan, limits, metrics, nodeNames, protocols, operations = [], scenarios = [] } = input;
  const phases = plan.measured.map((phase) => summarisePhase(phase, input));
  const summary = {
    summary: SUMMARY_VERSION,
    scenario,
    ...given('run', settings.run),
    seed: settings.seed,
    model: plan.model,
    phases,
    conflicts: metrics.conflicts?.count ?? 0,
    limits: limits.map((limit) => judge(limit, plan, metrics)),
    apart: { nodeNames, protocols, operations, scenarios },
    metrics,
  } as const;
  if (settings.profile !== 'breakpoint') return summary;
  return { ...summary, highestRate: highestRateThatHeld(phases) };
}

function summarisePhase(
  phase: MeasuredPhase,
  { metrics, nodeNames, protocols, operations = [], scenarios = [] }: SummaryInput,
): PhaseSummary {
  const seconds = phase.milliseconds / 1000;
  const share = (tags: Tags): Share => {
    const part = { scenario: phase.name, ...tags };
    const trend = metrics[metricKey('operation_duration', part)] ?? {};
    const errors = ERROR_OUTCOMES.map(
      (outcome) => metrics[metricKey('operation_errors', { ...part, outcome })]?.count ?? 0,
    ) as [number, number, number];
    const [conflict, failed, unknown] = errors;
    const outcomes = { ok: (trend.count ?? 0) - conflict - failed - unknown, conflict, failed, unknown };
    const bytes = metrics[metricKey('response_bytes', part)]?.count;
    const conflicts = metrics[metricKey('conflicts', part)]?.count;
    return {
      outcomes,
      perSecond: outcomes.ok / seconds,
      ...(bytes === undefined ? {} : { bytes }),
      ...(conflicts === undefined ? {} : { conflicts }),
      latency: {
        p50: trend.med ?? 0,
        p90: trend['p(90)'] ?? 0,
        p95: trend['p(95)'] ?? 0,
        p99: trend['p(99)'] ?? 0,
        p999: trend['p(99.9)'] ?? 0,
        max: trend.max ?? 0,
      },
    };
  };
  const sharesBy = (tag: string, values: readonly string[], within: Tags = {}) =>
    Object.fromEntries(
      apart(tag, values).map((place, at) => [values[at] as string, share({ ...within, ...place })] as const),
    );
  const shareOf = ({ name: operation, protocols: own }: { name: string; protocols: readonly string[] }) => ({
    ...share({ operation }),
    byNode: sharesBy('node', nodeNames, { operation }),
    byProtocol: sharesBy('protocol', own, { operation }),
    byProtocolAndNode: Object.fromEntries(
      own.length > 1 ? own.map((protocol) => [protocol, sharesBy('node', nodeNames, { operation, protocol })]) : [],
    ),
  });
  const iterations =
    phase.rate === undefined ? undefined : metrics[metricKey('iterations', { scenario: phase.name })]?.count;
  return {
    name: phase.name,
    seconds,
    ...(phase.rate === undefined ? {} : { rate: phase.rate }),
    ...(phase.planned === undefined ? {} : { planned: phase.planned }),
    ...share({}),
    dropped: metrics[metricKey('dropped_iterations', { scenario: phase.name })]?.count ?? 0,
    ...(iterations === undefined ? {} : { iterations }),
    byOperation: Object.fromEntries(operations.map((operation) => [operation.name, shareOf(operation)])),
    byScenario: Object.fromEntries(scenarios.map((part) => [part, share({ part })])),
    byNode: sharesBy('node', nodeNames),
    byProtocol: sharesBy('protocol', protocols),
  };
}

function judge(limit: Limit, plan: LoadPlan, metrics: MetricValues): LimitResult {
  const [phase] = plan.measured;
  if (phase === undefined) throw new Error('a plan has at least one measured phase');
  const values = metrics[limitKey(limit, phase)] ?? {};
  const { count = 0 } = values;
  const measured = limit.statistic === 'rate' ? count / (phase.milliseconds / 1000) : (values[limit.statistic] ?? 0);
  const held = holds(measured, limit.comparison, limit.limit);
  if (!isReachable(limit, phase)) return { limit, measured, state: 'not applicable' };
  if (count < samplesNeeded(limit.statistic) && limit.statistic.startsWith('p('))
    return { limit, measured, state: 'too few samples' };
  return { limit, measured, state: held ? 'held' : 'broken' };
}

/** A least rate can only be asked of a load that is above it. */
export function isReachable({ statistic, comparison, limit }: Limit, { rate }: MeasuredPhase): boolean {
  return statistic !== 'rate' || !comparison.startsWith('>') || rate === undefined || rate > limit;
}

/** Share of the planned operations below which k6 did not keep its own schedule; the rest is rounding. */
const SCHEDULE_KEPT = 0.98;

/**
 * Whether k6 sent what was planned. It counts as dropped what it had no user for, but not what it never came to schedule
 * because it was short of CPU.
 */
export function isFullySent(phase: PhaseSummary): boolean {
  const { planned = 0, dropped } = phase;
  return iterationsOf(phase) + dropped >= planned * SCHEDULE_KEPT - 1;
}

/** Iterations that were started. One that k6 interrupted has an `unknown` operation. */
export function iterationsOf({ iterations, outcomes: { ok, conflict, failed, unknown } }: PhaseSummary): number {
  return iterations === undefined ? ok + conflict + failed + unknown : iterations + unknown;
}

/** Latency at which a rung no longer holds: PR-002's 95th percentile, milliseconds. */
const RUNG_LATENCY = 100;

function highestRateThatHeld(rungs: readonly PhaseSummary[]): number {
  let highest = 0;
  for (const rung of rungs) {
    const { rate = 0, dropped, outcomes, latency } = rung;
    const clean = dropped === 0 && outcomes.failed + outcomes.unknown === 0;
    if (!clean || latency.p95 >= RUNG_LATENCY || !isFullySent(rung)) break;
    highest = rate;
  }
  return highest;
}
