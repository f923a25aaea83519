import { build, type Histogram } from 'hdr-histogram-js';
import { given } from '../../../core/given.ts';
import type { Operation } from '../../../core/history/history.ts';
import { partOf } from '../../../core/history/history-parts.ts';
import { type LoadPlan, phaseAt } from '../../../core/load/load-plan.ts';
import { type MetricValues, metricKey } from '../../../core/verdict/summary.ts';

/** What operations are distinguished by. Two of one kind compare faster if they share the object. */
export type OperationKind = Pick<Operation, 'f' | 'node' | 'protocol'>;

/** An operation that was cut off. */
interface CutOff {
  readonly kind: OperationKind;
  readonly start: number;
}

type Tags = Readonly<Record<string, string>>;

const METRIC = 'operation_duration';
const SECOND = 1_000_000;

/** Percentiles by k6's names for them. */
const PERCENTILES = { med: 50, 'p(90)': 90, 'p(95)': 95, 'p(99)': 99, 'p(99.9)': 99.9 } as const;

/** The durations of one part of the load: extremes and mean exact, percentiles to 0.1 % (three significant digits). */
class Durations {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3600 * SECOND,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  add(milliseconds: number): void {
    this.#histogram.recordValue(Math.max(1, Math.round(milliseconds * 1000)));
    this.#count++;
    this.#sum += milliseconds;
    this.#min = Math.min(this.#min, milliseconds);
    this.#max = Math.max(this.#max, milliseconds);
  }

  values(): Record<string, number> {
    const percentiles = Object.entries(PERCENTILES).map(
      ([name, percent]) => [name, Math.min(this.#max, this.#histogram.getValueAtPercentile(percent) / 1000)] as const,
    );
    return {
      count: this.#count,
      min: this.#min,
      max: this.#max,
      avg: this.#sum / this.#count,
      ...Object.fromEntries(percentiles),
    };
  }
}

/** Recomputes k6's trend `operation_duration`, for the whole and for every part that is shown apart. */
export class MergedDurations {
  readonly #plan: LoadPlan;
  readonly #apart: readonly Tags[];
  readonly #durations = new Map<string, Durations>();
  /** Where the operations of one kind go, by phase. */
  readonly #routes = new Map<string, Map<OperationKind, readonly Durations[]>>();
  /** Operations that were cut off, by process: they last until the process goes on. */
  readonly #cutOff = new Map<number, CutOff>();

  constructor(plan: LoadPlan, apart: readonly Tags[]) {
    this.#plan = plan;
    this.#apart = apart;
  }

  /**
   * Adds an operation; those of one process in their order.
   * @param start milliseconds on its generator's own clock, which begins with the load; `end` likewise
   */
  add(kind: OperationKind, process: number, start: number, end: number | undefined): void {
    const before = this.#cutOff.size === 0 ? undefined : this.#cutOff.get(process);
    if (before !== undefined) {
      this.#cutOff.delete(process);
      this.#count(before.kind, before.start, start);
    }
    if (start >= this.#plan.loadEnds) return;
    if (end === undefined) this.#cutOff.set(process, { kind, start });
    else this.#count(kind, start, end);
  }

  metrics(): MetricValues {
    for (const { kind, start } of this.#cutOff.values()) this.#count(kind, start, this.#plan.loadEnds);
    this.#cutOff.clear();
    return Object.fromEntries([...this.#durations].map(([key, durations]) => [key, durations.values()]));
  }

  #count(kind: OperationKind, start: number, end: number): void {
    const scenario = phaseAt(this.#plan, start);
    const routes = this.#routes.get(scenario) ?? new Map<OperationKind, readonly Durations[]>();
    this.#routes.set(scenario, routes);
    let route = routes.get(kind);
    if (route === undefined) {
      const { f, node, protocol } = kind;
      const own: Tags = { node, protocol, operation: f, ...given('part', partOf(f)) };
      const fits = this.#apart.filter((tags) => Object.entries(tags).every(([tag, value]) => own[tag] === value));
      route = fits.map((tags) => this.#of(metricKey(METRIC, { scenario, ...tags })));
      routes.set(kind, route);
    }
    for (const durations of route) durations.add(end - start);
  }

  #of(key: string): Durations {
    const durations = this.#durations.get(key) ?? new Durations();
    this.#durations.set(key, durations);
    return durations;
  }
}
