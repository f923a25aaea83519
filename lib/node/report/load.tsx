import type { RunSummary, Share } from '../../core/verdict/summary.ts';
import { quantity } from '../../core/verdict/tables.ts';
import { Section, Table } from './elements.tsx';
import type { ConflictFigures } from './history-figures.ts';
import type { LatencyHistogram } from './series.ts';

export function Load({ summary: { phases, model, highestRate } }: { summary: RunSummary }) {
  const cells = ({ perSecond, latency, outcomes }: Share): string[] => [
    quantity(perSecond, '/s'),
    ...[latency.p50, latency.p95, latency.p99, latency.p999, latency.max].map((value) => quantity(value, 'ms')),
    ...[outcomes.ok, outcomes.conflict, outcomes.failed, outcomes.unknown].map(String),
  ];
  return (
    <Section title="Load" note={`${MODELS[model]} Latency is that of whole operations, retries included.`}>
      {highestRate === undefined ? null : (
        <p>
          Highest rate within the limits: <strong>{quantity(highestRate, '/s')}</strong>
        </p>
      )}
      <Table
        caption="Rate, latency and outcomes of the load"
        head={['Operations', 'Rate', 'p50', 'p95', 'p99', 'p99.9', 'Max', 'OK', 'Conflict', 'Failed', 'Unknown']}
        rows={phases.flatMap((phase) => [
          [
            phase.rate === undefined ? phase.name : `${phase.name} (target ${quantity(phase.rate, '/s')})`,
            ...cells(phase),
          ],
          ...Object.entries({ ...phase.byScenario, ...phase.byOperation, ...phase.byProtocol, ...phase.byNode }).map(
            ([name, share]) => [<span class="part">{name}</span>, ...cells(share)],
          ),
        ])}
      />
    </Section>
  );
}

const MODELS = {
  open: 'Open model: iterations start at a given rate, independent of the answers.',
  closed: 'Closed model: each VU waits for an answer before its next iteration.',
} as const;

/** Cost of concurrent transactions: an operation that meets a conflict is retried. */
export function Conflicts({ conflicts, seconds }: { conflicts: readonly ConflictFigures[]; seconds: number }) {
  if (conflicts.length === 0) return null;
  return (
    <Section
      title="Conflicts"
      note="Attempts that the database rejected because of a concurrent transaction. They are retried after a pause. Measured part of the run only."
    >
      <Table
        caption="Conflicts by operation"
        head={[
          'Operation',
          'Conflicts',
          'Share of attempts',
          'Attempts per commit',
          'Gave up',
          'Attempt latency: p50, p95, p99',
          'Operation latency: p50, p95, p99',
        ]}
        rows={conflicts.map(({ f, committed, attempts, refused, conflicts: met, gaveUp, attemptLatency, latency }) => [
          f,
          `${met} (${quantity(met / seconds, '/s')})`,
          `${((met / attempts) * 100).toFixed(1)} %`,
          committed === 0 ? '–' : ((attempts - refused) / committed).toFixed(2),
          String(gaveUp),
          percentilesOf(attemptLatency),
          percentilesOf(latency),
        ])}
      />
    </Section>
  );
}

const percentilesOf = (latency: LatencyHistogram | undefined): string =>
  latency === undefined
    ? 'not recorded'
    : (['p50', 'p95', 'p99'] as const).map((name) => quantity(latency.percentiles[name], 'ms')).join(', ');
