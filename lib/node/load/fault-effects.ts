import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { effectsOf, type FaultEffects, type ObservedFault } from '../../core/faults/effects.ts';
import { parseFault } from '../../core/faults/fault-grammar.ts';
import { judgeFaults } from '../../core/faults/judge.ts';
import type { FaultWindow } from '../../core/faults/window.ts';
import type { Operation } from '../../core/history/history.ts';
import { type LoadPlan, measuredTime } from '../../core/load/load-plan.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { isFaultMetric, parseLimits } from '../../core/verdict/limits.ts';
import { isOfProfile, type LimitResult } from '../../core/verdict/summary.ts';
import { PROJECT_ROOT } from '../system/paths.ts';

export interface ObservedFaults {
  readonly faults: readonly ObservedFault[];
  /** How the run stands to thresholds/faults.json, or to the fault limits of the file that the user named. */
  readonly limits: readonly LimitResult[];
}

/** What clients saw of a run's faults, and how that stands to the limits. */
export async function observeFaults(
  operations: Iterable<Operation>,
  windows: readonly FaultWindow[],
  plan: LoadPlan,
  { thresholds, profile, timeout }: Settings,
): Promise<ObservedFaults> {
  const start = beginningOf(windows);
  const effects = effectsOf(operations, windows, { start, end: start + measuredTime(plan) });
  const faults = windows.map((window, index) => withEffects(window, effects[index]));
  const file = thresholds ?? join(PROJECT_ROOT, 'thresholds', 'faults.json');
  const limits = parseLimits(file, JSON.parse(await readFile(file, 'utf8'))).filter(
    (limit) => isFaultMetric(limit.metric) && isOfProfile(limit, profile),
  );
  return { faults, limits: judgeFaults(limits, faults, timeout) };
}

const withEffects = (window: FaultWindow, effects: FaultEffects | undefined): ObservedFault =>
  effects === undefined ? window : { ...window, effects };

/** When the measured part began, on the history's clock: faults are planned from then on. */
function beginningOf([window]: readonly FaultWindow[]): number {
  return window === undefined ? 0 : window.planned.start - parseFault(window.fault).start;
}
