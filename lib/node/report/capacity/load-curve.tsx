import { quantity } from '../../../core/verdict/tables.ts';
import { Section, Table } from '../elements.tsx';
import { Picture, WIDTH } from '../evidence/svg.tsx';
import type { ReportData } from '../report-data.ts';
import { kneeOf } from './knee.ts';
import type { LevelFigures } from './level-figures.ts';
import { cpuBetween, limitingFactor } from './limiting-factor.ts';

const LEFT = 70;
const RIGHT = 20;
const TOP = 24;
const HEIGHT = 220;
const BOTTOM = TOP + HEIGHT;

const LINES = [
  ['p50', 's3'],
  ['p95', 's0'],
  ['p99', 's1'],
] as const;

/** Latency against load, for runs whose load rises; nothing for others. */
export function LoadCurve({ data: { run, figures, samples } }: { data: ReportData }) {
  const { levels, began } = figures;
  if (levels.length < 2) return null;
  const unit = run.plan.model === 'closed' ? 'VUs' : 'iterations/s';
  const knee = kneeOf(levels.map(({ load, p95 }) => ({ x: load, y: p95 })));
  const cpus = levels.map(({ from, to }) => cpuBetween(samples, began + from, began + to));
  const beyond = knee === undefined ? levels.length - 1 : Math.min(knee + 1, levels.length - 1);
  const cores = Number(run.machine.cores);
  return (
    <Section
      title="Latency against load"
      note={`Levels of rising load (${unit} as planned) and the latency of the operations that began at each.`}
    >
      <p>{kneeText(levels, knee, unit)}</p>
      <p>
        <b>What limited it</b> at {loadText(levels[beyond]?.load, unit)}:{' '}
        {limitingFactor(levels[beyond] as LevelFigures, cpus[beyond], cores)}
      </p>
      <Curve levels={levels} knee={knee} unit={unit} />
      <Table
        caption="Latency, errors and CPU at each level of load"
        head={[
          `Load, ${unit}`,
          'Successful operations/s',
          'p50',
          'p95',
          'p99',
          'Errors',
          'Conflicts',
          'Cores: generator',
          'Cores: nodes',
          'Cores: others',
        ]}
        rows={levels.map(({ load, perSecond, p50, p95, p99, errors, conflicts }, index) => [
          `${Math.round(load)}${index === knee ? ' (knee)' : ''}`,
          quantity(perSecond, ''),
          ...[p50, p95, p99].map((value) => quantity(value, 'ms')),
          ...[errors, conflicts].map((share) => `${(share * 100).toFixed(1)} %`),
          ...coresOf(cpus[index]),
        ])}
      />
    </Section>
  );
}

const coresOf = (cpu: ReturnType<typeof cpuBetween>): string[] =>
  cpu === undefined ? ['', '', ''] : [cpu.generator, cpu.nodes, cpu.others].map((value) => value.toFixed(2));

const loadText = (load = 0, unit: string): string => `${Math.round(load)} ${unit}`;

function kneeText(levels: readonly LevelFigures[], knee: number | undefined, unit: string): string {
  const last = levels.at(-1) as LevelFigures;
  const level = knee === undefined ? undefined : levels[knee];
  if (level === undefined)
    return `No knee: up to ${loadText(last.load, unit)} the p95 latency stays below twice its lowest value, or rises evenly.`;
  return `Knee at ${loadText(level.load, unit)}: p95 latency ${quantity(level.p95, 'ms')}, and ${quantity(last.p95, 'ms')} at ${loadText(last.load, unit)}. Method: Kneedle (Satopää et al. 2011) on p95.`;
}

interface CurveProps {
  readonly levels: readonly LevelFigures[];
  readonly knee: number | undefined;
  readonly unit: string;
}

function Curve({ levels, knee, unit }: CurveProps) {
  const loads = levels.map(({ load }) => load);
  const highestLoad = Math.max(...loads);
  const values = levels.flatMap(({ p50, p99 }) => [p50, p99]).filter((value) => value > 0);
  const [low, high] = [decade(Math.min(...values), Math.floor), decade(Math.max(...values), Math.ceil)];
  const x = (load: number) => LEFT + (load / highestLoad) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => BOTTOM - (Math.log10(Math.max(value, low) / low) / Math.log10(high / low)) * HEIGHT;
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, power) => low * 10 ** power);
  const marked = knee === undefined ? undefined : levels[knee];
  return (
    <Picture
      title={`Operation latency (ms, logarithmic) against load (${unit})`}
      description={levels
        .map(({ load, p50, p95, p99 }) => `${loadText(load, unit)}: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`)
        .join('; ')}
      height={BOTTOM + 40}
      legend={
        <>
          {LINES.map(([name, color]) => (
            <span class="key-of" style={`--mark: var(--${color})`}>
              {name}
            </span>
          ))}
          {marked === undefined ? null : <span>dashed: the knee</span>}
        </>
      }
    >
      <g class="axis">
        <rect class="paper" x={LEFT} y={TOP} width={WIDTH - LEFT - RIGHT} height={HEIGHT} />
        {decades.map((value) => (
          <>
            <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4} text-anchor="end">
              {value} ms
            </text>
          </>
        ))}
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <text x={x(share * highestLoad)} y={BOTTOM + 18} text-anchor={share === 1 ? 'end' : 'middle'}>
            {Math.round(share * highestLoad)}
          </text>
        ))}
        <text x={(LEFT + WIDTH - RIGHT) / 2} y={BOTTOM + 36} text-anchor="middle">
          {unit}
        </text>
      </g>
      {marked === undefined ? null : (
        <g class="knee">
          <line x1={x(marked.load)} x2={x(marked.load)} y1={TOP} y2={BOTTOM} />
          <text x={x(marked.load)} y={TOP - 8} text-anchor={x(marked.load) > WIDTH / 2 ? 'end' : 'start'}>
            knee: {loadText(marked.load, unit)}
          </text>
        </g>
      )}
      {LINES.map(([name, color]) => (
        <g class="curve" style={`--mark: var(--${color})`}>
          <polyline points={levels.map((level) => `${x(level.load)},${y(level[name])}`).join(' ')} />
          {levels.map((level) => (
            <circle cx={x(level.load)} cy={y(level[name])} r="3">
              <title>{`${loadText(level.load, unit)}: ${name} ${quantity(level[name], 'ms')}`}</title>
            </circle>
          ))}
        </g>
      ))}
    </Picture>
  );
}

/** The power of ten at or beyond a value. */
const decade = (value: number, round: (power: number) => number): number =>
  10 ** round(Math.log10(value) + Number.EPSILON);
