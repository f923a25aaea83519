import table from 'text-table';
import type { VerdictState } from '../verdict.ts';
import type { ObservedFault } from './effects.ts';

/** What one exercise under one scenario came to. `not done`: the target cannot do it. */
export interface DrillResult {
  readonly exercise: string;
  readonly scenario: string;
  readonly state: VerdictState | 'not done';
  /** One sentence. */
  readonly headline: string;
  /** Name of the run's folder in results/; absent where there was no run. */
  readonly run?: string;
  readonly outcomes?: Readonly<Record<string, number>>;
  readonly faults: readonly ObservedFault[];
}

const MARKS: Readonly<Record<DrillResult['state'], string>> = { pass: '✓', fail: '✗', invalid: '?', 'not done': '–' };

/** One line for each exercise and scenario, then why those that did not pass did not. */
export function drillTable(results: readonly DrillResult[]): string {
  const header = [
    '',
    'exercise',
    'scenario',
    '',
    'ok',
    'failed',
    'unknown',
    'stall',
    'first success',
    'p95 back',
    'all agree',
  ];
  const rows = results.map(({ exercise, scenario, state, outcomes, faults }) => [
    MARKS[state],
    exercise,
    scenario,
    state,
    outcomes?.ok ?? '',
    outcomes?.failed ?? '',
    outcomes?.unknown ?? '',
    longest(faults, ({ effects }) => effects?.longestStall?.duration),
    longest(faults, ({ effects }) => effects?.firstSuccess),
    longest(faults, ({ effects }) => effects?.recovery),
    longest(faults, ({ healed, converged }) =>
      healed === undefined || converged === undefined ? undefined : converged - healed,
    ),
  ]);
  const reasons = results
    .filter(({ state }) => state !== 'pass')
    .map(({ exercise, scenario, state, headline }) => `${MARKS[state]} ${exercise} under ${scenario}: ${headline}`);
  const align = header.map((_, column): 'l' | 'r' => (column < 4 ? 'l' : 'r'));
  return [table([header, ...rows], { align }), ...(reasons.length > 0 ? [reasons.join('\n')] : [])].join('\n\n');
}

/** Of several faults the longest time; empty where none was seen. */
function longest(faults: readonly ObservedFault[], of: (fault: ObservedFault) => number | undefined): string {
  const times = faults.flatMap((fault) => of(fault) ?? []);
  return times.length === 0 ? '' : `${(Math.max(...times) / 1000).toFixed(1)} s`;
}
