import table from 'text-table';
import { quantity } from '../verdict/tables.ts';
import type { MetricComparison } from './compare-rounds.ts';
import type { Metric } from './round-metrics.ts';

/** A change with its sign: `+20.3 %` of a value, `+0.12 pp` between shares. */
export function change(value: number, { scale }: Pick<Metric, 'scale'>): string {
  const figure = scale === 'ratio' ? value * 100 : value;
  const digits = Math.abs(figure) >= 100 ? 0 : scale === 'ratio' ? 1 : 2;
  const rounded = Number(figure.toFixed(digits));
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : ''}${Math.abs(rounded).toFixed(digits)} ${scale === 'ratio' ? '%' : 'pp'}`;
}

/** `+15.0 % … +25.1 %`; empty if there is none. */
export const intervalOf = (metric: MetricComparison): string =>
  metric.interval === undefined ? '' : `${change(metric.interval[0], metric)} … ${change(metric.interval[1], metric)}`;

/** Column titles. */
export const COLUMNS = ['', 'A', 'B', 'change', '95 % interval', 'A against A', 'p', 'verdict'] as const;

/** One row per metric, in the order of {@link COLUMNS}. */
export const rowOf = (metric: MetricComparison): string[] => [
  titleOf(metric),
  quantity(metric.a, metric.unit),
  quantity(metric.b, metric.unit),
  change(metric.change, metric),
  intervalOf(metric) || 'too few rounds',
  `±${change(metric.noise, metric).replace(/^\+/, '')}`,
  metric.p < 0.001 ? '<0.001' : metric.p.toFixed(3),
  verdictOf(metric),
];

export const titleOf = ({ name }: Metric): string => (name === 'cpu' ? 'CPU per operation' : name);

/** The verdict; if inconclusive, with the number of rounds that would decide it. */
export function verdictOf({ verdict, roundsToDecide }: MetricComparison): string {
  if (verdict !== 'inconclusive' || roundsToDecide === undefined) return verdict;
  return `inconclusive: ${roundsToDecide} rounds would decide`;
}

/** The comparison as lines of text. */
export function comparisonTable(metrics: readonly MetricComparison[]): string {
  if (metrics.length === 0) return '';
  return table([[...COLUMNS], ...metrics.map(rowOf)], { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'] });
}

/** The comparison as a table in Markdown. */
export function comparisonMarkdown(metrics: readonly MetricComparison[]): string {
  if (metrics.length === 0) return '';
  return markdownTable([...COLUMNS], metrics.map(rowOf));
}

/** Escapes untrusted text so that it cannot become markup, a mention or a table cell. */
export const markdownText = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/[&\\`*_[\]<>#|~]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/@/g, '@\u200b');

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}
