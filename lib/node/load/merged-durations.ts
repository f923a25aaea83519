import { build, type Histogram } from 'hdr-histogram-js';
import type { Operation } from '../../core/history.ts';
import { type LoadPlan, phaseAt } from '../../core/load-plan.ts';
import { type MetricValues, metricKey } from '../../core/summary.ts';

/** What of an operation counts here. */
type Timed = Pick<Operation, 'process' | 'f' | 'node' | 'protocol' | 'start' | 'end'>;

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
  /** Where the operations of one kind go, by phase, node, protocol and function. */
  readonly #routes = new Map<string, readonly Durations[]>();
  /** Operations that were cut off, by process: they last until the process goes on. */
  readonly #cutOff = new Map<number, Timed>();

  constructor(plan: LoadPlan, apart: readonly Tags[]) {
    this.#plan = plan;
    this.#apart = apart;
  }

  /** @param operation of the load, on its generator's own clock, which begins with the load; in the order of its process */
  add(operation: Timed): void {
    const before = this.#cutOff.get(operation.process);
    if (before !== undefined) {
      this.#cutOff.delete(operation.process);
      this.#count(before, operation.start);
    }
    if (operation.start >= this.#plan.loadEnds) return;
    if (operation.end === undefined) this.#cutOff.set(operation.process, operation);
    else this.#count(operation, operation.end);
  }

  metrics(): MetricValues {
    for (const operation of this.#cutOff.values()) this.#count(operation, this.#plan.loadEnds);
    this.#cutOff.clear();
    return Object.fromEntries([...this.#durations].map(([key, durations]) => [key, durations.values()]));
  }

  #count({ node, protocol, f, start }: Timed, end: number): void {
    const scenario = phaseAt(this.#plan, start);
    const kind = `${scenario} ${node} ${protocol} ${f}`;
    let route = this.#routes.get(kind);
    if (route === undefined) {
      const slash = f.indexOf('/');
      const own: Tags = { node, protocol, operation: f, ...(slash < 0 ? {} : { part: f.slice(0, slash) }) };
      const fits = this.#apart.filter((tags) => Object.entries(tags).every(([tag, value]) => own[tag] === value));
      route = fits.map((tags) => this.#of(metricKey(METRIC, { scenario, ...tags })));
      this.#routes.set(kind, route);
    }
    for (const durations of route) durations.add(end - start);
  }

  #of(key: string): Durations {
    const durations = this.#durations.get(key) ?? new Durations();
    this.#durations.set(key, durations);
    return durations;
  }
}
