import type { CheckVerdict, Evidence } from '../../core/checkers/shared/check-verdict.ts';
import type { LimitResult } from '../../core/verdict/summary.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { Counts, Prose, Section, Table } from './elements.tsx';
import type { ReportData, VerdictRecord } from './report-data.ts';

/** The first finding is the headline. */
export function Findings({ verdict: { findings } }: { verdict: VerdictRecord }) {
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

const STATES = {
  held: ['good', '✓ held'],
  broken: ['bad', '✗ broken'],
  'too few samples': ['open', '? too few samples'],
  'not applicable': ['open', '– not applicable'],
} as const satisfies Record<LimitResult['state'], readonly [string, string]>;

export function Requirements({ limits }: { limits: readonly LimitResult[] }) {
  if (limits.length === 0) return null;
  return (
    <Section title="Requirements">
      <Table
        caption="Requirements, their limits, and what was measured"
        stacks
        head={['Requirement', 'Says', 'Limit', 'Measured', 'Margin', 'State']}
        rows={limits.map(({ limit, measured, state, instance, reason }) => [
          limit.requirement,
          <Prose>
            {limit.title}
            {reason === undefined ? null : <small>{reason}</small>}
            {state === 'broken' && limit.needs !== undefined ? <small>It takes: {limit.needs}</small> : null}
          </Prose>,
          `${limit.comparison} ${quantity(limit.limit, limit.unit)}`,
          state === 'not applicable'
            ? ''
            : `${quantity(measured, limit.unit)}${instance === undefined ? '' : ` (${instance})`}`,
          marginOf({ limit, measured, state }),
          <span class={STATES[state][0]}>{STATES[state][1]}</span>,
        ])}
      />
    </Section>
  );
}

/** How far inside its limit a figure is, as a share of the limit; negative outside. Of a limit of zero there is none. */
function marginOf({ limit: { limit }, measured, state }: Pick<LimitResult, 'limit' | 'measured' | 'state'>): string {
  if (state === 'not applicable' || limit === 0) return '';
  return `${state === 'broken' ? '−' : ''}${Math.round((Math.abs(limit - measured) / limit) * 100)} %`;
}

const VALIDITY = { valid: 'good', invalid: 'bad', unknown: 'open' } as const;

export function Invariants({ checks }: { checks: readonly CheckVerdict[] }) {
  if (checks.length === 0) return null;
  return (
    <Section
      title="Invariants"
      note="What the checkers found in the history of every operation. Times are those of the charts."
    >
      {checks.map(({ checker, valid, explanation, counts, anomalies }) => (
        <article>
          <h3>
            <span class={VALIDITY[valid]}>{valid}</span> {checker}
          </h3>
          <p>{explanation}</p>
          <Counts counts={Object.entries(counts).map(([name, count]) => [name, rounded(count)])} />
          {anomalies.map(({ kind, count, first, worst }) => (
            <details open>
              <summary>
                <span class="bad">{kind}</span> × {count}
              </summary>
              <Shown evidence={first} />
              {worst === undefined ? null : <Shown evidence={worst} />}
            </details>
          ))}
        </article>
      ))}
    </Section>
  );
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

/** A run that lost everything must not make a page of everything. */
const MOST_OPERATIONS = 50;

function Shown({ evidence: { message, operations } }: { evidence: Evidence }) {
  const shown = operations.slice(0, MOST_OPERATIONS).map((operation) => JSON.stringify(operation));
  const left = operations.length - shown.length;
  if (left > 0) shown.push(`… and ${left} more, in verdict.json`);
  return (
    <>
      <p>{message}</p>
      {shown.length === 0 ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <pre tabIndex={0}>{shown.join('\n')}</pre>
      )}
    </>
  );
}

export function Validity({ data: { summary, verdict } }: { data: ReportData }) {
  if (summary === undefined) return null;
  return (
    <Section title="Can the run be trusted?" note={verdict?.bottleneck ?? ''}>
      <Table
        caption="Operations that were planned, sent and dropped, by phase"
        head={['Phase', 'Planned', 'Operations', 'Dropped']}
        rows={summary.phases.map(({ name, planned, outcomes, iterations, dropped }) => [
          name,
          planned === undefined ? '–' : String(Math.round(planned)),
          `${outcomes.ok + outcomes.conflict + outcomes.failed + outcomes.unknown}${iterations === undefined ? '' : ` in ${iterations} arrivals`}`,
          String(dropped),
        ])}
      />
    </Section>
  );
}
