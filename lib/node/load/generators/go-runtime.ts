import { availableParallelism, totalmem } from 'node:os';

/**
 * Environment for k6, a Go program. It collects garbage at a quarter of Go's usual frequency, which leaves more CPU for the
 * load, until its heap takes a quarter of the machine's memory; several share this quarter, and the cores, for Go looks for work
 * on every core that it may use, and with each process that does so a request takes more CPU. Somebody's own settings are left
 * alone.
 * @param processes of k6 on this machine
 */
export function goRuntime(processes: number): Record<string, string> {
  const { GOGC = '400', GOMEMLIMIT, GOMAXPROCS } = process.env;
  const cores = GOMAXPROCS ?? (processes === 1 ? undefined : String(coresOfEach(processes)));
  return {
    GOGC,
    GOMEMLIMIT: GOMEMLIMIT ?? `${Math.round(totalmem() / 4 / processes / 2 ** 20)}MiB`,
    ...(cores === undefined ? {} : { GOMAXPROCS: cores }),
  };
}

const coresOfEach = (processes: number): number => Math.max(1, Math.floor(availableParallelism() / processes));
