import table from 'text-table';
import { quantity } from '../../core/verdict/tables.ts';
import { megabytes } from '../../core/verdict/usage.ts';
import { elapsed } from '../cli/progress.ts';
import type { Pair } from './check.ts';
import type { ClusterReport } from './connectivity.ts';
import type { Placement } from './pd.ts';

const mark = (good: boolean): string => (good ? '✓' : '✗');

/** Nodes, PD members and stores, as lines of text. */
export function clusterTables({ nodes, placement }: ClusterReport): string {
  const rows = nodes.map(({ name, url, problems, version, startUp, metrics }) => [
    mark(problems.length === 0),
    name,
    url,
    problems.length === 0 ? 'ready' : 'see below',
    version ?? '',
    startUp === undefined ? '' : quantity(startUp / 1000, 's'),
    metrics === undefined ? '' : megabytes(metrics.memory),
    metrics === undefined ? '' : elapsed(metrics.uptime),
  ]);
  const header = ['', 'node', 'URL', '', 'version', 'start-up', 'memory', 'up for'];
  const align = ['l', 'l', 'l', 'l', 'l', 'r', 'r', 'r'] as const;
  const blocks = [table([header, ...rows], { align: [...align] })];
  if (placement !== undefined) blocks.push(memberTable(placement), storeTable(placement));
  return blocks.join('\n\n');
}

function memberTable({ members }: Placement): string {
  const rows = members.map(({ name, url, healthy, leader }) => [
    mark(healthy),
    name,
    url,
    healthy ? 'healthy' : 'not healthy',
    leader ? 'leader' : '',
  ]);
  return table([['', 'PD', 'URL', '', ''], ...rows]);
}

function storeTable({ stores, regions }: Placement): string {
  const rows = stores.map(({ id, address, state, leaders, regions: held }) => [
    mark(state === 'Up'),
    String(id),
    address,
    state,
    String(held),
    String(leaders),
  ]);
  const header = ['', 'store', 'address', '', 'regions', 'leaders'];
  const all = `${regions} region${regions === 1 ? '' : 's'} in all`;
  return `${table([header, ...rows], { align: ['l', 'l', 'l', 'l', 'r', 'r'] })}\n${all}`;
}

/** One pair of nodes: a line for each operation, with the instance that handled it and its time. */
export function pairTable({ from, to, steps }: Pair): string {
  const rows = steps.map(({ operation, node, milliseconds, problem }) => [
    mark(problem === undefined),
    operation,
    node,
    quantity(milliseconds, 'ms'),
    problem ?? '',
  ]);
  return `${from} → ${to}\n${table(rows, { align: ['l', 'l', 'l', 'r', 'l'] })}`;
}
