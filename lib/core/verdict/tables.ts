import table from 'text-table';
import { uncertaintyText } from '../history/clock-cost.ts';
import type { GeneratorShare } from '../load/generator-share.ts';
import { OUTCOMES } from '../protocols/outcome.ts';
import type { Limit } from './limits.ts';
import type { LimitResult, PhaseSummary, RunSummary, Share } from './summary.ts';

/** The requirements and how the run stands to them, as lines of text. */
export function limitsTable(results: readonly LimitResult[]): string {
  const rows = results.map(({ limit, state, measured, instance, reason }) => [
    MARKS[state],
    limit.requirement,
    narrowed(limit),
    `${limit.comparison} ${quantity(limit.limit, limit.unit)}`,
    reason === undefined ? quantity(measured, limit.unit) : '',
    state === 'held' ? '' : `${state}${instance ? ` by ${instance}` : ''}${reason ? `: ${reason}` : ''}`,
  ]);
  return table([['', 'requirement', '', 'limit', 'measured', ''], ...rows], { align: ['l', 'l', 'l', 'r', 'r', 'l'] });
}

const MARKS = { held: '✓', broken: '✗', 'too few samples': '?', 'not applicable': '–' } as const;

/** A line for each generator of a shared load; empty if there is one. */
export function generatorsTable(shares: readonly GeneratorShare[]): string {
  if (shares.length === 0) return '';
  const all = shares.reduce((sum, { operations }) => sum + operations, 0);
  const rows = shares.map(({ generator, operations, dropped, cpu, spare, uncertainty, death }) => [
    String(generator),
    String(operations),
    `${((100 * operations) / Math.max(1, all)).toFixed(1)} %`,
    String(dropped),
    cpu?.toFixed(2) ?? '',
    spare?.toFixed(2) ?? '',
    uncertaintyText(uncertainty),
    death ?? '',
  ]);
  const header = ['generator', 'operations', 'share', 'dropped', 'cores med', 'idle cores', 'clock', ''];
  return table([header, ...rows], { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'l'] });
}

/** One line a phase, and below it one a part of a mixed load, a protocol and a node, if there are several. */
export function loadTable({ phases }: Pick<RunSummary, 'phases'>): string {
  const header = ['', 'planned', 'done', 'p50', 'p95', 'p99', 'max', ...OUTCOMES, 'dropped'];
  const rows = phases.flatMap((phase) => [
    row(phase.name, phase, phase),
    ...Object.entries({ ...phase.byScenario, ...phase.byProtocol, ...phase.byNode }).map(([name, share]) =>
      row(`  ${name}`, share),
    ),
  ]);
  return table([header, ...rows], { align: header.map((_, column) => (column === 0 ? 'l' : 'r')) });
}

/** One block an operation, with a line for each node if there are several; empty without operations. */
export function operationsTable({ phases }: Pick<RunSummary, 'phases'>): string {
  const header = ['operation', '', 'done', 'p50', 'p95', 'p99', 'bytes', ...OUTCOMES];
  const rows = phases.flatMap(({ byOperation }) =>
    Object.entries(byOperation).flatMap(([operation, whole]) => [
      operationRow(operation, '', whole),
      ...Object.entries(whole.byNode).map(([name, share]) => operationRow('', name, share)),
    ]),
  );
  const sent = rows.filter((cells) => cells.slice(-OUTCOMES.length).some((count) => count !== '0'));
  return sent.length > 0 ? table([header, ...sent], { align: header.map((_, at) => (at < 2 ? 'l' : 'r')) }) : '';
}

/** One block an operation that was sent by several protocols: each protocol, and each on every node. Empty without such. */
export function comparisonTable({ phases }: Pick<RunSummary, 'phases'>): string {
  const header = ['', 'done', 'p50', 'p95', 'p99', 'bytes', 'conflicts', 'errors'];
  const blocks = phases.flatMap(({ byOperation }) =>
    Object.entries(byOperation).flatMap(([operation, { byProtocol, byProtocolAndNode }]) => {
      const sent = Object.entries(byProtocol).filter(([, share]) => doneOf(share) > 0);
      if (sent.length === 0) return [];
      const rows = sent.flatMap(([protocol, share]) => [
        comparisonRow(`  ${protocol}`, share),
        ...Object.entries(byProtocolAndNode[protocol] ?? {}).map(([node, own]) => comparisonRow(`    ${node}`, own)),
      ]);
      return [[operation, ...header.slice(1)], ...rows, header.map(() => '')];
    }),
  );
  if (blocks.length === 0) return '';
  const text = table(blocks.slice(0, -1), { align: header.map((_, column) => (column === 0 ? 'l' : 'r')) });
  return text.replace(/ +$/gm, '');
}

function comparisonRow(name: string, share: Share): string[] {
  const { latency, perSecond, bytes = 0, conflicts = 0, outcomes } = share;
  return [
    name,
    quantity(perSecond, '/s'),
    ...[latency.p50, latency.p95, latency.p99].map((value) => quantity(value, 'ms')),
    String(Math.round(bytes / Math.max(1, doneOf(share)))),
    String(conflicts),
    String(outcomes.conflict + outcomes.failed + outcomes.unknown),
  ];
}

const doneOf = ({ outcomes }: Share): number => OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0);

function operationRow(operation: string, place: string, share: Share): string[] {
  const { outcomes, latency, perSecond, bytes } = share;
  return [
    operation,
    place,
    quantity(perSecond, '/s'),
    ...[latency.p50, latency.p95, latency.p99].map((value) => quantity(value, 'ms')),
    bytes === undefined ? '' : String(Math.round(bytes / Math.max(1, doneOf(share)))),
    ...OUTCOMES.map((outcome) => String(outcomes[outcome])),
  ];
}

function row(name: string, share: Share, phase?: PhaseSummary): string[] {
  const { p50, p95, p99, max } = share.latency;
  return [
    name,
    phase?.rate === undefined ? '' : quantity(phase.rate, '/s'),
    quantity(share.perSecond, '/s'),
    ...[p50, p95, p99, max].map((latency) => quantity(latency, 'ms')),
    ...OUTCOMES.map((outcome) => String(share.outcomes[outcome])),
    phase === undefined ? '' : String(phase.dropped),
  ];
}

function narrowed({ title, tags }: Limit): string {
  const { outcome: _outcome, part: _part, ...where } = tags;
  const values = Object.values(where);
  return values.length > 0 ? `${title} (${values.join(', ')})` : title;
}

/** A figure with three significant digits and its unit. */
export function quantity(value: number, unit: Limit['unit']): string {
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  const text = value.toFixed(digits);
  return /^\w|%/.test(unit) ? `${text} ${unit}` : text + unit;
}
