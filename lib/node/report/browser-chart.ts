/// <reference lib="dom" />
import uPlot from 'uplot';
import type { Span } from './chart-data.ts';
import type { LatencyHistogram } from './series.ts';

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Name of a color in style.css. */
  readonly color: string;
}

/** A chart over time. */
export interface Chart {
  /** Id of its element; a chart without an element is not drawn. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Seconds. */
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly logarithmic?: boolean;
  readonly unmeasured: readonly Span[];
  readonly faults: readonly Span[];
}

const HEIGHT = 220;
const charts = new Map<string, uPlot>();

const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** @param onSelect told the range that a reader selects, seconds */
export function drawLines(
  { id, title, unit, x, lines, logarithmic = false, unmeasured, faults }: Chart,
  onSelect: (from: number, to: number) => void,
): void {
  const caption = document.getElementById(`${id}-title`);
  if (caption !== null) caption.textContent = title;
  const series = lines.map(({ label, color: stroke }) => ({
    label,
    stroke: color(stroke),
    width: 1.5,
    spanGaps: true,
    value: (_: uPlot, value: number | null) => (value === null ? '–' : `${value}${unit}`),
  }));
  const shading = (plot: uPlot) => {
    shade(plot, unmeasured, 'line', 0.5);
    shade(plot, faults, 'bad', 0.2);
  };
  replace(id, {
    scales: {
      x: { time: false },
      y: logarithmic ? { distr: 3 } : { range: (_, __, max) => [0, (max > 0 ? max : 1) * 1.05] },
    },
    axes: [
      { ...axis(), values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
      { ...axis(), size: 60 },
    ],
    cursor: { sync: { key: 'time' } },
    series: [{ label: 'time', value: (_, value) => (value === null ? '–' : `${value} s`) }, ...series],
    hooks: {
      drawClear: [shading],
      setSelect: [
        ({ select, posToVal }) => onSelect(posToVal(select.left, 'x'), posToVal(select.left + select.width, 'x')),
      ],
    },
    columns: [x, ...lines.map(({ values }) => values)],
  });
}

export function drawBars(id: string, { edges, counts }: LatencyHistogram): void {
  replace(id, {
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(1, max) * 1.05] } },
    axes: [
      {
        ...axis(),
        values: (_, ticks) =>
          ticks.map((tick) => (Number.isInteger(tick) && edges[tick] !== undefined ? `${edges[tick]} ms` : '')),
      },
      { ...axis(), size: 60 },
    ],
    series: [
      { label: 'latency up to', value: (_, bar) => (bar === null ? '–' : `${edges[bar] ?? ''} ms`) },
      {
        label: 'operations',
        fill: color('s0'),
        stroke: color('s0'),
        paths: uPlot.paths.bars?.({ size: [0.85] }) ?? (() => null),
        points: { show: false },
        value: (_, value) => (value === null ? '–' : String(value)),
      },
    ],
    columns: [edges.map((_, bar) => bar), counts],
  });
}

const axis = () => ({
  stroke: color('quiet'),
  grid: { stroke: color('line'), width: 1 },
  ticks: { stroke: color('line') },
});

type Drawing = Omit<uPlot.Options, 'width' | 'height'> & { readonly columns: readonly (readonly (number | null)[])[] };

function replace(id: string, { columns, ...options }: Drawing): void {
  const element = document.getElementById(id);
  if (element === null) return;
  charts.get(id)?.destroy();
  const size = { width: element.clientWidth, height: HEIGHT };
  charts.set(id, new uPlot({ ...size, ...options }, columns as unknown as uPlot.AlignedData, element));
}

function shade({ ctx, bbox, valToPos }: uPlot, spans: readonly Span[], name: string, alpha: number): void {
  ctx.save();
  ctx.fillStyle = color(name);
  ctx.globalAlpha = alpha;
  for (const [from, to] of spans) {
    const left = Math.max(bbox.left, valToPos(from, 'x', true));
    const right = Math.min(bbox.left + bbox.width, valToPos(to, 'x', true));
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}
