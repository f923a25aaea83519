import type { ServerCounters, ServersFile } from '../../load/measure/server-meter.ts';

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
  const rises = sources.filter((source) => !hasRestarted(source)).flatMap(risesOf);
  const partOf = (name: string, family: string, type?: string): TimePart => {
    const [sum, count] = (['sum', 'count'] as const).map((what) =>
      total(rises.filter((it) => it.family === `${family}_${what}` && (type === undefined || it.type === type))),
    ) as [number, number];
    return {
      name,
      requestsPerOperation: count / operations,
      perRequest: count === 0 ? 0 : (sum * 1000) / count,
      perOperation: (sum * 1000) / operations,
    };
  };
  const kinds = new Set(
    rises.flatMap(({ family, type = '' }) => (family === 'tikv_grpc_msg_duration_seconds_count' ? [type] : [])),
  );
  const tikv = [...kinds]
    .filter((kind) => OF_CLIENTS.test(kind))
    .map((kind) => partOf(kind, 'tikv_grpc_msg_duration_seconds', kind))
    .filter(({ requestsPerOperation }) => requestsPerOperation > 0)
    .sort((a, b) => b.perOperation - a.perOperation);
  if (tikv.length === 0) return undefined;
  const within = [
    partOf('write through Raft', 'tikv_storage_engine_async_request_duration_seconds', 'write'),
    partOf('waiting for latches', 'tikv_scheduler_latch_wait_duration_seconds'),
  ].filter(({ requestsPerOperation }) => requestsPerOperation > 0);
  const timestamps = partOf('timestamps', 'pd_server_handle_tso_duration_seconds');
  const pd = timestamps.requestsPerOperation > 0 ? timestamps : undefined;
  const client = measured.milliseconds / operations;
  const known = [...tikv, ...(pd === undefined ? [] : [pd])].reduce((sum, { perOperation }) => sum + perOperation, 0);
  const cpu = rises
    .filter(({ family, rise }) => family === 'process_cpu_seconds_total' && rise !== 0)
    .map(({ server, rise }) => ({ name: server, cores: rise / seconds, perOperation: (rise * 1000) / operations }));
  return { client, tikv, within, pd, rest: client - known, cpu, restarted };
}

/** How far one counter of a server rose. */
interface Rise {
  readonly server: string;
  /** Its name without labels. */
  readonly family: string;
  /** Its label `type`, if it has one. */
  readonly type: string | undefined;
  readonly rise: number;
}

/** The values of labels that are read here hold neither quotes nor commas. */
const risesOf = ({ name: server, before, after }: ServerCounters): Rise[] =>
  Object.entries(after).map(([series, value]) => ({
    server,
    family: series.replace(/\{.*/, ''),
    type: /[{,]type="([^"]*)"/.exec(series)?.[1],
    rise: value - (before[series] ?? 0),
  }));

const total = (rises: readonly Rise[]): number => rises.reduce((sum, { rise }) => sum + rise, 0);

/** Counters only rise while a process lives. */
const hasRestarted = ({ before, after }: ServerCounters): boolean =>
  Object.entries(before).some(([series, value]) => (after[series] ?? 0) < value);
