import { formatDuration } from '../../core/load/duration.ts';
import type { Finding } from '../../core/verdict/run-verdict.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { shortened } from './elements.tsx';
import type { ReportData } from './report-data.ts';

const WORDS = { pass: 'Pass', fail: 'Fail', invalid: 'Invalid' } as const;
const NO_VERDICT = 'The run ended before it had a verdict.';

/** The verdict in one sentence, the precise finding behind it, the first error, and the key figures. */
export function Headline({ data }: { data: ReportData }) {
  const { run, verdict } = data;
  const state = verdict?.state ?? 'invalid';
  const [sentence = NO_VERDICT, ...more] = (verdict?.headline ?? NO_VERDICT).split(/(?<=\.) (?=\p{Lu})/u);
  return (
    <header>
      <p class="where">
        {run.scenario} · {String(run.settings.profile)} · {run.target.description}
      </p>
      <h1>
        <span class={`badge ${state}`}>{WORDS[state]}</span> {sentence}
      </h1>
      {more.length === 0 ? null : <p>{more.join(' ')}</p>}
      <Detail finding={verdict?.findings[0]} />
      <FirstError data={data} />
      <p class="when">
        <time dateTime={run.started}>{run.started.slice(0, 19).replace('T', ' ')} UTC</time>
        {run.ended === undefined ? '' : `, ${formatDuration(Date.parse(run.ended) - Date.parse(run.started))}`}
        {run.interrupted ? ', interrupted' : ''}
      </p>
      <KeyFigures data={data} />
    </header>
  );
}

/** The checker's own sentence behind the headline. */
function Detail({ finding }: { finding: Finding | undefined }) {
  return finding?.detail === undefined ? null : <p class="note">{shortened(finding.detail)}</p>;
}

/** The earliest failed operation or anomaly. */
function FirstError({ data: { verdict, figures } }: { data: ReportData }) {
  const evidence = (verdict?.checks ?? []).flatMap(({ anomalies }) =>
    anomalies.flatMap(({ kind, first }) =>
      first.operations.slice(0, 1).map((operation) => ({ operation, what: `First anomaly: ${kind}` })),
    ),
  );
  const { firstError: error } = figures;
  const errors =
    error === undefined
      ? []
      : [{ operation: error, what: `First error: ${error.outcome}, ${error.error ?? 'no cause'}` }];
  const [first] = [...evidence, ...errors].sort((a, b) => a.operation.start - b.operation.start);
  if (first === undefined) return null;
  const { operation, what } = first;
  return (
    <p>
      {what}, at {(operation.start / 1000).toFixed(2)} s ({operation.f}, client {operation.process}, {operation.node}).
    </p>
  );
}

function KeyFigures({ data: { summary } }: { data: ReportData }) {
  const [phase] = summary?.phases ?? [];
  if (summary === undefined || phase === undefined || summary.phases.length > 1) return null;
  const { outcomes, latency, perSecond, dropped } = phase;
  const figures = [
    ['operations/s', quantity(perSecond, '')],
    ['p50 latency', quantity(latency.p50, 'ms')],
    ['p95 latency', quantity(latency.p95, 'ms')],
    ['p99 latency', quantity(latency.p99, 'ms')],
    ['errors', String(outcomes.conflict + outcomes.failed + outcomes.unknown)],
    ['conflicts', String(summary.conflicts)],
    ['dropped', String(dropped)],
  ] as const;
  return (
    <dl class="key">
      {figures.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
