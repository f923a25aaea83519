import { type History, HistoryError, type HistoryHeader, type Operation } from '../history/history.ts';
import type { ValueShape } from '../history/history-shape.ts';
import { CONSISTENCY_MODES } from '../settings/settings.ts';
import type { LivePromise } from '../workloads/live-records.ts';
import type { CheckVerdict } from './shared/check-verdict.ts';
import type { IsolationLevel } from './transactions/isolation-levels.ts';

/** What a history is held against; if absent, what its own header says. */
export interface CheckOptions {
  readonly mode?: (typeof CONSISTENCY_MODES)[number];
  /** Mode `eventual`: how late a write may become visible, milliseconds. Default `DEFAULT_WINDOW`. */
  readonly window?: number;
  /** What is promised; each checker takes its own (`Checker.expects`). */
  readonly expect?: IsolationLevel | LivePromise;
  /** What is there before the load: the balances of a bank, the value of a register or of a counter. */
  readonly initial?: unknown;
}

/** @throws HistoryError if the header of a history holds something else than these options */
export function refuseUnknownOptions(
  { mode, window, expect }: CheckOptions,
  checkers: readonly Pick<Checker, 'name' | 'expects'>[],
): void {
  if (mode !== undefined && !CONSISTENCY_MODES.includes(mode))
    throw new HistoryError(`The header's mode must be ${CONSISTENCY_MODES.join(' or ')}, not ${JSON.stringify(mode)}.`);
  if (window !== undefined && !(typeof window === 'number' && window >= 0))
    throw new HistoryError(`The header's window must be milliseconds, not ${JSON.stringify(window)}.`);
  for (const { name, expects } of checkers)
    if (expect !== undefined && expects?.includes(expect) === false)
      throw new HistoryError(
        `--expect, or the header's expect, must be one of ${expects.join(', ')} for checker ${name}, not ${JSON.stringify(expect)}.`,
      );
}

/** Mode `eventual` without a window, milliseconds. */
export const DEFAULT_WINDOW = 500;

/** A check that goes on while a history is read. */
export interface RunningCheck<Kind extends string = string> {
  /** Takes the next operation of the history. @returns what must be kept of it: values that nothing else needs are large */
  take(operation: Operation): Operation;
  /** Called after the last operation. */
  verdict(): CheckVerdict<Kind>;
}

/** One checker. To add one: its file, its test, and its line in index.ts. `--checker`, the report and the docs follow. */
export interface Checker<Kind extends string = string> {
  /** As in `--checker NAME`, and in a scenario's definition. */
  readonly name: string;
  /** Every anomaly that it can find, with the sentence that defines it for a reader of a verdict. */
  readonly anomalies: Readonly<Record<Kind, string>>;
  /** By kind, the name in `counts` of what it is counted among: "7 of 1528 transfers". Kinds without one have no total. */
  readonly among: Readonly<Partial<Record<Kind, string>>>;
  /** What it takes as option `expect`; absent if it reads none. */
  readonly expects?: readonly string[];
  /** By function, the form of the values that it reads; values of others may be anything. */
  readonly shapes?: Readonly<Record<string, ValueShape>>;
  /** Begins a check that goes on while the history is read: of a checker that takes no options, and whose histories are large. */
  readonly begin?: (header: HistoryHeader) => RunningCheck<Kind>;
  /** @throws HistoryError if the history lacks what this checker needs */
  readonly check: (history: History, options: CheckOptions) => CheckVerdict<Kind>;
}
