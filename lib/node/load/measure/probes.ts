import pidusage from 'pidusage';
import { nodeMetrics } from '../../targets/node-metrics.ts';

/** CPU in cores, memory in bytes, of one process over one interval. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** Looks at a process once; undefined where it cannot be seen at the moment. */
export type Probe = () => Promise<Usage | undefined>;

/** By the operating system: a process of this machine. @param pid asked for at each look, as a restart gives another one */
export const processProbe =
  (pid: () => number): Probe =>
  async () => {
    // It may have ended.
    const found = await pidusage(pid()).catch(() => undefined);
    return found === undefined ? undefined : { cpu: found.cpu / 100, memory: found.memory };
  };

/** By the node's own /metrics, which SurrealDB renews every few seconds only: a node on another machine. */
export const metricsProbe =
  (url: string): Probe =>
  () =>
    nodeMetrics(url);
