/// <reference lib="dom" />
// Runs in the reader's browser: draws the charts from the data in the page.
import { type Chart, drawBars, drawLines, type Line } from './browser-chart.ts';
import { figuresOf } from './browser-figures.ts';
import type { ChartData } from './chart-data.ts';
import type { Part, Series } from './series.ts';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as ChartData;
const chooser = document.querySelector<HTMLSelectElement>('#view');

/** The current content of each chart, for its table. */
const shown = new Map<string, Chart>();

function show(chart: Chart): void {
  shown.set(chart.id, chart);
  drawLines(chart, (from, to) => linkRange(chart.id, from, to));
}

const COLORS = ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9'];
const colored = (lines: readonly (readonly [label: string, values: Line['values']])[]): Line[] =>
  lines.map(([label, values], index) => ({ label, values, color: COLORS[index % COLORS.length] ?? 's0' }));

function drawView(name: string): void {
  const { at: x, all, parts } = data.timeline;
  const [part, ...rest] = name.split(' ');
  const members = parts[part as Part];
  const one = rest.length > 0 ? members?.[rest.join(' ')] : all;
  const charts = members !== undefined && rest.length === 0 ? sideBySide(members) : alone(one ?? all);
  for (const chart of charts) show({ ...chart, x, unmeasured: data.unmeasured, faults: data.faults });
}

type Drawing = Pick<Chart, 'id' | 'unit' | 'lines' | 'logarithmic' | 'title'>;

function alone({ ok, errors, conflicts, latency }: Series): Drawing[] {
  const { p50, p90, p95, p99, 'p99.9': p999, max } = latency;
  return [
    {
      id: 'rate',
      title: 'Successful operations, per second',
      unit: '/s',
      lines: [{ label: 'successful', values: ok, color: 's0' }],
    },
    {
      id: 'latency',
      title: 'Operation latency, ms (logarithmic)',
      unit: ' ms',
      logarithmic: true,
      lines: [
        { label: 'p50', values: p50, color: 's3' },
        { label: 'p90', values: p90, color: 's5' },
        { label: 'p95', values: p95, color: 's0' },
        { label: 'p99', values: p99, color: 's1' },
        { label: 'p99.9', values: p999, color: 's2' },
        { label: 'max', values: max, color: 's4' },
      ],
    },
    {
      id: 'trouble',
      title: 'Errors and conflicts, per second',
      unit: '/s',
      lines: [
        { label: 'errors', values: errors, color: 'bad' },
        { label: 'conflicts', values: conflicts, color: 's1' },
      ],
    },
  ];
}

function sideBySide(members: Readonly<Record<string, Series>>): Drawing[] {
  const each = (values: (series: Series) => Line['values']) =>
    colored(Object.entries(members).map(([name, series]) => [name, values(series)]));
  const sum = (a: readonly number[], b: readonly number[]) => a.map((value, index) => value + (b[index] ?? 0));
  return [
    { id: 'rate', title: 'Successful operations, per second', unit: '/s', lines: each(({ ok }) => ok) },
    {
      id: 'latency',
      title: '95th percentile of operation latency, ms (logarithmic)',
      unit: ' ms',
      logarithmic: true,
      lines: each(({ latency }) => latency.p95),
    },
    {
      id: 'trouble',
      title: 'Sum of errors and conflicts, per second',
      unit: '/s',
      lines: each(({ errors, conflicts }) => sum(errors, conflicts)),
    },
  ];
}

function drawUsage(): void {
  const { at: x, processes } = data.usage;
  const lines = (pick: 'cpu' | 'memory') =>
    colored(Object.entries(processes).map(([label, usage]) => [label, usage[pick]]));
  const { unmeasured, faults } = data;
  show({ id: 'cpu', title: 'CPU of each process, cores', unit: ' cores', x, lines: lines('cpu'), unmeasured, faults });
  show({
    id: 'memory',
    title: 'Resident memory of each process, MB',
    unit: ' MB',
    x,
    lines: lines('memory'),
    unmeasured,
    faults,
  });
}

const isServed = location.protocol.startsWith('http');
document.documentElement.dataset.served = String(isServed);

/** A range that was selected in a chart becomes a link to its operations. */
function linkRange(id: string, from: number, to: number): void {
  const figure = document.getElementById(id)?.closest('figure');
  if (!isServed || figure === null || figure === undefined) return;
  figure.querySelector('.range')?.remove();
  const link = document.createElement('a');
  link.className = 'range';
  link.href = `/history?from=${from.toFixed(3)}&to=${to.toFixed(3)}`;
  link.textContent = `Operations from ${from.toFixed(2)} s to ${to.toFixed(2)} s`;
  figure.append(link);
}

function drawAll(): void {
  drawView(chooser?.value ?? 'all');
  drawBars('histogram', data.histogram);
  drawUsage();
  fillFigures();
}

/** Tables are built on demand: all of them would be larger than the page. */
function fillFigures(): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.figures')) {
    details.querySelector('.scroll')?.remove();
    const id = details.dataset.chart ?? '';
    const chart = shown.get(id);
    if (!details.open) continue;
    if (chart !== undefined)
      details.append(
        figuresOf(
          chart.title,
          ['time (s)', ...chart.lines.map(({ label }) => label)],
          chart.x.map((at, index) => [at, ...chart.lines.map(({ values }) => values[index])]),
        ),
      );
    else if (id === 'histogram')
      details.append(
        figuresOf(
          'Latency distribution',
          ['up to (ms)', 'operations'],
          data.histogram.edges.map((edge, bar) => [edge, data.histogram.counts[bar]]),
        ),
      );
  }
}

chooser?.addEventListener('change', () => {
  drawView(chooser.value);
  fillFigures();
});
for (const details of document.querySelectorAll('details.figures')) details.addEventListener('toggle', fillFigures);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
// Paper is white whatever the screen is.
addEventListener('beforeprint', () => {
  document.documentElement.dataset.on = 'paper';
  drawAll();
});
addEventListener('afterprint', () => {
  delete document.documentElement.dataset.on;
  drawAll();
});
addEventListener('resize', drawAll);
drawAll();
