import type { ElementLife, LifeSpan } from './element-life.ts';
import { operationLabel } from './operation-label.ts';
import { Axis, fitted, Picture, WIDTH } from './svg.tsx';
import { timeAxis } from './time-axis.ts';

const LEFT = 150;
const RIGHT = 30;
const TOP = 40;
const ROW = 34;

/** What each reader was shown of one element, from its write to the end of the run. */
export function LifePicture({ life }: { life: ElementLife }) {
  const { element, written, readers, words, parts } = life;
  const rows = Object.entries(readers);
  const states = new Set(rows.flatMap(([, own]) => own.map((span) => stateOf(span, parts))));
  const spans = rows.flatMap(([, own]) => own.map(({ from, to }) => [from, to] as const));
  const writes = written === undefined ? [] : [[written.start, written.end ?? written.start] as const];
  const axis = timeAxis([...writes, ...spans], LEFT, WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;
  return (
    <Picture
      title={written === undefined ? `Readings of ${element} on each node` : `Life of ${element} on each node`}
      description={rows
        .map(([node, own]) => `${node}: ${own.map((span) => spanText(span, life)).join(', then ')}`)
        .join('; ')}
      height={bottom + 28}
      legend={
        <>
          <span class="key-of seen">✓ {words.seen}</span>
          <span class="key-of missing">✗ {words.missing}</span>
          {states.has('torn') ? <span class="key-of torn">◐ a part of it {words.seen}</span> : null}
          {states.has('twice') ? <span class="key-of twice">2 {words.seen} more than once</span> : null}
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
            const state = stateOf(span, parts);
            const mark = MARKS[state](span);
            const left = axis.x(span.from);
            const width = Math.max(26, axis.x(span.to) - left);
            const x = Math.min(left, WIDTH - RIGHT - width);
            return (
              <g class={`life ${state}`}>
                <title>{spanText(span, life)}</title>
                <rect x={x} y={TOP + row * ROW + 7} width={width} height="20" rx="3" />
                <text x={x + 6} y={TOP + row * ROW + 21}>
                  {fitted(`${mark} ${looksText(span, words)}`, width - 8) || mark}
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

type State = 'seen' | 'missing' | 'torn' | 'twice';

function stateOf({ times, parts }: LifeSpan, all: number): State {
  if (parts === 0) return 'missing';
  if (parts < all) return 'torn';
  return times === 1 ? 'seen' : 'twice';
}

const MARKS: Readonly<Record<State, (span: LifeSpan) => string>> = {
  seen: () => '✓',
  missing: () => '✗',
  torn: () => '◐',
  twice: ({ times }) => String(times),
};

function spanText(span: LifeSpan, { words, parts }: ElementLife): string {
  const { from, to } = span;
  const states: Readonly<Record<State, string>> = {
    ...words,
    torn: `${span.parts} of ${parts} parts ${words.seen}`,
    twice: 'more than once',
  };
  const times = from === to ? `at ${seconds(from)}` : `from ${seconds(from)} to ${seconds(to)}`;
  return `${states[stateOf(span, parts)]} in ${looksText(span, words)} ${times}`;
}

const looksText = ({ reads }: LifeSpan, { look }: ElementLife['words']): string =>
  `${reads} ${reads === 1 ? look : `${look}s`}`;

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(3)} s`;
