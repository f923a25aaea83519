import { quantity } from '../../core/verdict/tables.ts';
import { Section, Table } from './elements.tsx';
import type { RunEntry } from './run-list.ts';
import { FEWEST, MOST } from './trends/change-points.ts';
import {
  changeText,
  FIGURES,
  type FigureName,
  isValid,
  type RunChange,
  type RunSeries,
  SMALLEST_CHANGE,
} from './trends/run-series.ts';

/** All runs of a folder: a line each, then changes of level and trends. */
export function IndexPage({ series, runs }: { series: readonly RunSeries[]; runs: readonly RunEntry[] }) {
  const changed = series.filter(({ changes }) => changes.length > 0);
  const trends = series.filter((it) => it.runs.filter(isValid).length > 1);
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
        title="Changes"
        note={`Where a figure of comparable runs changes its level by ${SMALLEST_CHANGE * 100} % or more: E-divisive over the last ${MOST} valid runs, p below 0.01, at least ${FEWEST} runs on each side.`}
      >
        {changed.length === 0 ? (
          <p>No figure changes its level.</p>
        ) : (
          changed.map(({ name, changes }) => (
            <>
              <h3>{name}</h3>
              <ul>
                {changes.map((change) => (
                  <li>{changeText(change)}</li>
                ))}
              </ul>
            </>
          ))
        )}
      </Section>
      {trends.length === 0 ? null : (
        <Section
          title="Trends"
          note={`The last ${MOST} runs of each kind. A dot is a run, colored by verdict; a dashed line is a change.`}
        >
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

function Trend({ series: { name, runs, changes } }: { series: RunSeries }) {
  const shown = runs.filter(({ figures }) => figures !== undefined).slice(-MOST);
  return (
    <figure>
      <figcaption>{name}</figcaption>
      {(Object.keys(FIGURES) as FigureName[]).map((figure) => (
        <Spark
          {...FIGURES[figure]}
          runs={shown}
          figure={figure}
          changes={changes.filter((it) => it.figure === figure && shown.includes(it.since))}
        />
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
  readonly changes: readonly RunChange[];
}

/** A line from run to run, from 0 up; what it shows is also in words. */
function Spark({ title, unit, runs, figure, changes }: SparkProps) {
  const values = runs.map(({ figures }) => figures?.[figure] ?? 0);
  const highest = Math.max(...values, Number.MIN_VALUE);
  const x = (index: number) => 5 + (index * (WIDTH - 10)) / Math.max(1, runs.length - 1);
  const y = (value: number) => HEIGHT - 5 - (value / highest) * (HEIGHT - 10);
  const text = `${title}: ${quantity(values[0] ?? 0, unit)} in the first of ${runs.length} runs, ${quantity(values.at(-1) ?? 0, unit)} in the last; between ${quantity(Math.min(...values), unit)} and ${quantity(highest, unit)}`;
  return (
    <>
      <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={text}>
        {changes.map((change) => {
          const at = x(runs.indexOf(change.since) - 0.5);
          return (
            <line x1={at} x2={at} y1={0} y2={HEIGHT}>
              <title>{changeText(change)}</title>
            </line>
          );
        })}
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
