import { anomalyMeaning } from '../../../core/checkers/index.ts';
import type {
  AnomalySummary,
  CheckVerdict,
  Contradiction,
  Evidence,
} from '../../../core/checkers/shared/check-verdict.ts';
import type { Operation } from '../../../core/history/history.ts';
import { anomalyHeadline, anomalyId, subjectOf } from '../../../core/verdict/check-findings.ts';
import type { Span } from '../chart-data.ts';
import { Prose, shortened, Table } from '../elements.tsx';
import { CycleGraph } from './cycle-graph.tsx';
import { type EvidenceContexts, NO_CONTEXT } from './evidence-context.ts';
import { Lanes } from './lanes.tsx';
import { LifePicture } from './life-picture.tsx';
import { OUTCOME_MARKS, operationLabel } from './operation-label.ts';
import { TotalChart } from './total-chart.tsx';

/** What all anomalies of a report share. */
export interface AnomalyScene {
  readonly contexts: EvidenceContexts;
  /** Milliseconds. */
  readonly faults: readonly Span[];
  readonly unmeasured: readonly Span[];
}

interface AnomalyProps extends AnomalyScene {
  readonly check: CheckVerdict;
  readonly anomaly: AnomalySummary;
}

/** One kind of anomaly: what happened, the pictures of its evidence, and the operations as a list. */
export function Anomaly({ check, anomaly, ...scene }: AnomalyProps) {
  const { kind, first, worst } = anomaly;
  const meaning = anomalyMeaning(check.checker, kind) ?? kind;
  const id = anomalyId(check.checker, kind);
  return (
    <details open id={id}>
      <summary>
        <span class="bad">{kind}</span> {anomalyHeadline(check, anomaly)}
      </summary>
      <EvidenceView id={id} evidence={first} meaning={meaning} {...scene} />
      {worst === undefined ? null : (
        <>
          <h4>The gravest case</h4>
          <EvidenceView id={`${id}-worst`} evidence={worst} meaning={meaning} {...scene} />
        </>
      )}
    </details>
  );
}

/** A run that lost everything must not make a page of everything. */
const MOST_OPERATIONS = 40;

interface EvidenceProps extends AnomalyScene {
  readonly id: string;
  readonly evidence: Evidence;
  /** Definition of the anomaly. */
  readonly meaning: string;
}

function EvidenceView({ id, evidence, meaning, contexts, ...shades }: EvidenceProps) {
  const { message, cycle, linearization } = evidence;
  const contradiction = contradictionOf(evidence, meaning);
  const context = contexts.get(evidence) ?? NO_CONTEXT;
  const { around, totals, life } = context;
  const all = context.operations.length > 0 ? context.operations : evidence.operations;
  const operations = all.slice(0, MOST_OPERATIONS);
  const left = all.length - operations.length;
  return (
    <>
      <p>{shortened(message)}</p>
      {cycle === undefined ? null : <CycleGraph id={`${id}-cycle`} operations={operations} cycle={cycle} />}
      {life === undefined ? null : <LifePicture life={life} />}
      <TotalChart points={totals} operations={operations} />
      {operations.length === 0 ? null : (
        <Lanes
          id={id}
          operations={operations}
          around={around}
          contradiction={contradiction}
          linearization={linearization}
          {...shades}
        />
      )}
      {contradiction === undefined ? null : (
        <p class="contradiction-reason">
          <b>
            {contradiction.later + 1} contradicts {contradiction.earlier + 1}
          </b>
          : {contradiction.reason.replace(/\.$/, '')}.
        </p>
      )}
      {linearization === undefined ? null : (
        <p class="contradiction-reason">
          The line connects the operations in an order that explains their answers, with the value after each.{' '}
          <b>{linearization.stuck + 1} fits nowhere after it.</b>
        </p>
      )}
      {operations.length === 0 ? null : <OperationList operations={operations} />}
      {operations.length === 0 ? null : <HistoryLinks operations={operations} />}
      {left === 0 ? null : <p class="note">{left} more operations are in verdict.json.</p>}
    </>
  );
}

/** The pair that a checker named; otherwise, of two operations or more, the last one against the first. */
function contradictionOf(evidence: Evidence, meaning: string): Contradiction | undefined {
  const { operations, contradiction, cycle, linearization } = evidence;
  if (contradiction !== undefined || cycle !== undefined || linearization !== undefined) return contradiction;
  const shown = operations.slice(0, MOST_OPERATIONS);
  if (shown.length < 2) return undefined;
  const later = shown.reduce((last, { start }, index) => (start >= (shown[last]?.start ?? 0) ? index : last), 0);
  return { earlier: later === 0 ? 1 : 0, later, reason: meaning };
}

/** Links to the history view; shown if the page is served by `npm run report -- RUN --open`. */
function HistoryLinks({ operations }: { operations: readonly Operation[] }) {
  const starts = operations.map(({ start }) => start);
  const ends = operations.map(({ start, end = start }) => end);
  const from = ((Math.min(...starts) - 5) / 1000).toFixed(4);
  const to = ((Math.max(...ends) + 5) / 1000).toFixed(4);
  const keys = [...new Set(operations.map(subjectOf).filter((key) => key !== undefined))].slice(0, 3);
  const clients = [...new Set(operations.map(({ process }) => process))].slice(0, 3);
  return (
    <>
      <p class="served">
        History: <a href={`/history?from=${from}&to=${to}`}>all operations of this time</a>
        {keys.map((key) => (
          <a href={`/history?key=${encodeURIComponent(key)}`}>operations on {key}</a>
        ))}
        {clients.map((client) => (
          <a href={`/history?client=${client}&from=${from}&to=${to}`}>client {client}</a>
        ))}
      </p>
      <p class="note not-served">npm run report -- RUN --open links to all operations around this evidence.</p>
    </>
  );
}

const OperationList = ({ operations }: { operations: readonly Operation[] }) => (
  <Table
    caption="Operations of the evidence"
    head={['No.', 'Operation', 'Outcome', 'Client', 'Node', 'Protocol', 'Start, s', 'End, s']}
    rows={operations.map((operation, index) => {
      const { process, node, protocol, start, end, outcome, error } = operation;
      return [
        String(index + 1),
        <Prose>{operationLabel(operation)}</Prose>,
        <Prose>
          {OUTCOME_MARKS[outcome]} {outcome}
          {error === undefined ? '' : `: ${error}`}
        </Prose>,
        String(process),
        node,
        protocol,
        (start / 1000).toFixed(4),
        end === undefined ? 'no answer' : (end / 1000).toFixed(4),
      ];
    })}
    stacks
  />
);
