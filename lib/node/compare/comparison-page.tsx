import type { ComparisonVerdict, MetricComparison, Tolerance } from '../../core/comparison/compare-rounds.ts';
import { COLUMNS, intervalOf, rowOf } from '../../core/comparison/comparison-text.ts';
import type { ComparisonState } from '../../core/comparison/comparison-verdict.ts';
import { formatDuration } from '../../core/load/duration.ts';
import { Prose, Section, Table } from '../report/elements.tsx';
import type { ArmRecord, ComparisonRecord } from './comparison-record.ts';

/** A comparison as a static page. */
export function ComparisonPage({ record }: { record: ComparisonRecord }) {
  const { state, headline, scenario, started, ended, arms, metrics, notes, command, settings, rounds } = record;
  return (
    <main>
      <header>
        <p class="where">Comparison · {scenario}</p>
        <h1>
          <span class={`badge ${BADGES[state]}`}>{state}</span> {headline}
        </h1>
        <p class="when">
          <time dateTime={started}>{started.slice(0, 19).replace('T', ' ')} UTC</time>,{' '}
          {formatDuration(Date.parse(ended) - Date.parse(started))}
        </p>
      </header>
      <Section title="Metrics" note={EXPLANATION}>
        <Metrics metrics={metrics} tolerance={record.tolerance} />
      </Section>
      <Section title="Targets">
        <Table
          caption="Sides"
          head={['Side', 'Target', 'Description', 'Version', 'Own settings']}
          rows={sideRows(arms)}
          stacks
        />
        <ul>
          {notes.map((note) => (
            <li>{note}</li>
          ))}
        </ul>
        <Table
          caption="Settings of both sides"
          head={['Setting', 'Value']}
          rows={Object.entries(settings).map(([name, value]) => [name, <Prose>{shown(value)}</Prose>])}
        />
        <Table
          caption="Machine"
          head={['Machine', '']}
          rows={Object.entries(record.machine).map(([name, value]) => [name, String(value)])}
        />
      </Section>
      {rounds.length === 0 ? null : (
        <Section title="Rounds" note="Each round is a run with its own folder in rounds/.">
          <Rounds record={record} />
        </Section>
      )}
      <Section title="Command to repeat the comparison">
        <pre class="command">{command}</pre>
      </Section>
    </main>
  );
}

const BADGES: Readonly<Record<ComparisonState, string>> = {
  better: 'pass',
  same: 'pass',
  worse: 'fail',
  mixed: 'fail',
  void: 'fail',
  inconclusive: 'invalid',
  invalid: 'invalid',
};

const EXPLANATION =
  'A and B: medians of the rounds. Line: 95 % confidence interval of the change from A to B; shaded: changes within the tolerance. ' +
  '“A against A”: difference between rounds of the same side (noise). p: signed-rank test of the pairs, adjusted for all metrics.';

const COLORS: Readonly<Record<ComparisonVerdict, string>> = {
  better: 'good',
  same: 'good',
  worse: 'bad',
  inconclusive: 'open',
};

function Metrics({ metrics, tolerance }: { metrics: readonly MetricComparison[]; tolerance: Tolerance }) {
  const [name, a, b, change, interval, noise, p, verdict] = COLUMNS;
  return (
    <Table
      caption="Metrics of both sides"
      head={[name, a, b, change, '', interval, noise, p, verdict]}
      rows={metrics.map((metric) => {
        const cells = rowOf(metric);
        return [
          ...cells.slice(0, 4),
          <Interval metric={metric} tolerance={tolerance} />,
          ...cells.slice(4, -1),
          <span class={COLORS[metric.verdict]}>{cells.at(-1)}</span>,
        ];
      })}
    />
  );
}

const WIDTH = 140;
const HEIGHT = 16;
/** Largest change that the line shows, as a ratio and in percentage points. */
const WIDEST = { ratio: Math.log(2), difference: 1 };

/** The confidence interval on a logarithmic axis: twice and half are equally far from the middle. */
function Interval({ metric, tolerance }: { metric: MetricComparison; tolerance: Tolerance }) {
  const { interval, change, scale, verdict } = metric;
  if (interval === undefined) return null;
  const distance = (value: number) => (scale === 'ratio' ? Math.log1p(value) : value) / WIDEST[scale];
  const x = (value: number) => (WIDTH / 2) * (1 + Math.max(-1, Math.min(1, distance(value))));
  const least = scale === 'ratio' ? tolerance.percent / 100 : tolerance.points;
  const middle = HEIGHT / 2;
  const from = x(scale === 'ratio' ? 1 / (1 + least) - 1 : -least);
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={intervalOf(metric)} class={COLORS[verdict]}>
      <rect x={from} y={0} width={x(least) - from} height={HEIGHT} fill="var(--line)" />
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1={0} y2={HEIGHT} stroke="var(--quiet)" />
      <line x1={x(interval[0])} x2={x(interval[1])} y1={middle} y2={middle} stroke="currentColor" stroke-width={2} />
      <circle cx={x(change)} cy={middle} r={4} fill="currentColor" />
    </svg>
  );
}

const sideRows = (arms: Readonly<Record<'a' | 'b', ArmRecord>>) =>
  (['a', 'b'] as const).map((side) => {
    const { name, description, version, settings } = arms[side];
    const own = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`);
    return [side.toUpperCase(), <Prose>{name}</Prose>, <Prose>{description}</Prose>, version, own.join(', ')];
  });

const shown = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

function Rounds({ record: { rounds } }: { record: ComparisonRecord }) {
  const names = [...new Set(rounds.flatMap(({ metrics }) => metrics.map(({ name }) => name)))];
  return (
    <Table
      caption="Rounds, in order of measurement"
      head={['Round', 'Side', ...names, '']}
      rows={rounds.map(({ arm, pair, metrics, findings }) => [
        String(pair + 1),
        arm.toUpperCase(),
        ...names.map((name) => metrics.find((metric) => metric.name === name)?.value.toPrecision(3) ?? ''),
        <Prose>{findings.map(({ message }) => message).join(' ')}</Prose>,
      ])}
    />
  );
}
