import { isError, type Operation } from '../../core/history/history.ts';
import { formatDuration } from '../../core/load/duration.ts';
import { quantity } from '../../core/verdict/tables.ts';
import type { ReportData } from './report-data.ts';

const WORDS = { pass: 'Pass', fail: 'Fail', invalid: 'Invalid' } as const;
const NO_VERDICT = 'The run ended before there was a verdict.';

/** The verdict in one sentence, what failed first, and the figures that everybody asks for. */
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
      <FirstTrouble data={data} />
      <p class="when">
        <time dateTime={run.started}>{run.started.slice(0, 19).replace('T', ' ')} UTC</time>
        {run.ended === undefined ? '' : `, ${formatDuration(Date.parse(run.ended) - Date.parse(run.started))}`}
        {run.interrupted ? ', interrupted' : ''}
      </p>
      <KeyFigures data={data} />
    </header>
  );
}

/** The earliest operation that ended badly, or that a checker found fault with. */
function FirstTrouble({ data: { verdict, figures } }: { data: ReportData }) {
  const evidence = (verdict?.checks ?? []).flatMap(({ anomalies }) =>
    anomalies.flatMap(({ kind, first }) => first.operations.slice(0, 1).map((operation) => ({ operation, kind }))),
  );
  const error = figures.firstError;
  const candidates: { operation: Operation; kind: string }[] = [...evidence];
  if (error !== undefined) candidates.push({ operation: error, kind: `${error.outcome}: ${error.error}` });
  const [first] = candidates.sort((a, b) => a.operation.start - b.operation.start);
  if (first === undefined) return null;
  const { operation, kind } = first;
  const what = isError(operation) || kind === '' ? `ended ${kind}` : `is where “${kind}” begins`;
  return (
    <p>
      First to go wrong: {(operation.start / 1000).toFixed(2)} s into the run, {operation.f} by client{' '}
      {operation.process} on {operation.node} {what}.
    </p>
  );
}

function KeyFigures({ data: { summary } }: { data: ReportData }) {
  const [phase] = summary?.phases ?? [];
  if (summary === undefined || phase === undefined || summary.phases.length > 1) return null;
  const { outcomes, latency, perSecond, dropped } = phase;
  const figures = [
    ['a second', quantity(perSecond, '')],
    ['p50', quantity(latency.p50, 'ms')],
    ['p95', quantity(latency.p95, 'ms')],
    ['p99', quantity(latency.p99, 'ms')],
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
