import type { ServerCounters, ServersFile } from '../../load/measure/server-meter.ts';
import type { Counters } from '../../load/measure/server-metrics.ts';

/** Time that one part of the cluster spent on requests of the load. */
export interface TimePart {
  readonly name: string;
  /** How many requests an operation of the load took. */
  readonly requestsPerOperation: number;
  /** Milliseconds. */
  readonly perRequest: number;
  readonly perOperation: number;
}

/** Where the time of an operation went. Times are milliseconds per operation of the load. */
export interface TimeShares {
  /** Mean latency that clients saw. */
  readonly client: number;
  /** TiKV by kind of request, the longest first; and what of it was the Raft write, and waiting for latches. */
  readonly tikv: readonly TimePart[];
  readonly within: readonly TimePart[];
  /** Undefined if PD does not show it. */
  readonly pd: TimePart | undefined;
  /** What is left: SurrealDB, the network, and waiting. Negative if requests of one operation ran at the same time. */
  readonly rest: number;
  readonly cpu: readonly { readonly name: string; readonly cores: number; readonly perOperation: number }[];
  /** Servers that restarted meanwhile: their counters began again, so they are left out. */
  readonly restarted: readonly string[];
}

/** Operations of the measured part, and the sum of their latencies in milliseconds. */
export interface MeasuredTime {
  readonly operations: number;
  readonly milliseconds: number;
}

/** Requests of transactions. What stores send to each other is not in their gRPC durations under these names. */
const OF_CLIENTS = /^(kv_|coprocessor|raw_)/;

/** @returns undefined if TiKV answered no request, or the load had none */
export function timeShares({ sources, seconds }: ServersFile, measured: MeasuredTime): TimeShares | undefined {
  const { operations } = measured;
  if (operations === 0) return undefined;
  const restarted = sources.filter(hasRestarted).map(({ name }) => name);
  const whole = sources.filter((source) => !hasRestarted(source));
  const partOf = (name: string, family: string, label: string | undefined, value?: string): TimePart => {
    const [sum, count] = (['sum', 'count'] as const).map((what) =>
      whole.reduce((total, source) => total + deltaOf(source, `${family}_${what}`, label, value), 0),
    ) as [number, number];
    return {
      name,
      requestsPerOperation: count / operations,
      perRequest: count === 0 ? 0 : (sum * 1000) / count,
      perOperation: (sum * 1000) / operations,
    };
  };
  const kinds = new Set(
    whole.flatMap(({ after }) =>
      Object.keys(after).flatMap((series) => {
        const { family, labels } = parsed(series);
        return family === 'tikv_grpc_msg_duration_seconds_count' && labels.type !== undefined ? [labels.type] : [];
      }),
    ),
  );
  const tikv = [...kinds]
    .filter((kind) => OF_CLIENTS.test(kind))
    .map((kind) => partOf(kind, 'tikv_grpc_msg_duration_seconds', 'type', kind))
    .filter(({ requestsPerOperation }) => requestsPerOperation > 0)
    .sort((a, b) => b.perOperation - a.perOperation);
  if (tikv.length === 0) return undefined;
  const within = [
    partOf('write through Raft', 'tikv_storage_engine_async_request_duration_seconds', 'type', 'write'),
    partOf('waiting for latches', 'tikv_scheduler_latch_wait_duration_seconds', undefined),
  ].filter(({ requestsPerOperation }) => requestsPerOperation > 0);
  const timestamps = partOf('timestamps', 'pd_server_handle_tso_duration_seconds', undefined);
  const pd = timestamps.requestsPerOperation > 0 ? timestamps : undefined;
  const client = measured.milliseconds / operations;
  const known = [...tikv, ...(pd === undefined ? [] : [pd])].reduce((sum, { perOperation }) => sum + perOperation, 0);
  const cpu = whole.flatMap((source) => {
    const used = deltaOf(source, 'process_cpu_seconds_total', undefined);
    return used === 0 ? [] : [{ name: source.name, cores: used / seconds, perOperation: (used * 1000) / operations }];
  });
  return { client, tikv, within, pd, rest: client - known, cpu, restarted };
}

/** How far the counters of a family rose, over all series with a label's value (or all of them). */
function deltaOf({ before, after }: ServerCounters, family: string, label: string | undefined, value?: string): number {
  const total = (counters: Counters): number =>
    Object.entries(counters).reduce((sum, [series, number]) => {
      const { family: own, labels } = parsed(series);
      return own === family && (label === undefined || labels[label] === value) ? sum + number : sum;
    }, 0);
  return total(after) - total(before);
}

/** Counters only rise while a process lives. */
const hasRestarted = ({ before, after }: ServerCounters): boolean =>
  Object.entries(before).some(([series, value]) => (after[series] ?? 0) < value);

/** `name{a="b",c="d"}`: the values of labels that are read here hold neither quotes nor commas. */
function parsed(series: string): { family: string; labels: Readonly<Record<string, string>> } {
  const [family = '', rest = ''] = series.split('{');
  const labels = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]);
  return { family, labels: Object.fromEntries(labels) };
}
