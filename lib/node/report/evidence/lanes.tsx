import type { Contradiction, Linearization } from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import type { Span } from '../chart-data.ts';
import { OUTCOME_MARKS, operationLabel } from './operation-label.ts';
import { ArrowHead, Axis, fitted, NumberMark, Picture, WIDTH } from './svg.tsx';
import { type TimeAxis, timeAxis } from './time-axis.ts';

interface LanesProps {
  /** Unique in the page. */
  readonly id: string;
  /** Operations of the evidence, in the order of its list. */
  readonly operations: readonly Operation[];
  readonly around: readonly Operation[];
  readonly contradiction?: Contradiction | undefined;
  readonly linearization?: Linearization | undefined;
  /** Milliseconds. */
  readonly faults: readonly Span[];
  readonly unmeasured: readonly Span[];
}

const LEFT = 150;
const RIGHT = 30;
const TOP = 26;
const LANE = 46;
const BAR = 18;

/** Operations around the evidence as bars from start to end, a lane for each client. */
export function Lanes({ id, operations, around, contradiction, linearization, faults, unmeasured }: LanesProps) {
  const shown = [...operations, ...around];
  const axis = timeAxis(
    shown.map(({ start, end = start }) => [start, end]),
    LEFT,
    WIDTH - LEFT - RIGHT,
  );
  const clients = [...new Set(shown.map(({ process }) => process))].sort((a, b) => a - b);
  const laneOf = new Map(clients.map((client, index) => [client, TOP + index * LANE]));
  const bottom = TOP + clients.length * LANE;
  const placeOf = (operation: Operation): Place => {
    const next = shown
      .filter(({ process, start }) => process === operation.process && start > operation.start)
      .reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
    const x = axis.x(operation.start);
    const limit = axis.edgeAfter(operation.start);
    const right = operation.end === undefined ? limit : axis.x(operation.end);
    const y = (laneOf.get(operation.process) ?? TOP) + LANE - BAR - 6;
    return { x, width: Math.max(4, right - x), y, room: Math.min(limit, axis.x(next)) - x };
  };
  const places = new Map(shown.map((operation) => [operation, placeOf(operation)]));
  const kinds = [...new Set(shown.map(({ outcome }) => outcome))];
  return (
    <Picture
      title="Operations around the evidence, by client"
      description={describeLanes(operations, contradiction)}
      height={bottom + 28}
      legend={
        <>
          {kinds.map((outcome) => (
            <span class={`key-of ${outcome}`}>
              {OUTCOME_MARKS[outcome]} {outcome}
            </span>
          ))}
          <span class="key-of evidence">numbered: operations of the evidence</span>
          {around.length === 0 ? null : <span>others: on the same objects or of the same clients</span>}
          {unmeasured.length === 0 ? null : <span class="key-of unmeasured">warm-up and pauses</span>}
          {faults.length === 0 ? null : <span class="key-of fault">fault</span>}
        </>
      }
    >
      <Axis axis={axis} top={TOP} bottom={bottom} />
      <Shades axis={axis} spans={unmeasured} name="unmeasured" top={TOP} bottom={bottom} />
      <Shades axis={axis} spans={faults} name="fault" top={TOP} bottom={bottom} />
      {clients.map((client) => (
        <LaneName client={client} shown={shown} y={laneOf.get(client) ?? 0} />
      ))}
      {shown.map((operation) => (
        <Bar operation={operation} place={places.get(operation) as Place} number={operations.indexOf(operation) + 1} />
      ))}
      {contradiction === undefined ? null : (
        <ContradictionArrow
          id={`${id}-arrow`}
          from={places.get(operations[contradiction.later] as Operation)}
          to={places.get(operations[contradiction.earlier] as Operation)}
        />
      )}
      {linearization === undefined ? null : (
        <LinearizationPath operations={operations} linearization={linearization} places={places} axis={axis} />
      )}
      {operations.map((operation, index) => {
        const { x, y } = places.get(operation) as Place;
        return <NumberMark x={x} y={y + BAR / 2} number={index + 1} />;
      })}
    </Picture>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Pixels until the next operation of the client. */
  readonly room: number;
}

function LaneName({ client, shown, y }: { client: number; shown: readonly Operation[]; y: number }) {
  const nodes = [...new Set(shown.filter(({ process }) => process === client).map(({ node }) => node))];
  return (
    <g class="lane">
      <line x1={0} x2={WIDTH} y1={y + LANE} y2={y + LANE} />
      <text x={0} y={y + 22}>
        client {client}
      </text>
      <text class="quiet" x={0} y={y + 37}>
        {fitted(nodes.length > 2 ? `${nodes.length} nodes` : nodes.join(', '), LEFT - 8)}
      </text>
    </g>
  );
}

/** @param number in the list of the evidence; 0 for other operations */
function Bar({ operation, place, number }: { operation: Operation; place: Place; number: number }) {
  const { outcome, end } = operation;
  const { x, y, width, room } = place;
  const label = operationLabel(operation);
  const isEvidence = number > 0;
  return (
    <g class={`bar ${outcome}${isEvidence ? ' evidence' : ''}`} tabIndex={isEvidence ? 0 : undefined}>
      <title>{describeBar(operation)}</title>
      <rect class={end === undefined ? 'open-ended' : undefined} x={x} y={y} width={width} height={BAR} rx="3" />
      <text class="label" x={isEvidence ? x - 8 : x} y={y - (isEvidence ? 7 : 4)}>
        {fitted(label, room - (isEvidence ? 0 : 2))}
      </text>
      {width < 34 ? null : (
        <text class="mark" x={x + width - 12} y={y + 13}>
          {OUTCOME_MARKS[outcome]}
        </text>
      )}
    </g>
  );
}

function describeBar(operation: Operation): string {
  const { process, node, protocol, start, end, outcome, error } = operation;
  const times = `${(start / 1000).toFixed(4)} s to ${end === undefined ? 'no answer' : `${(end / 1000).toFixed(4)} s`}`;
  return `${operationLabel(operation)}\nclient ${process} on ${node} by ${protocol}\n${times}\n${outcome}${error === undefined ? '' : `: ${error}`}`;
}

interface ShadesProps {
  readonly axis: TimeAxis;
  readonly spans: readonly Span[];
  readonly name: string;
  readonly top: number;
  readonly bottom: number;
}

const Shades = ({ axis, spans, name, top, bottom }: ShadesProps) => (
  <>
    {axis.stretches.flatMap(({ from, to }) =>
      spans
        .filter(([begin, end]) => begin < to && end > from)
        .map(([begin, end]) => {
          const [left, right] = [axis.x(Math.max(begin, from)), axis.x(Math.min(end, to))];
          return <rect class={`shade ${name}`} x={left} y={top} width={right - left} height={bottom - top} />;
        }),
    )}
  </>
);

/** From the operation that cannot be right to the one that it contradicts. */
function ContradictionArrow({ id, from, to }: { id: string; from: Place | undefined; to: Place | undefined }) {
  if (from === undefined || to === undefined) return null;
  const [x1, y1] = [from.x + 2, from.y];
  const [x2, y2] = [to.x + Math.min(to.width, 22), to.y + (to.y < from.y ? BAR : 0)];
  const bend = y1 === y2 ? TOP - 14 : (y1 + y2) / 2;
  return (
    <>
      <defs>
        <ArrowHead id={id} color="bad" />
      </defs>
      <path
        class="contradiction"
        d={`M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}`}
        marker-end={`url(#${id})`}
      />
    </>
  );
}

interface PathProps {
  readonly operations: readonly Operation[];
  readonly linearization: Linearization;
  readonly places: ReadonlyMap<Operation, Place>;
  readonly axis: TimeAxis;
}

/** The order of the longest prefix: a moment within each operation, with the register's value after it. */
function LinearizationPath({ operations, linearization: { order, stuck }, places, axis }: PathProps) {
  let moment = Number.NEGATIVE_INFINITY;
  const points = order.flatMap(({ operation, value }) => {
    const each = operations[operation];
    const place = each && places.get(each);
    if (each === undefined || place === undefined) return [];
    moment = Math.max(moment, each.start);
    return [{ x: Math.max(axis.x(moment), place.x + 4), y: place.y + BAR / 2, value }];
  });
  const last = points.at(-1);
  const ending = operations[stuck] && places.get(operations[stuck]);
  return (
    <g class="linearization">
      <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
      {points.map(({ x, y, value }) => (
        <>
          <circle cx={x} cy={y} r="3.5" />
          <text x={x + 5} y={y + BAR / 2 + 11}>
            = {value === null ? 'nothing' : String(value)}
          </text>
        </>
      ))}
      {last === undefined || ending === undefined ? null : (
        <line class="fits-nowhere" x1={last.x} y1={last.y} x2={ending.x + 4} y2={ending.y + BAR / 2} />
      )}
    </g>
  );
}

function describeLanes(operations: readonly Operation[], contradiction: Contradiction | undefined): string {
  const each = operations.map((operation, index) => `${index + 1}: ${operationLabel(operation)}, ${operation.outcome}`);
  const why =
    contradiction === undefined
      ? ''
      : `. ${contradiction.later + 1} contradicts ${contradiction.earlier + 1}: ${contradiction.reason}`;
  return `Time line of ${each.join('; ')}${why}`;
}
