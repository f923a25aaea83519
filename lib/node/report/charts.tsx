import { quantity } from '../../core/verdict/tables.ts';
import { secondsText } from './chart-data.ts';
import { Section, Table } from './elements.tsx';
import type { HistoryFigures } from './history-figures.ts';
import type { ReportData } from './report-data.ts';
import { PARTS, PERCENTILES, type Series, type Timeline } from './series.ts';

/** Charts over time, drawn by the script of the page. Each has a description and a table with its values. */
export function Charts({ data: { figures, samples, faults } }: { data: ReportData }) {
  const { timeline, histogram } = figures;
  const shaded = `Grey: warm-up and pauses, which are not measured.${faults.length > 0 ? ' Red: faults.' : ''}`;
  return (
    <Section title="Charts over time" note={shaded}>
      <Chooser timeline={timeline} />
      <Figure id="rate" title="Successful operations, per second" says={saysOfRate(timeline)} />
      <Figure id="latency" title="Operation latency, ms (logarithmic)" says={saysOfLatency(timeline)} />
      <Figure id="trouble" title="Errors and conflicts, per second" says={saysOfTrouble(timeline)} />
      <Figure
        id="histogram"
        title="Latency distribution, operations per latency (ms)"
        says={`Measured part of the run: ${histogram.total} operations.`}
      />
      <Percentiles {...figures.byOutcome} />
      {samples.length === 0 ? null : (
        <>
          <Figure id="cpu" title="CPU of each process, cores" says="Nodes on this machine, and k6." />
          <Figure id="memory" title="Resident memory of each process, MB" says="All nodes, and k6." />
        </>
      )}
    </Section>
  );
}

/** Latency of successful and of other operations: an error that comes at once must not make a target look fast. */
function Percentiles({ successful, unsuccessful }: HistoryFigures['byOutcome']) {
  const all = [
    ['successful', successful],
    ['conflict, failed or unknown', unsuccessful],
  ] as const;
  const rows = all.filter(([, { total }]) => total > 0);
  if (rows.length === 0) return null;
  return (
    <Table
      caption="Latency percentiles of successful and unsuccessful operations"
      head={['Operations', 'Count', ...Object.keys(PERCENTILES)]}
      rows={rows.map(([name, { total, percentiles }]) => [
        name,
        String(total),
        ...Object.values(percentiles).map((value) => quantity(value, 'ms')),
      ])}
    />
  );
}

function Chooser({ timeline: { parts } }: { timeline: Timeline }) {
  if (Object.keys(parts).length === 0) return null;
  return (
    <p class="views">
      <label>
        Show{' '}
        <select id="view">
          <option value="all">all operations</option>
          {PARTS.flatMap((part) => {
            const series = parts[part];
            return series === undefined
              ? []
              : [
                  <optgroup label={`By ${part}`}>
                    <option value={part}>all {part}s side by side</option>
                    {Object.keys(series).map((value) => (
                      <option value={`${part} ${value}`}>
                        {part} {value} only
                      </option>
                    ))}
                  </optgroup>,
                ];
          })}
        </select>
      </label>
    </p>
  );
}

function Figure({ id, title, says }: { id: string; title: string; says: string }) {
  return (
    <figure>
      <figcaption id={`${id}-title`}>{title}</figcaption>
      <div class="chart" id={id} role="img" aria-labelledby={`${id}-title`} aria-describedby={`${id}-says`} />
      <p class="note" id={`${id}-says`}>
        {says}
      </p>
      <details class="figures" data-chart={id}>
        <summary>Table of values</summary>
      </details>
    </figure>
  );
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

function saysOfRate({ all, at }: Timeline): string {
  const highest = most(all.ok);
  return `All operations: at most ${quantity(highest, '/s')}, at ${secondsText(at[all.ok.indexOf(highest)])}.`;
}

function saysOfLatency({ all, at }: Timeline): string {
  const p95 = all.latency.p95.map((value) => value ?? 0);
  const highest = most(p95);
  if (highest === 0) return 'No operation ended.';
  return `All operations: the 95th percentile is highest at ${secondsText(at[p95.indexOf(highest)])}: ${quantity(highest, 'ms')}.`;
}

function saysOfTrouble({ all, at }: Timeline): string {
  const told = (values: Series['errors'], what: string): string => {
    const highest = most(values);
    if (highest === 0) return `no ${what}`;
    return `${what} at most ${quantity(highest, '/s')}, at ${secondsText(at[values.indexOf(highest)])}`;
  };
  return `All operations: ${told(all.errors, 'errors')}; ${told(all.conflicts, 'conflicts')}.`;
}
