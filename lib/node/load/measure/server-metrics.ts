import { fetchNode } from '../../access/http-client.ts';
import { Compose } from '../../cluster/compose-cli.ts';
import { placement } from '../../cluster/pd.ts';
import type { Target } from '../../targets/target.ts';

/** Which part of a cluster a server belongs to. SurrealDB 3.3.5 shows no durations, so nodes are not among them. */
export type ServerTier = 'tikv' | 'pd';

/** A server whose own /metrics can be read. */
export interface MetricsSource {
  readonly name: string;
  readonly tier: ServerTier;
  /** Lines of Prometheus' text format, those of {@link WANTED} at least. @throws Error if it does not answer */
  readonly read: () => Promise<string>;
}

/** Values of counters by series, as in the text: `tikv_grpc_msg_duration_seconds_sum{type="kv_get"}`. */
export type Counters = Readonly<Record<string, number>>;

const ANSWER_LIMIT_MS = 3000;

/**
 * Counters that are kept: time and number of the requests that TiKV and PD answered, of writes through Raft and of waits for latches,
 * and CPU. Names after TiKV's and PD's dashboards (metrics/grafana in their repositories). An extended regular expression of POSIX.
 */
const WANTED =
  '^(tikv_grpc_msg_duration_seconds|tikv_storage_engine_async_request_duration_seconds|tikv_scheduler_latch_wait_duration_seconds|pd_server_handle_tso_duration_seconds)_(sum|count)[{ ]|^process_cpu_seconds_total ';

/** The counters of interest in a text of Prometheus' format. */
export function countersIn(text: string): Counters {
  const wanted = new RegExp(WANTED);
  const lines = text.split('\n').filter((line) => wanted.test(line));
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, series = '', value = ''] = /^(\S+(?:\{.*\})?) (\S+)/.exec(line) ?? [];
      const number = Number(value);
      return series === '' || !Number.isFinite(number) ? [] : [[series, number] as const];
    }),
  );
}

/** TiKV and PD of a target; empty if it has none, or PD does not name them. */
export async function metricsSources(target: Target, env: NodeJS.ProcessEnv = process.env): Promise<MetricsSource[]> {
  if (target.pd === undefined) return [];
  try {
    return target.kind === 'compose' ? await sourcesInContainers(env) : await sourcesByPd(target.pd);
  } catch {
    return [];
  }
}

async function sourcesByPd(pd: string): Promise<MetricsSource[]> {
  const { members, stores } = await placement(pd);
  const readAt = (base: string) => async () => {
    const response = await fetchNode(`${base}/metrics`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  };
  return [
    ...stores.flatMap(({ id, statusAddress }): MetricsSource[] =>
      statusAddress === undefined
        ? []
        : [{ name: `store ${id}`, tier: 'tikv', read: readAt(`http://${statusAddress}`) }],
    ),
    ...members.map(({ name, url }): MetricsSource => ({ name, tier: 'pd', read: readAt(url) })),
  ];
}

const PORTS: Readonly<Record<ServerTier, number>> = { tikv: 20180, pd: 2379 };

/** The status ports of containers are not published: they are asked from inside. */
async function sourcesInContainers(env: NodeJS.ProcessEnv): Promise<MetricsSource[]> {
  const compose = await Compose.find(env);
  const containers = await compose.containers();
  return containers.flatMap(({ service, state }): MetricsSource[] => {
    const [, tier] = /^(tikv|pd)-\d+$/.exec(service) ?? [];
    if (state !== 'running' || (tier !== 'tikv' && tier !== 'pd')) return [];
    const command = `curl -fsS -m 3 http://127.0.0.1:${PORTS[tier]}/metrics | grep -E '${WANTED}'`;
    const read = async () => {
      const { stdout, problem } = await compose.call(['exec', '-T', service, 'sh', '-c', command]);
      if (problem !== undefined) throw new Error(problem);
      return stdout;
    };
    return [{ name: service, tier, read }];
  });
}
