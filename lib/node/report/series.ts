import { build, type Histogram } from 'hdr-histogram-js';
import type { Operation } from '../../core/history.ts';

/** How a run looked over time, for all operations or a part of them. One entry a point. */
export interface Series {
  /** Acknowledged operations and errors, a second. */
  readonly ok: number[];
  readonly errors: number[];
  /** Milliseconds; null where nothing ended. */
  readonly p50: (number | null)[];
  readonly p95: (number | null)[];
  readonly p99: (number | null)[];
  readonly max: (number | null)[];
}

export interface Timeline {
  /** Seconds from the start of the test to each point. */
  readonly at: number[];
  /** By view: `all`, or `node surreal-1`, `protocol sql`, `operation create` where there are several. */
  readonly views: Readonly<Record<string, Series>>;
}

/** More points than a screen has pixels to tell apart make a report large and no clearer. */
const MOST_POINTS = 600;

interface Bucket {
  ok: number;
  errors: number;
  readonly latency: Histogram;
}

/** Microseconds, to 1 %: 11 KB a histogram, and there are thousands. */
const newHistogram = (): Histogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 2,
    bitBucketSize: 32,
  });

/** Sorts the operations of a run into points in time, by when they ended. */
export class TimelineBuilder {
  readonly #interval: number;
  readonly #points: number;
  readonly #views = new Map<string, (Bucket | undefined)[]>();

  /** @param length of the run, milliseconds */
  constructor(length: number) {
    this.#interval = Math.max(1, Math.ceil(length / 1000 / MOST_POINTS)) * 1000;
    this.#points = Math.max(1, Math.ceil(length / this.#interval));
  }

  add({ node, protocol, f, start, end, outcome }: Operation): void {
    if (end === undefined) return;
    const point = Math.min(this.#points - 1, Math.floor(end / this.#interval));
    const microseconds = Math.max(1, Math.round((end - start) * 1000));
    for (const view of ['all', `node ${node}`, `protocol ${protocol}`, `operation ${f}`]) {
      const bucket = this.#bucket(view, point);
      if (outcome === 'ok') bucket.ok++;
      else bucket.errors++;
      bucket.latency.recordValue(microseconds);
    }
  }

  #bucket(view: string, point: number): Bucket {
    let buckets = this.#views.get(view);
    if (buckets === undefined) {
      buckets = [];
      this.#views.set(view, buckets);
    }
    let bucket = buckets[point];
    if (bucket === undefined) {
      bucket = { ok: 0, errors: 0, latency: newHistogram() };
      buckets[point] = bucket;
    }
    return bucket;
  }

  build(): Timeline {
    const points = Array.from({ length: this.#points }, (_, point) => point);
    const seconds = this.#interval / 1000;
    const series = (buckets: readonly (Bucket | undefined)[]): Series => {
      const percentile = (rank: number) =>
        points.map((point) => {
          const bucket = buckets[point];
          return bucket === undefined ? null : rounded(bucket.latency.getValueAtPercentile(rank) / 1000);
        });
      return {
        ok: points.map((point) => rounded((buckets[point]?.ok ?? 0) / seconds)),
        errors: points.map((point) => rounded((buckets[point]?.errors ?? 0) / seconds)),
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
        max: percentile(100),
      };
    };
    const kinds = (kind: string) => [...this.#views.keys()].filter((view) => view.startsWith(`${kind} `));
    const shown = [
      'all',
      ...['operation', 'protocol', 'node'].flatMap((kind) => (kinds(kind).length > 1 ? kinds(kind).sort() : [])),
    ];
    const views = shown.map((view) => [view, series(this.#views.get(view) ?? [])] as const);
    return { at: points.map((point) => point * seconds), views: Object.fromEntries(views) };
  }
}

const rounded = (value: number): number => Number(value.toPrecision(3));

export interface LatencyHistogram {
  /** Upper edges of the bars, milliseconds, evenly spaced on a logarithmic scale. */
  readonly edges: number[];
  readonly counts: number[];
  /** Milliseconds by percentile. */
  readonly percentiles: Readonly<Record<string, number>>;
  readonly total: number;
}

/** The spread of latencies: eight bars for each factor of ten. */
export class HistogramBuilder {
  readonly #all = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  readonly #bars = new Map<number, number>();

  add({ start, end }: Operation): void {
    if (end === undefined) return;
    const milliseconds = Math.max(0.001, end - start);
    this.#all.recordValue(Math.max(1, Math.round(milliseconds * 1000)));
    const bar = Math.ceil(Math.log10(milliseconds) * 8);
    this.#bars.set(bar, (this.#bars.get(bar) ?? 0) + 1);
  }

  build(): LatencyHistogram {
    const used = [...this.#bars.keys()];
    const first = used.length > 0 ? Math.min(...used) : 0;
    const last = used.length > 0 ? Math.max(...used) : 0;
    const bars = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const ranks = { p50: 50, p75: 75, p90: 90, p95: 95, p99: 99, 'p99.9': 99.9, max: 100 };
    return {
      edges: bars.map((bar) => rounded(10 ** (bar / 8))),
      counts: bars.map((bar) => this.#bars.get(bar) ?? 0),
      percentiles: Object.fromEntries(
        Object.entries(ranks).map(([name, rank]) => [name, rounded(this.#all.getValueAtPercentile(rank) / 1000)]),
      ),
      total: this.#all.totalCount,
    };
  }
}
