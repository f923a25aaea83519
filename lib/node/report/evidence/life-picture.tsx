import type { ElementLife, LifeSpan } from './element-life.ts';
import { operationLabel } from './operation-label.ts';
import { Axis, fitted, Picture, WIDTH } from './svg.tsx';
import { timeAxis } from './time-axis.ts';

const LEFT = 150;
const RIGHT = 30;
const TOP = 40;
const ROW = 34;

/** What reads on each node showed of one element, from its write to the end of the run. */
export function LifePicture({ life: { element, written, nodes } }: { life: ElementLife }) {
  const rows = Object.entries(nodes);
  const spans = rows.flatMap(([, own]) => own.map(({ from, to }) => [from, to] as const));
  const writes = written === undefined ? [] : [[written.start, written.end ?? written.start] as const];
  const axis = timeAxis([...writes, ...spans], LEFT, WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;
  return (
    <Picture
      title={`Life of ${element} on each node`}
      description={rows.map(([node, own]) => `${node}: ${own.map(spanText).join(', then ')}`).join('; ')}
      height={bottom + 28}
      legend={
        <>
          <span class="key-of seen">✓ seen</span>
          <span class="key-of missing">✗ missing</span>
          <span class="key-of twice">2 seen more than once</span>
        </>
      }
    >
      <Axis axis={axis} top={TOP} bottom={bottom} />
      {rows.map(([node, own], row) => (
        <g class="lane">
          <text x={0} y={TOP + row * ROW + 21}>
            {fitted(node, LEFT - 8)}
          </text>
          {own.map((span) => {
            const left = axis.x(span.from);
            const width = Math.max(26, axis.x(span.to) - left);
            const x = Math.min(left, WIDTH - RIGHT - width);
            return (
              <g class={`life ${stateOf(span)}`}>
                <title>{spanText(span)}</title>
                <rect x={x} y={TOP + row * ROW + 7} width={width} height="20" rx="3" />
                <text x={x + 6} y={TOP + row * ROW + 21}>
                  {fitted(
                    `${MARKS[stateOf(span)](span)} ${span.reads} ${span.reads === 1 ? 'read' : 'reads'}`,
                    width - 8,
                  ) || MARKS[stateOf(span)](span)}
                </text>
              </g>
            );
          })}
        </g>
      ))}
      {written === undefined ? null : (
        <g class="moment">
          <line x1={axis.x(written.start)} x2={axis.x(written.start)} y1={TOP - 10} y2={bottom} />
          <text x={axis.x(written.start)} y={TOP - 16}>
            {operationLabel(written)} on {written.node}: {written.outcome === 'ok' ? 'acknowledged' : written.outcome}
          </text>
        </g>
      )}
    </Picture>
  );
}

type State = 'seen' | 'missing' | 'twice';

const stateOf = ({ times }: LifeSpan): State => (times === 0 ? 'missing' : times === 1 ? 'seen' : 'twice');

const MARKS: Readonly<Record<State, (span: LifeSpan) => string>> = {
  seen: () => '✓',
  missing: () => '✗',
  twice: ({ times }) => String(times),
};

const WORDS: Readonly<Record<State, string>> = { seen: 'seen', missing: 'missing', twice: 'more than once' };

function spanText(span: LifeSpan): string {
  const { from, to, reads } = span;
  const times = from === to ? `at ${seconds(from)}` : `from ${seconds(from)} to ${seconds(to)}`;
  return `${WORDS[stateOf(span)]} in ${reads} ${reads === 1 ? 'read' : 'reads'} ${times}`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(3)} s`;
