import { totalmem } from 'node:os';

/**
 * Environment for k6, a Go program: it collects garbage at a quarter of Go's usual frequency, which leaves more CPU for
 * the load, until its heap takes a quarter of the machine's memory. Somebody's own GOGC and GOMEMLIMIT are left alone.
 * @param processes that share this quarter
 */
export function garbageCollection(processes: number): Record<string, string> {
  return {
    GOGC: process.env.GOGC ?? '400',
    GOMEMLIMIT: process.env.GOMEMLIMIT ?? `${Math.round(totalmem() / 4 / processes / 2 ** 20)}MiB`,
  };
}
