import table from 'text-table';
import type { VerdictState } from '../verdict/run-verdict.ts';
import type { DrillFigures } from './drill-figures.ts';
import type { ObservedFault } from './effects.ts';

/** What one exercise under one scenario came to. `not done`: the target cannot do it. */
export interface DrillResult {
  readonly exercise: string;
  readonly scenario: string;
  readonly state: VerdictState | 'not done';
  /** One sentence. */
  readonly headline: string;
  /** Name of the run's folder in results/; absent if there was no run. */
  readonly run?: string;
  readonly outcomes?: Readonly<Record<string, number>>;
  /** What clients saw of all faults together; absent if there was no run. */
  readonly figures?: DrillFigures;
  /** In how many regions the run's data were; absent where that is not known. */
  readonly regions?: number;
  /** Most resident memory that a node had, bytes; absent where that is not known. */
  readonly memory?: number;
  readonly faults: readonly ObservedFault[];
}

const MARKS: Readonly<Record<DrillResult['state'], string>> = { pass: '✓', fail: '✗', invalid: '?', 'not done': '–' };

const HEADER = ['exercise', 'scenario', 'verdict', 'ok', 'failed', 'unknown', 'errors', 'stall', 'p95 back', 'agree'];
const TEXTS = 3;

/** One line for each exercise and scenario, then why those that did not pass did not. No line is longer than 100 characters. */
export function drillTable(results: readonly DrillResult[]): string {
  const rows = results.map(({ exercise, scenario, state, outcomes, figures }) => [
    exercise,
    scenario,
    `${MARKS[state]} ${state}`,
    outcomes?.ok ?? '',
    outcomes?.failed ?? '',
    outcomes?.unknown ?? '',
    ...(figures === undefined ? ['', '', '', ''] : cells(figures)),
  ]);
  const reasons = reasonsOf(results);
  const align = HEADER.map((_, column): 'l' | 'r' => (column < TEXTS ? 'l' : 'r'));
  return [table([HEADER, ...rows], { align }), LEGEND, ...(reasons.length > 0 ? [reasons.join('\n')] : [])].join(
    '\n\n',
  );
}

/** A sentence that several scenarios have in common is printed once. */
function reasonsOf(results: readonly DrillResult[]): string[] {
  const scenarios = new Map<string, { result: DrillResult; under: string[] }>();
  for (const result of results.filter(({ state }) => state !== 'pass')) {
    const key = `${result.exercise} ${result.headline}`;
    const entry = scenarios.get(key) ?? { result, under: [] };
    entry.under.push(result.scenario);
    scenarios.set(key, entry);
  }
  return [...scenarios.values()].map(
    ({ result: { exercise, state, headline }, under }) =>
      `${MARKS[state]} ${exercise} under ${under.join(', ')}: ${headline}`,
  );
}

const LEGEND = [
  'Times are seconds, from when the first fault of the exercise took effect. errors: when clients were',
  'told of the first and the last one; stall: the longest time without any acknowledgement; p95 back:',
  'within 1.5 times that of before; agree: all nodes answer the same again; –: not within the run.',
].join('\n');

const NEVER = '–';

function cells({ errorWindow, longestStall, recovery, sameAgain }: DrillFigures): string[] {
  return [
    errorWindow === undefined ? 'none' : `${seconds(errorWindow.first)}–${seconds(errorWindow.last)}`,
    seconds(longestStall),
    seconds(recovery),
    seconds(sameAgain),
  ];
}

const seconds = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? NEVER : (milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1);
