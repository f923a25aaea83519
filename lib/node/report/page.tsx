import type { ComponentChildren } from 'preact';
import { formatDuration } from '../../core/duration.ts';
import type { LimitResult, RunSummary, Share } from '../../core/summary.ts';
import { quantity } from '../../core/tables.ts';
import type { ReportData, VerdictRecord } from './data.ts';

/** The whole page; charts are drawn into their figures by the script that goes with it. */
export function Page({ data }: { data: ReportData }) {
  const { run, summary, verdict } = data;
  return (
    <main>
      <Headline data={data} />
      {verdict === undefined ? null : <Findings verdict={verdict} />}
      {verdict === undefined ? null : <Requirements limits={verdict.limits} />}
      {verdict === undefined ? null : <Invariants verdict={verdict} />}
      {summary === undefined ? null : <Load summary={summary} />}
      <Charts data={data} />
      <Validity data={data} />
      <Run data={data} />
      <footer>
        Repeat this run: <code>{run.command}</code>
      </footer>
    </main>
  );
}

const WORDS = { pass: 'Pass', fail: 'Fail', invalid: 'Invalid' } as const;

function Headline({ data: { run, verdict } }: { data: ReportData }) {
  const state = verdict?.state ?? 'invalid';
  return (
    <header>
      <p class="where">
        {run.scenario} · {String(run.settings.profile)} · {run.target.description}
      </p>
      <h1>
        <span class={`badge ${state}`}>{WORDS[state]}</span>{' '}
        {verdict?.headline ?? 'The run ended before there was a verdict.'}
      </h1>
      <p class="when">
        <time dateTime={run.started}>{run.started.slice(0, 19).replace('T', ' ')} UTC</time>
        {run.ended === undefined ? '' : `, ${formatDuration(Date.parse(run.ended) - Date.parse(run.started))}`}
        {run.interrupted ? ', interrupted' : ''}
      </p>
    </header>
  );
}

function Section({ title, children, note }: { title: string; children: ComponentChildren; note?: string }) {
  return (
    <section>
      <h2>{title}</h2>
      {note === undefined ? null : <p class="note">{note}</p>}
      {children}
    </section>
  );
}

/** The first finding is the headline. */
function Findings({ verdict: { findings } }: { verdict: VerdictRecord }) {
  if (findings.length < 2) return null;
  return (
    <Section title="What else is wrong">
      <ul>
        {findings.slice(1).map(({ kind, message }) => (
          <li>
            <strong>{kind}</strong>: {message}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Table({ head, rows }: { head: readonly string[]; rows: readonly (readonly ComponentChildren[])[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr>
              <th scope="row">{first}</th>
              {rest.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STATES = {
  held: ['good', '✓ held'],
  broken: ['bad', '✗ broken'],
  'too few samples': ['open', '? too few samples'],
  'not applicable': ['open', '– not applicable'],
} as const satisfies Record<LimitResult['state'], readonly [string, string]>;

function Requirements({ limits }: { limits: readonly LimitResult[] }) {
  return (
    <Section title="Requirements">
      <Table
        head={['Requirement', 'Says', 'Limit', 'Measured', 'Margin', '']}
        rows={limits.map(({ limit, measured, state, instance, reason }) => [
          limit.requirement,
          <span class="says" title={limit.needs}>
            {limit.title}
          </span>,
          `${limit.comparison} ${quantity(limit.limit, limit.unit)}`,
          state === 'not applicable'
            ? ''
            : `${quantity(measured, limit.unit)}${instance === undefined ? '' : ` (${instance})`}`,
          state === 'not applicable' || limit.limit === 0
            ? ''
            : `${state === 'broken' ? '−' : ''}${marginOf(limit.limit, measured)} %`,
          <span class={STATES[state][0]} title={reason}>
            {STATES[state][1]}
          </span>,
        ])}
      />
    </Section>
  );
}

const marginOf = (limit: number, measured: number): number => Math.round((Math.abs(limit - measured) / limit) * 100);

function Invariants({ verdict: { checks } }: { verdict: VerdictRecord }) {
  if (checks.length === 0) return null;
  return (
    <Section title="Invariants" note="What the checkers found in the history of every operation.">
      {checks.map(({ checker, valid, explanation, counts, anomalies }) => (
        <article>
          <h3>
            <span class={valid === 'valid' ? 'good' : valid === 'invalid' ? 'bad' : 'open'}>{valid}</span> {checker}
          </h3>
          <p>{explanation}</p>
          <p class="counts">
            {Object.entries(counts).map(([name, count]) => (
              <span>
                <b>{count}</b> {name}
              </span>
            ))}
          </p>
          {anomalies.map(({ kind, count, first, worst }) => (
            <details open>
              <summary>
                <span class="bad">{kind}</span> × {count}
              </summary>
              {[first, worst].map((evidence) =>
                evidence === undefined ? null : (
                  <>
                    <p>{evidence.message}</p>
                    {evidence.operations.length === 0 ? null : (
                      <pre>{evidence.operations.map((operation) => JSON.stringify(operation)).join('\n')}</pre>
                    )}
                  </>
                ),
              )}
            </details>
          ))}
        </article>
      ))}
    </Section>
  );
}

function Load({ summary: { phases, model, conflicts, highestRate } }: { summary: RunSummary }) {
  const cells = ({ perSecond, latency, outcomes }: Share): string[] => [
    quantity(perSecond, '/s'),
    ...[latency.p50, latency.p95, latency.p99, latency.p999, latency.max].map((value) => quantity(value, 'ms')),
    String(outcomes.ok),
    String(outcomes.conflict),
    String(outcomes.failed),
    String(outcomes.unknown),
  ];
  const open = model === 'open' ? 'Open model: operations arrive at a given rate, whether or not answers come.' : '';
  const closed = model === 'closed' ? 'Closed model: each user waits for its answer before it goes on.' : '';
  const attempts = conflicts === 0 ? '' : ` ${conflicts} attempts met a conflict and were tried again.`;
  return (
    <Section title="Load" note={`${open}${closed} Latency is that of whole operations, retries included.${attempts}`}>
      {highestRate === undefined ? null : (
        <p>
          Highest rate that held: <strong>{quantity(highestRate, '/s')}</strong>
        </p>
      )}
      <Table
        head={['', 'Done', 'p50', 'p95', 'p99', 'p99.9', 'Max', 'OK', 'Conflict', 'Failed', 'Unknown']}
        rows={phases.flatMap((phase) => [
          [
            phase.rate === undefined ? phase.name : `${phase.name} (asked ${quantity(phase.rate, '/s')})`,
            ...cells(phase),
          ],
          ...Object.entries({ ...phase.byProtocol, ...phase.byNode }).map(([name, share]) => [name, ...cells(share)]),
        ])}
      />
    </Section>
  );
}

function Charts({ data: { timeline, histogram, samples } }: { data: ReportData }) {
  const views = Object.keys(timeline.views);
  return (
    <Section title="Over time" note="Shaded: warm-up and the pause after the load, which are not measured.">
      {views.length < 2 ? null : (
        <fieldset class="views">
          <legend>Show</legend>
          {views.map((view, index) => (
            <label>
              <input type="radio" name="view" value={view} checked={index === 0} /> {view}
            </label>
          ))}
        </fieldset>
      )}
      <Figure id="rate" title="Operations a second" />
      <Figure id="latency" title="Latency, ms (logarithmic)" />
      <Figure id="histogram" title="How latencies are spread" />
      <p class="counts">
        {Object.entries(histogram.percentiles).map(([name, value]) => (
          <span>
            {name} <b>{quantity(value, 'ms')}</b>
          </span>
        ))}
        <span>
          of <b>{histogram.total}</b> operations
        </span>
      </p>
      {samples.length === 0 ? null : (
        <>
          <Figure id="cpu" title="CPU, cores" />
          <Figure id="memory" title="Resident memory, MB" />
        </>
      )}
    </Section>
  );
}

function Figure({ id, title }: { id: string; title: string }) {
  return (
    <figure>
      <figcaption id={`${id}-title`}>{title}</figcaption>
      <div class="chart" id={id} role="img" aria-labelledby={`${id}-title`} />
    </figure>
  );
}

function Validity({ data: { summary, verdict } }: { data: ReportData }) {
  if (summary === undefined) return null;
  return (
    <Section title="Can the run be trusted?" note={verdict?.bottleneck ?? ''}>
      <Table
        head={['Phase', 'Planned', 'Operations', 'Dropped']}
        rows={summary.phases.map(({ name, planned, outcomes, dropped }) => [
          name,
          planned === undefined ? '–' : String(Math.round(planned)),
          String(outcomes.ok + outcomes.conflict + outcomes.failed + outcomes.unknown),
          String(dropped),
        ])}
      />
    </Section>
  );
}

const LINKS: Readonly<Record<string, string>> = {
  'dashboard.html': "k6's own dashboard",
  'history.ndjson.gz': 'history of every operation',
  'summary.json': 'all metrics',
  'verdict.json': 'verdict',
  'k6.log': "k6's log",
};

function Run({ data: { run, files } }: { data: ReportData }) {
  const { nodes, notes, version, kind } = run.target;
  const settings = Object.entries(run.settings).map(([name, value]): [string, string] => [name, String(value)]);
  const prose = (text: string) => <span class="says">{text}</span>;
  return (
    <Section title="What ran">
      {notes.map((note) => (
        <p class="note">{note}</p>
      ))}
      <Table
        head={['Node', 'URL', 'Ready after']}
        rows={nodes.map(({ name, url, startUp }) => [name, url, startUp === undefined ? '' : formatDuration(startUp)])}
      />
      <Table
        head={['Setting', 'Value']}
        rows={[
          ['target', `${kind}, ${version}`],
          ['k6', `${run.k6.version} (${run.k6.source})`],
          [
            'machine',
            prose(
              Object.entries(run.machine)
                .map(([name, value]) => `${name} ${value}`)
                .join(', '),
            ),
          ],
          ...settings,
        ]}
      />
      <p>
        {files
          .filter((file) => file in LINKS)
          .map((file) => (
            <a href={file}>{LINKS[file]}</a>
          ))}
      </p>
    </Section>
  );
}
