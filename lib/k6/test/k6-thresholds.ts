import common from '../../../thresholds/common.json';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import { ERROR_OUTCOMES } from '../../core/protocols/outcome.ts';
import { type Limit, parseLimits } from '../../core/verdict/limits.ts';
import {
  isReachable,
  limitKey,
  limitsFor,
  limitsOfPart,
  metricKey,
  type Parts,
  tagsApart,
} from '../../core/verdict/summary.ts';
import { settings } from '../setup/environment.ts';

const custom = settings.thresholds;

/** Limits of one scenario, as thresholds/NAME.json has them. */
export interface OwnLimits {
  readonly name: string;
  readonly content: unknown;
}

const parsed = ({ name, content }: OwnLimits): Limit[] => parseLimits(`thresholds/${name}.json`, content);

/** The limits of this run: thresholds/common.json and the scenario's own, or those of the file that the user named. */
export const limitsOf = (own: OwnLimits): Limit[] => ofThisRun(() => parsed(own));

/** The same for a mixed load: the own limits of each part hold for what is its. */
export const limitsOfParts = (parts: readonly OwnLimits[]): Limit[] =>
  ofThisRun(() => parts.flatMap((own) => limitsOfPart(own.name, parsed(own))));

function ofThisRun(own: () => Limit[]): Limit[] {
  const all =
    custom === undefined
      ? [...parseLimits('thresholds/common.json', common), ...own()]
      : parseLimits(custom, JSON.parse(open(custom)));
  return limitsFor(all, settings.profile);
}

/** k6's thresholds: the limits, and an empty list for each metric that is only to be kept apart. */
export function k6Thresholds(limits: readonly Limit[], plan: LoadPlan, parts: Parts): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {};
  for (const key of observed(plan, parts)) thresholds[key] = [];
  for (const limit of limits) {
    const [phase] = plan.measured;
    if (phase === undefined || !isReachable(limit, phase)) continue;
    const key = limitKey(limit, phase);
    thresholds[key] = [...(thresholds[key] ?? []), expressionOf(limit, phase.milliseconds / 1000)];
  }
  return thresholds;
}

/** k6's own `rate` divides by the whole run with warm-up and verification, so a rate becomes a count of the phase. */
function expressionOf({ statistic, comparison, limit }: Limit, seconds: number): string {
  return statistic === 'rate' ? `count${comparison}${limit * seconds}` : `${statistic}${comparison}${limit}`;
}

/** Metrics that the summary shows apart. k6 keeps apart only what a threshold names. */
function observed(plan: LoadPlan, parts: Parts): string[] {
  return plan.measured.flatMap(({ name: scenario }) => [
    metricKey('dropped_iterations', { scenario }),
    ...(parts.operations?.length ? [metricKey('iterations', { scenario })] : []),
    ...tagsApart(parts).flatMap((part) => [
      metricKey('operation_duration', { scenario, ...part }),
      ...ERROR_OUTCOMES.map((outcome) => metricKey('operation_errors', { scenario, ...part, outcome })),
      ...(parts.protocols.length > 1
        ? [metricKey('response_bytes', { scenario, ...part }), metricKey('conflicts', { scenario, ...part })]
        : []),
    ]),
  ]);
}
