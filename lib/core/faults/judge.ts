import { type FaultMetric, holds, type Limit } from '../verdict/limits.ts';
import { judgeMeasurements, type Measurements, type Series } from '../verdict/measurements.ts';
import type { LimitResult } from '../verdict/summary.ts';
import type { FaultEffects, ObservedFault } from './effects.ts';
import type { FaultWindow } from './window.ts';

/** Seconds from healing until something was seen; or that it was watched for so long without it. */
interface Sighting {
  readonly instance: string;
  readonly seconds: number;
  readonly seen: boolean;
}

/**
 * Judges limits on what clients saw, fault by fault: the one that is farthest from it decides. What did not happen
 * while it was watched breaks a limit that was over by then; otherwise nobody knows, and the result says so.
 *
 * @param limits those of thresholds/faults.json
 * @param timeout of a request, milliseconds
 */
export function judgeFaults(
  limits: readonly Limit[],
  faults: readonly ObservedFault[],
  timeout: number,
): LimitResult[] {
  return limits.flatMap((limit) => {
    const { sightings, otherwise } = MEASURES[limit.metric as FaultMetric];
    const all = faults.flatMap((fault) =>
      fault.effects === undefined ? [] : sightings(fault, fault.effects, timeout),
    );
    const hidden = all.filter(({ seen, seconds }) => !seen && holds(seconds, limit.comparison, limit.limit));
    const series = all
      .filter((sighting) => !hidden.includes(sighting))
      .map(({ instance, seconds }): Series => ({ instance, values: [seconds] }));
    const measured = series.length > 0 || hidden.length > 0 ? series : otherwise;
    return [
      ...(measured.length > 0
        ? judgeMeasurements([limit], { [limit.metric]: measured } as Measurements<FaultMetric>)
        : []),
      ...hidden.map(({ instance, seconds }) => ({
        limit,
        state: 'not applicable' as const,
        measured: 0,
        reason: `not seen of ${instance}: it was watched for ${seconds.toFixed(1)} s after it was healed`,
      })),
    ];
  });
}

interface Measure {
  readonly sightings: (window: FaultWindow, effects: FaultEffects, timeout: number) => readonly Sighting[];
  /** Why there are none. */
  readonly otherwise: string;
}

const MEASURES: Readonly<Record<FaultMetric, Measure>> = {
  fault_error_delay: {
    sightings: ({ fault: instance }, { timeToError }, timeout) =>
      timeToError === undefined ? [] : [{ instance, seconds: Math.max(0, timeToError - timeout) / 1000, seen: true }],
    otherwise: 'no request failed',
  },
  fault_first_success: {
    sightings: (window, effects) => [
      ...Object.values(effects.firstSuccessByNode).map((since) => afterHealing(window, since)),
      ...(effects.silentNodes.length > 0 ? [endOfWatch(window, effects)] : []),
    ],
    otherwise: 'no node was asked after a fault',
  },
  fault_recovery: {
    sightings(window, effects) {
      if (effects.p95Before === undefined) return [];
      return [effects.recovery === undefined ? endOfWatch(window, effects) : afterHealing(window, effects.recovery)];
    },
    otherwise: 'nothing is known from before the first fault',
  },
};

/** @param since milliseconds since the fault began */
function afterHealing({ fault, began = 0, healed = Number.POSITIVE_INFINITY }: FaultWindow, since: number): Sighting {
  return { instance: fault, seconds: Math.max(0, began + since - healed) / 1000, seen: true };
}

const endOfWatch = (window: FaultWindow, { watched }: FaultEffects): Sighting => ({
  ...afterHealing(window, watched),
  seen: false,
});
