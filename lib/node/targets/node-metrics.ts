import { fetchNode } from '../access/http-client.ts';

const ANSWER_LIMIT_MS = 2000;

/** A server's own words on its process: CPU in cores, resident memory in bytes, uptime in milliseconds. */
export interface NodeMetrics {
  readonly cpu: number;
  readonly memory: number;
  readonly uptime: number;
}

/** From /metrics, which SurrealDB shows to anybody; undefined where the node does not answer, or has none. */
export async function nodeMetrics(url: string): Promise<NodeMetrics | undefined> {
  try {
    const response = await fetchNode(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    return response.ok ? parseMetrics(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the process's figures from Prometheus' text format; undefined where the memory is not among them. */
export function parseMetrics(text: string): NodeMetrics | undefined {
  const value = (name: string): number | undefined => {
    const found = new RegExp(`^surrealdb_process_${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const memory = value('memory_bytes');
  if (memory === undefined) return undefined;
  return { memory, cpu: (value('cpu_percent') ?? 0) / 100, uptime: (value('uptime_seconds') ?? 0) * 1000 };
}
