import type { Operation } from '../../../core/history/history.ts';
import { Picture, WIDTH } from './svg.tsx';
import type { TotalPoint } from './total-over-time.ts';

const LEFT = 70;
const TOP = 16;
const HEIGHT = 150;

interface TotalChartProps {
  readonly points: readonly TotalPoint[];
  /** Operations of the evidence. */
  readonly operations: readonly Operation[];
}

/** The sum of all balances over time, with the first wrong one; nothing if every read adds up. */
export function TotalChart({ points, operations }: TotalChartProps) {
  const [first, ...rest] = points;
  const expected = usual(points);
  const wrong = points.find(({ total }) => total !== expected);
  if (first === undefined || rest.length === 0 || wrong === undefined) return null;
  const totals = points.map(({ total }) => total);
  const [low, high] = [Math.min(...totals), Math.max(...totals)];
  const span = Math.max(1, high - low);
  const last = points.at(-1) as TotalPoint;
  const x = (at: number) => LEFT + ((at - first.at) / Math.max(1, last.at - first.at)) * (WIDTH - LEFT - 20);
  const y = (total: number) => TOP + 10 + ((high - total) / span) * (HEIGHT - 20);
  const marks = operations.filter(({ start }) => start >= first.at && start <= last.at);
  const says = `Expected ${expected}; first wrong read ${wrong.total} at ${(wrong.at / 1000).toFixed(2)} s on ${wrong.node}.`;
  return (
    <Picture
      title="Total of all balances over time"
      description={says}
      height={TOP + HEIGHT + 30}
      legend={<span>{says} Dots are reads; red dots show another total.</span>}
    >
      <g class="axis">
        <rect class="paper" x={LEFT} y={TOP} width={WIDTH - LEFT - 12} height={HEIGHT} />
        {[...new Set([low, expected, high])].map((total) => (
          <>
            <line x1={LEFT} x2={WIDTH - 12} y1={y(total)} y2={y(total)} />
            <text x={LEFT - 8} y={y(total) + 4} text-anchor="end">
              {total}
            </text>
          </>
        ))}
        {[first.at, (first.at + last.at) / 2, last.at].map((at, index) => (
          <text x={x(at)} y={TOP + HEIGHT + 18} text-anchor={(['start', 'middle', 'end'] as const)[index]}>
            {(at / 1000).toFixed(2)} s
          </text>
        ))}
      </g>
      {marks.map(({ start }) => (
        <line class="moment" x1={x(start)} x2={x(start)} y1={TOP} y2={TOP + HEIGHT} />
      ))}
      {points.map(({ at, total, node }) => (
        <circle
          class={total === expected ? 'dot' : 'dot wrong'}
          cx={x(at)}
          cy={y(total)}
          r={total === expected ? 2 : 4}
        >
          <title>{`${total} at ${(at / 1000).toFixed(3)} s on ${node}`}</title>
        </circle>
      ))}
    </Picture>
  );
}

/** The total that most reads show. */
function usual(points: readonly TotalPoint[]): number {
  const counts = new Map<number, number>();
  for (const { total } of points) counts.set(total, (counts.get(total) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best), [0, 0])[0];
}
