import { Graph, layout } from '@dagrejs/dagre';
import type { CycleEdge } from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import { operationLabel } from './operation-label.ts';
import { ArrowHead, Picture } from './svg.tsx';

/** Why one transaction precedes another, for readers who do not know the letters. */
const KINDS: Readonly<Record<CycleEdge['kind'], string>> = {
  ww: 'overwritten by',
  wr: 'read by',
  rw: 'missed a write of',
  process: 'same client, before',
  realtime: 'ended before',
};

const CHARACTER = 6.6;
const HEIGHT = 46;

interface CycleGraphProps {
  /** Unique in the page. */
  readonly id: string;
  readonly operations: readonly Operation[];
  readonly cycle: readonly CycleEdge[];
}

/** Transactions without an order, as a graph: each edge says that one must precede the other, and they form a cycle. */
export function CycleGraph({ id, operations, cycle }: CycleGraphProps) {
  const graph = new Graph({ multigraph: true })
    .setGraph({ rankdir: 'TB', nodesep: 60, ranksep: 70, marginx: 12, marginy: 12 })
    .setDefaultEdgeLabel(() => ({}));
  const used = [...new Set(cycle.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  for (const index of used) {
    const label = linesOf(index, operations[index]);
    graph.setNode(String(index), { label, width: widthOf(label) + 24, height: HEIGHT });
  }
  for (const [index, edge] of cycle.entries()) {
    const lines = edgeLines(edge);
    const size = { width: widthOf(lines) + 8, height: 32, labelpos: 'c' };
    graph.setEdge(String(edge.from), String(edge.to), { lines, kind: edge.kind, ...size }, String(index));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return (
    <Picture
      title="Dependency cycle of the transactions"
      description={cycle.map((edge) => `T${edge.from + 1} ${edgeLines(edge).join(' ')} T${edge.to + 1}`).join('; ')}
      width={Math.ceil(width)}
      height={Math.ceil(height)}
      legend={
        <span>
          Each arrow: the transaction at its tail must precede the one at its head. No order satisfies them all.
        </span>
      }
    >
      <defs>
        <ArrowHead id={id} color="bad" />
      </defs>
      {used.map((index) => {
        const { x, y, width: own, label } = graph.node(String(index)) as LaidOutNode;
        return (
          <g class="transaction">
            <rect x={x - own / 2} y={y - HEIGHT / 2} width={own} height={HEIGHT} rx="6" />
            <Lines lines={label} x={x} y={y} />
          </g>
        );
      })}
      {graph.edges().map((edge) => {
        const { points, lines, x, y, kind } = graph.edge(edge) as LaidOutEdge;
        return (
          <g class={`dependency ${kind}`}>
            <path d={`M${points.map((point) => `${point.x} ${point.y}`).join('L')}`} marker-end={`url(#${id})`} />
            <rect x={x - widthOf(lines) / 2 - 4} y={y - 16} width={widthOf(lines) + 8} height="32" />
            <Lines lines={lines} x={x} y={y} />
          </g>
        );
      })}
    </Picture>
  );
}

interface LaidOutEdge {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly kind: CycleEdge['kind'];
}

interface LaidOutNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly label: readonly string[];
}

const Lines = ({ lines, x, y }: { lines: readonly string[]; x: number; y: number }) => (
  <>
    {lines.map((line, index) => (
      <text x={x} y={y + 4 + (index - (lines.length - 1) / 2) * 15} text-anchor="middle">
        {line}
      </text>
    ))}
  </>
);

const widthOf = (lines: readonly string[]): number => Math.max(...lines.map(({ length }) => length)) * CHARACTER;

function linesOf(index: number, operation: Operation | undefined): string[] {
  if (operation === undefined) return [`T${index + 1}`];
  return [`T${index + 1} · client ${operation.process} · ${operation.node}`, operationLabel(operation)];
}

function edgeLines({ kind, key, versions }: CycleEdge): string[] {
  const proof = versions === undefined ? '' : versions.map(versionText).join(' → ');
  return [`${kind}: ${KINDS[kind]}`, ...(key === undefined ? [] : [`${key}: ${proof}`])];
}

const versionText = (version: unknown): string => {
  const text = JSON.stringify(version) ?? 'nothing';
  return text.length > 24 ? `${text.slice(0, 10)}…${text.slice(-12)}` : text;
};
