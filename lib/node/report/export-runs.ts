import type { RunEntry } from './run-list.ts';
import type { RunSeries } from './trends/run-series.ts';

/** Forms in which the figures of all runs can be exported. */
export const EXPORT_FORMATS = ['csv', 'github'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS = [
  'run',
  'started',
  'series',
  'verdict',
  'operations/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'errors',
  'version',
  'commit',
];

/**
 * `csv`: a line per run (RFC 4180). `github`: the latencies of the newest valid run of each series, as
 * benchmark-action/github-action-benchmark reads them with `tool: customSmallerIsBetter`.
 */
export function exportRuns(series: readonly RunSeries[], format: ExportFormat): string {
  if (format === 'github') return JSON.stringify(series.flatMap(benchmarksOf), null, 2);
  const rows = series.flatMap(({ runs }) => runs.map(cellsOf));
  return [COLUMNS, ...rows].map((row) => row.map(quoted).join(',')).join('\r\n');
}

function cellsOf({ id, started, series, state, figures, version, commit = '' }: RunEntry): string[] {
  const { perSecond, p50, p95, p99, errors } = figures ?? {};
  const numbers = [perSecond, p50, p95, p99, errors].map((value) => value?.toString() ?? '');
  return [id, started, series, state, ...numbers, version, commit];
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function benchmarksOf({ name, runs }: RunSeries) {
  const newest = runs.findLast(({ state, figures }) => figures !== undefined && (state === 'pass' || state === 'fail'));
  const { figures } = newest ?? {};
  if (newest === undefined || figures === undefined) return [];
  return (['p50', 'p95', 'p99'] as const).map((percentile) => ({
    name: `${name}: ${percentile} latency`,
    unit: 'ms',
    value: figures[percentile],
    extra: newest.id,
  }));
}
