import type { Design, MetricComparison, Tolerance } from '../../core/comparison/compare-rounds.ts';
import type { Conclusion } from '../../core/comparison/comparison-verdict.ts';
import type { Machine } from '../system/machine.ts';
import type { RoundRecord } from './rounds.ts';

/** comparison.json: raised when a field's meaning changes. */
export const COMPARISON_VERSION = 1;

/** One side of a comparison: its target and its own settings. */
export interface ArmRecord {
  /** As the user named it. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Settings of this side only. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The contents of comparison.json. */
export interface ComparisonRecord extends Conclusion {
  readonly comparison: typeof COMPARISON_VERSION;
  readonly started: string;
  readonly ended: string;
  readonly scenario: string;
  readonly command: string;
  readonly design: Design;
  readonly tolerance: Tolerance;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
  readonly arms: Readonly<Record<'a' | 'b', ArmRecord>>;
  /** Caveats, most important first. */
  readonly notes: readonly string[];
  readonly metrics: readonly MetricComparison[];
  readonly rounds: readonly RoundRecord[];
}

/** A comparison reports and a gate decides, so a slower B is not a failure: only a void or invalid comparison is. */
export const comparisonExitCode = ({ state }: ComparisonRecord): number =>
  state === 'void' ? 99 : state === 'invalid' ? 98 : 0;
