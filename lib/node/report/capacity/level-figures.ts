import type { Histogram } from 'hdr-histogram-js';
import { conflictsOf, isError, type Operation } from '../../../core/history/history.ts';
import type { LoadLevel } from '../../../core/load/load-levels.ts';
import { inMicroseconds, latencyHistogram } from '../series.ts';

/** What a target did at one level of load. Latencies are milliseconds. */
export interface LevelFigures extends LoadLevel {
  readonly operations: number;
  /** Operations that succeeded, per second. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Shares of 1: of the operations, and of the attempts. */
  readonly errors: number;
  readonly conflicts: number;
}

/** With fewer operations a level says nothing about its p95. */
const FEWEST_OPERATIONS = 200;

interface Meter {
  readonly level: LoadLevel;
  readonly latency: Histogram;
  operations: number;
  ok: number;
  errors: number;
  attempts: number;
  conflicts: number;
}

/** Sorts the operations of a history by the level of load at which they began, in constant memory. */
export class LevelReader {
  readonly #meters: readonly Meter[];

  constructor(levels: readonly LoadLevel[]) {
    this.#meters = levels.map((level) => ({
      level,
      latency: latencyHistogram(),
      operations: 0,
      ok: 0,
      errors: 0,
      attempts: 0,
      conflicts: 0,
    }));
  }

  /** @param at milliseconds since the beginning of the load at which it began */
  add(operation: Operation, at: number): void {
    const meter = this.#meters.find(({ level }) => at >= level.from && at < level.to);
    if (meter === undefined) return;
    const { start, end, outcome, attempts = 1 } = operation;
    meter.operations++;
    meter.attempts += attempts;
    meter.conflicts += conflictsOf(operation);
    if (outcome === 'ok') meter.ok++;
    if (isError(operation)) meter.errors++;
    if (end !== undefined) meter.latency.recordValue(inMicroseconds(end - start));
  }

  figures(): LevelFigures[] {
    const known = this.#meters.filter(({ operations }) => operations >= FEWEST_OPERATIONS);
    return known.map(({ level, latency, operations, ok, errors, attempts, conflicts }) => {
      const percentile = (rank: number) => latency.getValueAtPercentile(rank) / 1000;
      return {
        ...level,
        operations,
        perSecond: ok / ((level.to - level.from) / 1000),
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
        errors: errors / operations,
        conflicts: conflicts / attempts,
      };
    });
  }
}
