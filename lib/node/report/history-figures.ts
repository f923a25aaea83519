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
  readonly #successful = new HistogramBuilder();
  readonly #unsuccessful = new HistogramBuilder();
  readonly #meters = new Map<string, ConflictMeter>();
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
      const latency = operation.end - operation.start;
      this.#operations++;
      this.#milliseconds += latency;
      (isError(operation) ? this.#unsuccessful : this.#successful).add(latency);
    }
    let meter = this.#meters.get(operation.f);
    if (meter === undefined) {
      meter = new ConflictMeter();
      this.#meters.set(operation.f, meter);
    }
    meter.add(operation);
  };

  #isMeasured({ start }: Operation): boolean {
    const at = start - this.#began;
    return this.#plan.measured.some((phase) => at >= phase.start && at < phase.start + phase.milliseconds);
  }

  figures(): HistoryFigures {
    const conflicts = [...this.#meters].map(([f, meter]) => ({ f, ...meter.build() }));
    return {
      timeline: (this.#timeline ?? new TimelineBuilder(0, this.#plan.loadEnds)).build(),
      histogram: new HistogramBuilder().join(this.#successful).join(this.#unsuccessful).build(),
      byOutcome: { successful: this.#successful.build(), unsuccessful: this.#unsuccessful.build() },
      conflicts: conflicts.filter((it) => it.conflicts > 0).sort((a, b) => b.conflicts - a.conflicts),
      began: this.#began,
      firstError: this.#firstError,
      levels: this.#levels.figures(),
      measured: { operations: this.#operations, milliseconds: this.#milliseconds },
    };
  }
}

class ConflictMeter {
  readonly #counts = { operations: 0, committed: 0, attempts: 0, conflicts: 0, gaveUp: 0, refused: 0 };
  readonly #attemptLatency = new HistogramBuilder();
  readonly #latency = new HistogramBuilder();
  #hasAttempts = true;

  add(operation: Operation): void {
    const { start, end, outcome, attempts = 1, tries, refused } = operation;
    const counts = this.#counts;
    counts.operations++;
    if (outcome === 'ok') counts.committed++;
    if (outcome === 'conflict') counts.gaveUp++;
    if (refused) counts.refused++;
    counts.attempts += attempts;
    counts.conflicts += conflictsOf(operation);
    if (end === undefined) return;
    this.#latency.add(end - start);
    if (attempts === 1) this.#attemptLatency.add(end - start);
    else if (tries === undefined) this.#hasAttempts = false;
    else for (const latency of tries) this.#attemptLatency.add(latency);
  }

  build(): Omit<ConflictFigures, 'f'> {
    return {
      ...this.#counts,
      attemptLatency: this.#hasAttempts ? this.#attemptLatency.build() : undefined,
      latency: this.#latency.build(),
    };
  }
}
