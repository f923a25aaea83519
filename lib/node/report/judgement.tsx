import type { CheckVerdict } from '../../core/checkers/shared/check-verdict.ts';
import { type Coverage, coverageText } from '../../core/coverage/coverage.ts';
import { byStart } from '../../core/verdict/check-findings.ts';
import type { LimitResult } from '../../core/verdict/summary.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { Counts, Prose, Section, shortened, Table } from './elements.tsx';
import { Anomaly, type AnomalyScene } from './evidence/anomaly.tsx';
import type { ReportData, VerdictRecord } from './report-data.ts';

/** All findings but the first, which is the headline. */
export function Findings({ verdict: { findings } }: { verdict: VerdictRecord }) {
  if (findings.length < 2) return null;
  return (
    <Section title="Other findings">
      <ul>
        {findings.slice(1).map(({ kind, message, detail }) => (
          <li>
            <strong>{kind}</strong>: {message}
            {detail === undefined ? null : <small>{shortened(detail)}</small>}
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

const ORDER = Object.keys({ broken: 0, 'too few samples': 1, held: 2, 'not applicable': 3 });

/** Limits and measured values; broken limits first. */
export function Requirements({ limits: all }: { limits: readonly LimitResult[] }) {
  if (all.length === 0) return null;
  const limits = [...all].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return (
    <Section title="Requirements">
      <Table
        caption="Requirements with limits and measured values"
        stacks
        head={['Requirement', 'Quantity', 'Limit', 'Measured', 'Margin', 'State']}
        rows={limits.map(({ limit, measured, state, instance, reason }) => [
          limit.requirement,
          <Prose>
            {limit.title}
            {reason === undefined ? null : <small>{reason}</small>}
            {state === 'broken' && limit.needs !== undefined ? <small>Needs: {limit.needs}</small> : null}
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

/** Distance to the limit, as a share of the limit; negative outside. Empty for a limit of zero. */
function marginOf({ limit: { limit }, measured, state }: Pick<LimitResult, 'limit' | 'measured' | 'state'>): string {
  if (state === 'not applicable' || limit === 0) return '';
  return `${state === 'broken' ? '−' : ''}${Math.round((Math.abs(limit - measured) / limit) * 100)} %`;
}

const VALIDITY = { valid: 'good', invalid: 'bad', unknown: 'open' } as const;

interface InvariantsProps extends AnomalyScene {
  readonly checks: readonly CheckVerdict[];
  readonly exercised: Coverage | undefined;
}

/** The verdict of each checker, with a picture for every kind of anomaly. */
export function Invariants({ checks, exercised, ...scene }: InvariantsProps) {
  if (checks.length === 0) return null;
  return (
    <Section
      title="Invariants"
      note="Results of the checkers over the history of all operations. Times are seconds on the clock of the charts."
    >
      {exercised === undefined ? null : <p>This run {coverageText(exercised)}.</p>}
      {checks.map((check) => (
        <article>
          <h3>
            <span class={VALIDITY[check.valid]}>{check.valid}</span> {check.checker}
          </h3>
          {check.anomalies.length > 0 ? null : <p>{check.explanation}</p>}
          <Counts counts={Object.entries(check.counts).map(([name, count]) => [name, rounded(count)])} />
          {byStart(check.anomalies).map((anomaly) => (
            <Anomaly check={check} anomaly={anomaly} {...scene} />
          ))}
        </article>
      ))}
    </Section>
  );
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

export function Validity({ data: { summary, verdict } }: { data: ReportData }) {
  if (summary === undefined) return null;
  return (
    <Section title="Validity of the run" note={verdict?.bottleneck ?? ''}>
      <Table
        caption="Planned, sent and dropped operations by phase"
        head={['Phase', 'Planned', 'Operations', 'Dropped']}
        rows={summary.phases.map(({ name, planned, outcomes, iterations, dropped }) => [
          name,
          planned === undefined ? '–' : String(Math.round(planned)),
          `${outcomes.ok + outcomes.conflict + outcomes.failed + outcomes.unknown}${iterations === undefined ? '' : ` in ${iterations} iterations`}`,
          String(dropped),
        ])}
      />
    </Section>
  );
}
