import table from 'text-table';
import { quantity } from '../verdict/tables.ts';
import type { ErrorCounts, ObservedFault } from './effects.ts';

const HEADER = [
  'fault',
  'errors',
  'seen from',
  'to',
  'first ok',
  'p95 back',
  'same again',
  'dip',
  'stall',
  'slowest',
  'error in',
];

/** What clients saw of each fault, a line each, and below it the errors of each node. Times run from when it took effect. */
export function effectsTable(faults: readonly ObservedFault[]): string {
  if (faults.length === 0) return '';
  const rows = faults.flatMap((fault) => [rowOf(fault), ...nodeRows(fault)]);
  return table([HEADER, ...rows], { align: HEADER.map((_, column) => (column === 0 ? 'l' : 'r')) });
}

function rowOf({ fault, began, converged, effects }: ObservedFault): string[] {
  if (effects === undefined || began === undefined) return [fault, 'it never took effect'];
  const { errors, errorWindow, firstSuccess, recovery, throughput, longestStall, longestOperation, timeToError } =
    effects;
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return [
    fault,
    String(failed),
    duration(errorWindow?.first),
    duration(errorWindow?.last),
    duration(firstSuccess, NEVER),
    effects.p95Before === undefined ? '' : duration(recovery, NEVER),
    duration(converged === undefined ? undefined : converged - began),
    throughput === undefined ? '' : `${Math.round(throughput.deepest)} of ${Math.round(throughput.before)}/s`,
    duration(longestStall?.duration),
    duration(longestOperation),
    duration(timeToError),
  ];
}

const NEVER = 'not within the run';

/** Errors of a node by kind, and how long it was until the node acknowledged again. */
function nodeRows({ effects }: ObservedFault): string[][] {
  return Object.entries(effects?.errorsByNode ?? {}).map(([node, errors]) => [
    `  ${node}: ${kinds(errors)}`,
    '',
    '',
    '',
    duration(effects?.firstSuccessByNode[node], effects?.silentNodes.includes(node) ? NEVER : 'not asked'),
  ]);
}

const kinds = (errors: ErrorCounts): string =>
  Object.entries(errors)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');

function duration(milliseconds: number | undefined, otherwise = ''): string {
  if (milliseconds === undefined) return otherwise;
  return milliseconds < 1000 ? quantity(milliseconds, 'ms') : quantity(milliseconds / 1000, 's');
}
