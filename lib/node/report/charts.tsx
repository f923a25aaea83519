import { quantity } from '../../core/verdict/tables.ts';
import { secondsText } from './chart-data.ts';
import { Counts, Section } from './elements.tsx';
import type { ReportData } from './report-data.ts';
import { PARTS, type Series, type Timeline } from './series.ts';

/** Charts over time; a script draws them, and what they show is told in words and as a table as well. */
export function Charts({ data: { figures, samples, faults } }: { data: ReportData }) {
  const { timeline, histogram } = figures;
  const shaded = `Shaded grey: warm-up and the pauses, which are not measured.${faults.length > 0 ? ' Shaded red: faults.' : ''}`;
  return (
    <Section title="Over time" note={shaded}>
      <Chooser timeline={timeline} />
      <Figure id="rate" title="Answered operations a second" says={saysOfRate(timeline)} />
      <Figure id="latency" title="Latency in ms, logarithmic" says={saysOfLatency(timeline)} />
      <Figure id="trouble" title="Errors and conflicts a second" says={saysOfTrouble(timeline)} />
      <Figure
        id="histogram"
        title="How latencies are spread"
        says={`Number of operations by latency, in the measured part: ${histogram.total} operations.`}
      />
      <Counts
        counts={Object.entries(histogram.percentiles).map(([name, value]) => [name, quantity(value, 'ms')] as const)}
      />
      {samples.length === 0 ? null : (
        <>
          <Figure id="cpu" title="CPU of each process, cores" says="Of every node on this machine, and of k6." />
          <Figure id="memory" title="Resident memory of each process, MB" says="Of every node, and of k6." />
        </>
      )}
    </Section>
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
                    <option value={part}>every {part} beside the others</option>
                    {Object.keys(series).map((value) => (
                      <option value={`${part} ${value}`}>
                        {part} {value} alone
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
        <summary>The same in figures</summary>
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
