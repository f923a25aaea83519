import { quantity } from '../../../core/verdict/tables.ts';
import type { RunEntry } from '../run-list.ts';
import { type ChangePoint, changePointsOf } from './change-points.ts';

/** Figures that are followed from run to run, by their field in a run's figures. */
export const FIGURES = {
  p95: { title: 'p95 latency', unit: 'ms' },
  perSecond: { title: 'operations a second', unit: '/s' },
} as const;
export type FigureName = keyof typeof FIGURES;

/** A change of a figure between two runs that follow each other. */
export interface RunChange extends Omit<ChangePoint, 'at'> {
  readonly figure: FigureName;
  /** The last run before the change, and the first one after it. */
  readonly from: RunEntry;
  readonly since: RunEntry;
}

/** Runs that can be compared with each other, oldest first. */
export interface RunSeries {
  readonly name: string;
  readonly runs: readonly RunEntry[];
  readonly changes: readonly RunChange[];
}

/** Smaller changes are not reported, however certain they are. */
export const SMALLEST_CHANGE = 0.05;

export function seriesOfRuns(runs: readonly RunEntry[]): RunSeries[] {
  const names = [...new Set(runs.map(({ series }) => series))].sort();
  return names.map((name) => {
    const own = runs.filter(({ series }) => series === name);
    const figures = Object.keys(FIGURES) as FigureName[];
    return { name, runs: own, changes: figures.flatMap((figure) => changesOf(own, figure)) };
  });
}

/** A run that cannot be trusted says nothing about speed. */
export const isValid = ({ state, figures }: RunEntry): boolean =>
  figures !== undefined && (state === 'pass' || state === 'fail');

function changesOf(runs: readonly RunEntry[], figure: FigureName): RunChange[] {
  const valid = runs.filter(isValid);
  return changePointsOf(valid.map(({ figures }) => figures?.[figure] ?? 0)).flatMap(({ at, ...change }) => {
    const [from, since] = [valid[at - 1], valid[at]];
    const isSmall = Math.abs(change.after / change.before - 1) < SMALLEST_CHANGE;
    return isSmall || from === undefined || since === undefined ? [] : [{ ...change, figure, from, since }];
  });
}

/** `p95 latency +7 % since run-31 (commits abc..def): 10 ms before, 10.7 ms since (p = 0.001).` */
export function changeText({ figure, from, since, before, after, p }: RunChange): string {
  const { title, unit } = FIGURES[figure];
  const share = Math.round((after / before - 1) * 100);
  const causes = [commitText(from, since), versionText(from, since)].filter((it) => it !== undefined);
  const why = causes.length === 0 ? '' : ` (${causes.join('; ')})`;
  const values = `${quantity(before, unit)} before, ${quantity(after, unit)} since`;
  return `${title} ${share > 0 ? '+' : '−'}${Math.abs(share)} % since ${since.id}${why}: ${values} (p = ${p.toPrecision(1)}).`;
}

function commitText({ commit: before }: RunEntry, { commit: after }: RunEntry): string | undefined {
  if (after === undefined) return undefined;
  if (before === undefined) return `commit ${after}`;
  return before === after ? `commit ${after}, as before` : `commits ${before}..${after}`;
}

const versionText = ({ version: before }: RunEntry, { version: after }: RunEntry): string | undefined =>
  before === after ? undefined : `${before} → ${after}`;
