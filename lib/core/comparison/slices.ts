import type { Operation } from '../history/history.ts';
import type { LoadPlan } from '../load/load-plan.ts';
import { OUTCOMES, type Outcome } from '../protocols/outcome.ts';
import { statisticOf } from '../verdict/measurements.ts';
import type { Share } from '../verdict/summary.ts';
import { type Measured, metricsOf } from './round-metrics.ts';

/** Slices of a run: long enough to decorrelate neighbours, and enough for a rank test. */
const MOST_SLICES = 10;
/** Milliseconds. */
const SHORTEST_SLICE = 1000;

/**
 * Divides the measured part of one run into slices of equal length, each with its metrics as if it were a round. An
 * operation belongs to the slice in which it starts. Operations after the load, such as final reads, are in none.
 * @param operations of the whole run, on the history's clock
 */
export function slicesOf(
  operations: readonly Operation[],
  { measured, model }: Pick<LoadPlan, 'measured' | 'model'>,
): Measured[][] {
  const [phase] = measured;
  if (phase === undefined || operations.length === 0) return [];
  const began = operations.reduce((first, { start }) => Math.min(first, start), Number.POSITIVE_INFINITY) + phase.start;
  const count = Math.max(1, Math.min(MOST_SLICES, Math.floor(phase.milliseconds / SHORTEST_SLICE)));
  const length = phase.milliseconds / count;
  const slices = Array.from({ length: count }, (): Operation[] => []);
  for (const operation of operations) slices[Math.floor((operation.start - began) / length)]?.push(operation);
  return slices.map((slice) => {
    const names = [...new Set(slice.map(({ f }) => f))].sort();
    const byOperation = names.map((name) => [
      name,
      { ...shareOf(slice.filter(({ f }) => f === name)), byNode: {}, byProtocol: {}, byProtocolAndNode: {} },
    ]);
    const places = { byOperation: Object.fromEntries(byOperation), byNode: {}, byProtocol: {}, byScenario: {} };
    const seconds = length / 1000;
    return metricsOf({
      phases: [{ name: phase.name, seconds, dropped: 0, ...shareOf(slice, seconds), ...places }],
      model,
    });
  });
}

function shareOf(operations: readonly Operation[], seconds = 1): Share {
  const durations = operations.flatMap(({ start, end }) => (end === undefined ? [] : [end - start]));
  const count = (wanted: Outcome) => operations.filter(({ outcome }) => outcome === wanted).length;
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(outcome)])) as Record<Outcome, number>;
  const rank = (statistic: string) => statisticOf(durations, statistic);
  return {
    outcomes,
    perSecond: outcomes.ok / seconds,
    latency: {
      p50: rank('p(50)'),
      p90: rank('p(90)'),
      p95: rank('p(95)'),
      p99: rank('p(99)'),
      p999: rank('p(99.9)'),
      max: rank('max'),
    },
  };
}
