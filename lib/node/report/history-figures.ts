import { conflictsOf, isError, type Operation } from '../../core/history/history.ts';
import { isOfTheLoad } from '../../core/history/load-operations.ts';
import type { LoadLevel } from '../../core/load/load-levels.ts';
import type { LoadPlan } from '../../core/load/load-plan.ts';
import { type LevelFigures, LevelReader } from './capacity/level-figures.ts';
import { HistogramBuilder, type LatencyHistogram, type Timeline, TimelineBuilder } from './series.ts';
import type { MeasuredTime } from './servers/time-shares.ts';

/** Conflicts of one function of a scenario, in the measured part. */
export interface ConflictFigures {
  readonly f: string;
  readonly operations: number;
  readonly committed: number;
  /** Attempts of these operations, and attempts that met a conflict. */
  readonly attempts: number;
  readonly conflicts: number;
  /** Operations that gave up after their last attempt. */
  readonly gaveUp: number;
  /** Operations rejected by the rules of the workload, such as an overdraft. */
  readonly refused: number;
  /** Latency of one attempt; undefined if the history does not record attempts. */
  readonly attemptLatency: LatencyHistogram | undefined;
  /** Latency of whole operations, including retries and pauses. */
  readonly latency: LatencyHistogram;
}

/** Figures that a report draws from a history. */
export interface HistoryFigures {
  readonly timeline: Timeline;
  /** Of all operations of the measured part. */
  readonly histogram: LatencyHistogram;
  /** Of those that succeeded, and of the others. */
  readonly byOutcome: { readonly successful: LatencyHistogram; readonly unsuccessful: LatencyHistogram };
  /** Functions with conflicts, most conflicts first. */
  readonly conflicts: readonly ConflictFigures[];
  /** Start of the load, milliseconds on the history's clock. */
  readonly began: number;
  readonly firstError: Operation | undefined;
  /** At each level of a load that rises; empty for others. */
  readonly levels: readonly LevelFigures[];
  /** Operations of the measured part that ended, and the sum of their latencies. */
  readonly measured: MeasuredTime;
}

/** Reads the operations of a history one at a time, in constant memory. */
export class HistoryReader {
  readonly #plan: Pick<LoadPlan, 'measured' | 'loadEnds'>;
  readonly #meters = new Map<string, FunctionMeter>();
  readonly #levels: LevelReader;
  #timeline: TimelineBuilder | undefined;
  #operations = 0;
  #milliseconds = 0;
  #began = 0;
  #firstError: Operation | undefined;

  constructor(plan: Pick<LoadPlan, 'measured' | 'loadEnds'>, levels: readonly LoadLevel[] = []) {
    this.#plan = plan;
    this.#levels = new LevelReader(levels);
  }

  readonly add = (operation: Operation): void => {
    if (!isOfTheLoad(operation)) return;
    // The clock also runs during set-up: the first operation of the warm-up marks the beginning of the load.
    if (this.#timeline === undefined) {
      this.#began = operation.start;
      this.#timeline = new TimelineBuilder(this.#began, this.#plan.loadEnds);
    }
    this.#timeline.add(operation);
    if (isError(operation) && operation.start < (this.#firstError?.start ?? Number.POSITIVE_INFINITY))
      this.#firstError = operation;
    this.#levels.add(operation, operation.start - this.#began);
    if (!this.#isMeasured(operation)) return;
    if (operation.end !== undefined) {
      this.#operations++;
      this.#milliseconds += operation.end - operation.start;
    }
    let meter = this.#meters.get(operation.f);
    if (meter === undefined) {
      meter = new FunctionMeter();
      this.#meters.set(operation.f, meter);
    }
    meter.add(operation);
  };

  #isMeasured({ start }: Operation): boolean {
    const at = start - this.#began;
    return this.#plan.measured.some((phase) => at >= phase.start && at < phase.start + phase.milliseconds);
  }

  figures(): HistoryFigures {
    const meters = [...this.#meters];
    const latency = (outcomes: readonly Ended[]) =>
      joined(meters.flatMap(([, meter]) => outcomes.map((outcome) => meter.latency[outcome])));
    const conflicts = meters.flatMap(([f, meter]) => (meter.counts.conflicts > 0 ? [{ f, ...meter.build() }] : []));
    return {
      timeline: (this.#timeline ?? new TimelineBuilder(0, this.#plan.loadEnds)).build(),
      histogram: latency(ENDED),
      byOutcome: {
        successful: latency(['successful', 'successful after retries']),
        unsuccessful: latency(['unsuccessful', 'unsuccessful after retries']),
      },
      conflicts: conflicts.sort((a, b) => b.conflicts - a.conflicts),
      began: this.#began,
      firstError: this.#firstError,
      levels: this.#levels.figures(),
      measured: { operations: this.#operations, milliseconds: this.#milliseconds },
    };
  }
}

/** How an operation ended: each is counted in one histogram, and those of a report are joined from them. */
const ENDED = ['successful', 'unsuccessful', 'successful after retries', 'unsuccessful after retries'] as const;
type Ended = (typeof ENDED)[number];

const joined = (histograms: readonly HistogramBuilder[]): LatencyHistogram =>
  histograms.reduce((whole, each) => whole.join(each), new HistogramBuilder()).build();

/** Measures the operations of one function of a scenario. */
class FunctionMeter {
  readonly counts = { operations: 0, committed: 0, attempts: 0, conflicts: 0, gaveUp: 0, refused: 0 };
  readonly latency: Readonly<Record<Ended, HistogramBuilder>> = {
    successful: new HistogramBuilder(),
    unsuccessful: new HistogramBuilder(),
    'successful after retries': new HistogramBuilder(),
    'unsuccessful after retries': new HistogramBuilder(),
  };
  /** Attempts of operations that took several. */
  readonly #attempts = new HistogramBuilder();
  #hasAttempts = true;

  add(operation: Operation): void {
    const { start, end, outcome, attempts = 1, tries, refused } = operation;
    const { counts } = this;
    counts.operations++;
    if (outcome === 'ok') counts.committed++;
    if (outcome === 'conflict') counts.gaveUp++;
    if (refused) counts.refused++;
    counts.attempts += attempts;
    counts.conflicts += conflictsOf(operation);
    if (end === undefined) return;
    const success = isError(operation) ? 'unsuccessful' : 'successful';
    this.latency[attempts === 1 ? success : (`${success} after retries` as const)].add(end - start);
    if (attempts === 1) return;
    if (tries === undefined) this.#hasAttempts = false;
    else for (const latency of tries) this.#attempts.add(latency);
  }

  build(): Omit<ConflictFigures, 'f'> {
    const { successful, unsuccessful } = this.latency;
    return {
      ...this.counts,
      attemptLatency: this.#hasAttempts ? joined([successful, unsuccessful, this.#attempts]) : undefined,
      latency: joined(Object.values(this.latency)),
    };
  }
}
