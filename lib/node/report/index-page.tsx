import { quantity } from '../../core/verdict/tables.ts';
import { type Drift, driftOf, MOST_RUNS } from './drift.ts';
import { Section, Table } from './elements.tsx';
import type { RunEntry } from './run-list.ts';

/** Runs that can be compared with each other, oldest first. */
export interface RunSeries {
  readonly name: string;
  readonly runs: readonly RunEntry[];
  /** What drifts, by the figure's name. */
  readonly drifts: Readonly<Partial<Record<FigureName, Drift>>>;
}

const FIGURES = { p95: 'p95 latency', perSecond: 'operations a second' } as const;
type FigureName = keyof typeof FIGURES;

export function seriesOfRuns(runs: readonly RunEntry[]): RunSeries[] {
  const names = [...new Set(runs.map(({ series }) => series))].sort();
  return names.map((name) => {
    const own = runs.filter(({ series }) => series === name);
    const drifts = (Object.keys(FIGURES) as FigureName[]).map((figure) => [figure, driftOf(valuesOf(own, figure))]);
    return { name, runs: own, drifts: Object.fromEntries(drifts) };
  });
}

/** A run that cannot be trusted says nothing about speed. */
const valuesOf = (runs: readonly RunEntry[], figure: FigureName): number[] =>
  runs.flatMap(({ state, figures }) => (figures && (state === 'pass' || state === 'fail') ? [figures[figure]] : []));

/** What drifts in a series, each in a sentence. */
export const driftTexts = ({ drifts }: RunSeries): string[] =>
  Object.entries(drifts).flatMap(([figure, drift]) =>
    drift === undefined
      ? []
      : [
          `${FIGURES[figure as FigureName]} ${drift.change > 0 ? 'rises' : 'falls'} by ${Math.abs(Math.round(drift.change * 100))} % over the last ${drift.runs} runs (p = ${drift.p.toPrecision(1)}).`,
        ],
  );

/** All runs of a folder: a line each, then drift and trends. */
export function IndexPage({ series, runs }: { series: readonly RunSeries[]; runs: readonly RunEntry[] }) {
  const drifting = series.filter((it) => driftTexts(it).length > 0);
  const trends = series.filter((it) => valuesOf(it.runs, 'p95').length > 1);
  return (
    <main>
      <header>
        <h1>{runs.length} runs</h1>
        <p class="where">
          {(['pass', 'fail', 'invalid', 'no verdict'] as const)
            .map((state) => [state, runs.filter((run) => run.state === state).length] as const)
            .filter(([, count]) => count > 0)
            .map(([state, count]) => `${count} ${state}`)
            .join(', ')}
        </p>
      </header>
      <Section title="Runs" note="Newest first.">
        <RunFilters runs={runs} />
        <Table
          caption="All runs, newest first"
          head={[
            'Run',
            'Verdict',
            'Operations/s',
            'p50 latency',
            'p95 latency',
            'p99 latency',
            'Errors',
            'SurrealDB, commit',
            'Headline',
          ]}
          rows={[...runs]
            .reverse()
            .map((run) => [
              <span data-run={`${run.scenario} ${run.target} ${run.state.replace(' ', '-')}`}>
                {run.hasReport ? <a href={`${encodeURIComponent(run.id)}/report.html`}>{run.id}</a> : run.id}
              </span>,
              <span class={CLASSES[run.state]}>{run.state}</span>,
              run.figures === undefined ? '' : quantity(run.figures.perSecond, ''),
              ...(['p50', 'p95', 'p99'] as const).map((name) =>
                run.figures === undefined ? '' : quantity(run.figures[name], 'ms'),
              ),
              run.figures === undefined ? '' : String(run.figures.errors),
              <span class="version">{[run.version, run.commit].filter((it) => it !== undefined).join(', ')}</span>,
              <span class="says">{run.headline}</span>,
            ])}
        />
      </Section>
      <Section
        title="Slow drift"
        note="A trend over at least 8 runs of the same kind, by Spearman's rank correlation (p below 0.01), of 10 % or more by the Theil–Sen line."
      >
        {drifting.length === 0 ? (
          <p>Nothing drifts.</p>
        ) : (
          <ul>
            {drifting.map((it) => (
              <li>
                <b>{it.name}</b>: <span class="bad">{driftTexts(it).join(' ')}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {trends.length === 0 ? null : (
        <Section title="Trends" note={`The last ${MOST_RUNS} runs of each kind; a dot is a run, colored by verdict.`}>
          {trends.map((it) => (
            <Trend series={it} />
          ))}
        </Section>
      )}
    </main>
  );
}

/** Choices that narrow the table down; they need the script of the page. */
function RunFilters({ runs }: { runs: readonly RunEntry[] }) {
  const choices = [
    ['scenario', runs.map(({ scenario }) => scenario)],
    ['target', runs.map(({ target }) => target)],
    ['verdict', runs.map(({ state }) => state)],
  ] as const;
  return (
    <form class="filters" id="filters">
      {choices.map(([name, values]) => (
        <label>
          {name[0]?.toUpperCase()}
          {name.slice(1)}
          <select name={name}>
            <option value="">all</option>
            {[...new Set(values)].sort().map((value) => (
              <option value={value.replace(' ', '-')}>{value}</option>
            ))}
          </select>
        </label>
      ))}
    </form>
  );
}

const CLASSES = { pass: 'good', fail: 'bad', invalid: 'open', 'no verdict': 'open' } as const;

function Trend({ series: { name, runs } }: { series: RunSeries }) {
  const shown = runs.filter(({ figures }) => figures !== undefined).slice(-MOST_RUNS);
  return (
    <figure>
      <figcaption>{name}</figcaption>
      {(Object.keys(FIGURES) as FigureName[]).map((figure) => (
        <Spark title={FIGURES[figure]} unit={figure === 'p95' ? 'ms' : '/s'} runs={shown} figure={figure} />
      ))}
    </figure>
  );
}

const WIDTH = 600;
const HEIGHT = 60;

interface SparkProps {
  readonly title: string;
  readonly unit: 'ms' | '/s';
  readonly runs: readonly RunEntry[];
  readonly figure: FigureName;
}

/** A line from run to run, from 0 up; what it shows is also in words. */
function Spark({ title, unit, runs, figure }: SparkProps) {
  const values = runs.map(({ figures }) => figures?.[figure] ?? 0);
  const highest = Math.max(...values, Number.MIN_VALUE);
  const x = (index: number) => 5 + (index * (WIDTH - 10)) / Math.max(1, runs.length - 1);
  const y = (value: number) => HEIGHT - 5 - (value / highest) * (HEIGHT - 10);
  const text = `${title}: ${quantity(values[0] ?? 0, unit)} in the first of ${runs.length} runs, ${quantity(values.at(-1) ?? 0, unit)} in the last; between ${quantity(Math.min(...values), unit)} and ${quantity(highest, unit)}`;
  return (
    <>
      <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text}>
        <polyline points={values.map((value, index) => `${x(index)},${y(value)}`).join(' ')} />
        {runs.map(({ id, state }, index) => (
          <circle class={CLASSES[state]} cx={x(index)} cy={y(values[index] ?? 0)} r="3">
            <title>{`${id}: ${quantity(values[index] ?? 0, unit)}, ${state}`}</title>
          </circle>
        ))}
      </svg>
      <p class="note">{text}.</p>
    </>
  );
}
