import { build, type Histogram } from 'hdr-histogram-js';
import { conflictsOf, isError, type Operation } from '../../core/history/history.ts';
import { LatencyCounts, stepOf } from './latency-counts.ts';

/** Rates and latencies over time, for all operations or a part of them. One entry per point. */
export interface Series {
  /** Per second: successful operations, other operations, and attempts that met a conflict. */
  readonly ok: number[];
  readonly errors: number[];
  readonly conflicts: number[];
  /** Milliseconds by percentile; null if no operation ended. */
  readonly latency: Readonly<Record<PercentileName, (number | null)[]>>;
}

/** Percentiles that are drawn, by name. */
export const PERCENTILES = { p50: 50, p90: 90, p95: 95, p99: 99, 'p99.9': 99.9, max: 100 } as const;
export type PercentileName = keyof typeof PERCENTILES;
const RANKS = Object.values(PERCENTILES);

/** Properties by which operations are grouped. */
export const PARTS = ['operation', 'protocol', 'node'] as const;
export type Part = (typeof PARTS)[number];

export interface Timeline {
  /** Seconds on the history's clock: the beginning of each point's interval. */
  readonly at: number[];
  readonly all: Series;
  /** Series by value, for parts with several values: `{ node: { 'surreal-1': … } }`. */
  readonly parts: Readonly<Partial<Record<Part, Readonly<Record<string, Series>>>>>;
}

/** More points than a screen has pixels make a report large and no clearer. */
const MOST_POINTS = 400;

interface Bucket {
  ok: number;
  errors: number;
  conflicts: number;
  readonly latency: LatencyCounts;
}

/** Of latencies in microseconds. */
export const latencyHistogram = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

/** What a histogram takes for a latency in milliseconds. */
export const inMicroseconds = (latency: number): number => Math.max(1, Math.round(latency * 1000));

const newBucket = (): Bucket => ({ ok: 0, errors: 0, conflicts: 0, latency: new LatencyCounts() });

/** Groups the operations of a run into points in time, by their end. */
export class TimelineBuilder {
  readonly #interval: number;
  readonly #points: number;
  readonly #began: number;
  readonly #parts: Readonly<Record<Part, Map<string, (Bucket | undefined)[]>>> = {
    operation: new Map(),
    protocol: new Map(),
    node: new Map(),
  };

  /**
   * @param began start of the load, milliseconds on the history's clock
   * @param length of the load, milliseconds
   */
  constructor(began: number, length: number) {
    this.#began = began;
    this.#interval = Math.max(1, Math.ceil(length / 1000 / MOST_POINTS)) * 1000;
    this.#points = Math.max(1, Math.ceil(length / this.#interval));
  }

  add(operation: Operation): void {
    const { node, protocol, f, start, end } = operation;
    if (end === undefined) return;
    const point = Math.min(this.#points - 1, Math.max(0, Math.floor((end - this.#began) / this.#interval)));
    const step = stepOf(end - start);
    const wrong = isError(operation);
    const conflicts = conflictsOf(operation);
    // Without a loop over a list of its own: it runs once an operation.
    count(this.#bucket('operation', f, point), wrong, conflicts, step);
    count(this.#bucket('protocol', protocol, point), wrong, conflicts, step);
    count(this.#bucket('node', node, point), wrong, conflicts, step);
  }

  #bucket(part: Part, value: string, point: number): Bucket {
    let buckets = this.#parts[part].get(value);
    if (buckets === undefined) {
      buckets = [];
      this.#parts[part].set(value, buckets);
    }
    let bucket = buckets[point];
    if (bucket === undefined) {
      bucket = newBucket();
      buckets[point] = bucket;
    }
    return bucket;
  }

  build(): Timeline {
    const points = Array.from({ length: this.#points }, (_, point) => point);
    const seconds = this.#interval / 1000;
    const series = (bucketAt: (point: number) => Bucket | undefined): Series => {
      const buckets = points.map(bucketAt);
      const rate = (of: 'ok' | 'errors' | 'conflicts') =>
        buckets.map((bucket) => rounded((bucket?.[of] ?? 0) / seconds));
      const percentiles = buckets.map((bucket) => bucket?.latency.percentiles(RANKS));
      const latency = Object.keys(PERCENTILES).map((name, index) => [
        name,
        percentiles.map((values) => (values === undefined ? null : rounded(values[index] as number))),
      ]);
      return {
        ok: rate('ok'),
        errors: rate('errors'),
        conflicts: rate('conflicts'),
        latency: Object.fromEntries(latency),
      };
    };
    const several = PARTS.filter((part) => this.#parts[part].size > 1);
    const parts = several.map((part) => {
      const values = [...this.#parts[part]].sort(([a], [b]) => (a < b ? -1 : 1));
      return [part, Object.fromEntries(values.map(([value, buckets]) => [value, series((point) => buckets[point])]))];
    });
    const nodes = [...this.#parts.node.values()];
    return {
      at: points.map((point) => rounded(this.#began / 1000 + point * seconds, 6)),
      all: series((point) => joined(nodes.map((buckets) => buckets[point]))),
      parts: Object.fromEntries(parts),
    };
  }
}

function count(bucket: Bucket, wrong: boolean, conflicts: number, step: number): void {
  if (wrong) bucket.errors++;
  else bucket.ok++;
  bucket.conflicts += conflicts;
  bucket.latency.add(step);
}

function joined(buckets: readonly (Bucket | undefined)[]): Bucket | undefined {
  const present = buckets.filter((bucket) => bucket !== undefined);
  if (present.length < 2) return present[0];
  const whole = newBucket();
  for (const { ok, errors, conflicts, latency } of present) {
    whole.ok += ok;
    whole.errors += errors;
    whole.conflicts += conflicts;
    whole.latency.join(latency);
  }
  return whole;
}

const rounded = (value: number, digits = 3): number => Number(value.toPrecision(digits));

export interface LatencyHistogram {
  /** Upper edges of the bars, milliseconds, evenly spaced on a logarithmic scale. */
  readonly edges: number[];
  readonly counts: number[];
  /** Milliseconds by percentile. */
  readonly percentiles: Readonly<Record<PercentileName, number>>;
  readonly total: number;
}

/** Latencies of operations or attempts: percentiles, and eight bars for each factor of ten. */
export class HistogramBuilder {
  readonly #all = latencyHistogram();
  readonly #bars = new Map<number, number>();

  /** @param latency milliseconds */
  add(latency: number): void {
    const milliseconds = Math.max(0.001, latency);
    this.#all.recordValue(inMicroseconds(milliseconds));
    const bar = Math.ceil(Math.log10(milliseconds) * 8);
    this.#bars.set(bar, (this.#bars.get(bar) ?? 0) + 1);
  }

  /** Adds what another one has counted. */
  join(other: HistogramBuilder): this {
    this.#all.add(other.#all);
    for (const [bar, counted] of other.#bars) this.#bars.set(bar, (this.#bars.get(bar) ?? 0) + counted);
    return this;
  }

  build(): LatencyHistogram {
    const used = [...this.#bars.keys()];
    const first = used.length > 0 ? Math.min(...used) : 0;
    const last = used.length > 0 ? Math.max(...used) : -1;
    const bars = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const percentiles = Object.entries(PERCENTILES).map(([name, rank]) => [
      name,
      rounded(this.#all.getValueAtPercentile(rank) / 1000),
    ]);
    return {
      edges: bars.map((bar) => rounded(10 ** (bar / 8))),
      counts: bars.map((bar) => this.#bars.get(bar) ?? 0),
      percentiles: Object.fromEntries(percentiles),
      total: this.#all.totalCount,
    };
  }
}
