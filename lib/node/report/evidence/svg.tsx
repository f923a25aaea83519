import type { ComponentChildren } from 'preact';
import { GAP, type TimeAxis, ticksOf, timeLabel } from './time-axis.ts';

/** Pixels of a picture. On a narrower screen it shrinks a little, so that its end is in sight. */
export const WIDTH = 890;
/** On a screen narrower than this it scrolls sideways, so that its text stays readable. */
const NARROWEST = 700;

/** Pixels of a character of the pictures' 12 px text, on average. */
const CHARACTER = 6.4;

/** The beginning of a text that fits into so many pixels; empty if hardly any of it does. */
export function fitted(text: string, pixels: number): string {
  const characters = Math.floor(pixels / CHARACTER);
  if (text.length <= characters) return text;
  return characters < 5 ? '' : `${text.slice(0, characters - 1)}…`;
}

interface PictureProps {
  /** What the picture shows, as its caption. */
  readonly title: string;
  /** The same in words, for readers who cannot see it. */
  readonly description: string;
  readonly height: number;
  readonly children: ComponentChildren;
  /** Below the picture: its legend. */
  readonly legend?: ComponentChildren;
  readonly width?: number;
}

/** A drawing that works without a script. */
export function Picture({ title, description, height, children, legend, width = WIDTH }: PictureProps) {
  return (
    <figure class="picture">
      <figcaption>{title}</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section class="scroll" aria-label={title} tabIndex={0}>
        <svg
          style={`width: min(100%, ${width}px); min-width: ${Math.min(width, NARROWEST)}px`}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={description}
        >
          {children}
        </svg>
      </section>
      {legend === undefined ? null : <p class="legend">{legend}</p>}
    </figure>
  );
}

interface AxisProps {
  readonly axis: TimeAxis;
  /** Pixels from the top: of the plot, and of the axis below it. */
  readonly top: number;
  readonly bottom: number;
}

/** Grid lines with times below them, and a mark for each span that is left out. */
export function Axis({ axis: { stretches, x }, top, bottom }: AxisProps) {
  return (
    <g class="axis">
      {stretches.map((stretch, index) => (
        <>
          <rect class="paper" x={stretch.x} y={top} width={stretch.width} height={bottom - top} />
          {ticksOf(stretch).map((tick) => (
            <>
              <line x1={x(tick)} x2={x(tick)} y1={top} y2={bottom} />
              <text x={x(tick)} y={bottom + 16} text-anchor="middle">
                {timeLabel(tick, stretch)}
              </text>
            </>
          ))}
          {index === 0 ? null : (
            <text class="gap" x={stretch.x - GAP / 2} y={(top + bottom) / 2} text-anchor="middle">
              <tspan x={stretch.x - GAP / 2}>⋯</tspan>
              <tspan x={stretch.x - GAP / 2} dy="14">
                {gapText(stretch.from - (stretches[index - 1]?.to ?? 0))}
              </tspan>
            </text>
          )}
        </>
      ))}
    </g>
  );
}

const gapText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(0)} s`;

/** An arrow head in a color of the style sheet. @param id unique in the page */
export const ArrowHead = ({ id, color }: { id: string; color: string }) => (
  <marker id={id} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
    <path d="M0 0L10 5L0 10z" fill={`var(--${color})`} />
  </marker>
);

/** The number of an operation of the evidence, as in the list below the picture. */
export const NumberMark = ({ x, y, number }: { x: number; y: number; number: number }) => (
  <g class="number">
    <circle cx={x} cy={y} r="9" />
    <text x={x} y={y + 4} text-anchor="middle">
      {number}
    </text>
  </g>
);
