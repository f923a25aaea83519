/// <reference lib="dom" />
// Runs in the reader's browser: draws the charts from the data in the page.
import uPlot from 'uplot';
import type { ChartData } from './render.ts';
import type { Series } from './series.ts';

const data = JSON.parse(document.getElementById('data')?.textContent ?? '{}') as ChartData;

const style = () => getComputedStyle(document.documentElement);
const color = (name: string): string => style().getPropertyValue(`--${name}`).trim();

interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly color: string;
}

interface Chart {
  readonly id: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly logarithmic?: boolean;
  readonly shaded?: readonly (readonly [from: number, to: number])[];
}

const HEIGHT = 220;
const charts = new Map<string, uPlot>();

function draw({ id, x, lines, logarithmic = false, shaded = [] }: Chart): void {
  const element = document.getElementById(id);
  if (element === null) return;
  charts.get(id)?.destroy();
  const axis = { stroke: color('quiet'), grid: { stroke: color('line'), width: 1 }, ticks: { stroke: color('line') } };
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      scales: {
        x: { time: false },
        y: logarithmic ? { distr: 3 } : { range: (_, __, max) => [0, Math.max(max, 0.1) * 1.05] },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
        { ...axis, size: 60 },
      ],
      series: [
        { label: 's' },
        ...lines.map(({ label, color: stroke }) => ({ label, stroke: color(stroke), width: 1.5, spanGaps: true })),
      ],
      hooks: { drawClear: [(plot) => shade(plot, shaded)] },
    },
    [x, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData,
    element,
  );
  charts.set(id, chart);
}

function shade(plot: uPlot, spans: Chart['shaded'] = []): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = color('line');
  ctx.globalAlpha = 0.5;
  for (const [from, to] of spans) {
    const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

function drawView(name: string): void {
  const view: Series | undefined = data.timeline.views[name];
  if (view === undefined) return;
  const { at: x } = data.timeline;
  const shaded = data.unmeasured;
  draw({
    id: 'rate',
    x,
    shaded,
    lines: [
      { label: 'ok', values: view.ok, color: 's0' },
      { label: 'errors', values: view.errors, color: 'bad' },
    ],
  });
  draw({
    id: 'latency',
    x,
    shaded,
    logarithmic: true,
    lines: [
      { label: 'p50', values: view.p50, color: 's3' },
      { label: 'p95', values: view.p95, color: 's0' },
      { label: 'p99', values: view.p99, color: 's1' },
      { label: 'max', values: view.max, color: 's4' },
    ],
  });
}

function drawHistogram(): void {
  const element = document.getElementById('histogram');
  if (element === null) return;
  charts.get('histogram')?.destroy();
  const { edges, counts } = data.histogram;
  const axis = { stroke: color('quiet'), grid: { stroke: color('line'), width: 1 }, ticks: { stroke: color('line') } };
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, max) * 1.05] } },
      axes: [
        {
          ...axis,
          values: (_, ticks) =>
            ticks.map((tick) => (Number.isInteger(tick) && edges[tick] !== undefined ? `${edges[tick]} ms` : '')),
        },
        { ...axis, size: 60 },
      ],
      series: [
        { label: 'up to', value: (_, bar) => (bar === null ? '' : `${edges[bar] ?? ''} ms`) },
        {
          label: 'operations',
          fill: color('s0'),
          stroke: color('s0'),
          paths: uPlot.paths.bars?.({ size: [0.85] }) ?? (() => null),
          points: { show: false },
        },
      ],
    },
    [edges.map((_, bar) => bar), counts],
    element,
  );
  charts.set('histogram', chart);
}

const SHADES = ['s0', 's1', 's2', 's3', 's4'];

function drawUsage(): void {
  const x = data.usage.at;
  const lines = (pick: 'cpu' | 'memory'): Line[] =>
    Object.entries(data.usage.processes).map(([label, usage], index) => ({
      label,
      values: usage[pick],
      color: SHADES[index % SHADES.length] ?? 's0',
    }));
  draw({ id: 'cpu', x, lines: lines('cpu') });
  draw({ id: 'memory', x, lines: lines('memory') });
}

function drawAll(): void {
  const chosen = document.querySelector<HTMLInputElement>('input[name=view]:checked');
  drawView(chosen?.value ?? 'all');
  drawHistogram();
  drawUsage();
}

for (const input of document.querySelectorAll<HTMLInputElement>('input[name=view]'))
  input.addEventListener('change', () => drawView(input.value));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
addEventListener('resize', drawAll);
drawAll();
