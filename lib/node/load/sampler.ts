import { cpus } from 'node:os';
import pidusage from 'pidusage';
import type { Child } from '../child.ts';

/** CPU in cores, memory in bytes, of one process over one interval. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** One moment of a run. `at` is milliseconds since the sampler's start. */
export interface Sample {
  readonly at: number;
  readonly usage: Readonly<Record<string, Usage>>;
  /** Cores of the machine that were busy, with whatever. */
  readonly busy: number;
}

const INTERVAL_MS = 500;

/** Samples what processes use, by name, until it is stopped. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly started = Date.now();
  readonly #processes: ReadonlyMap<string, Child>;
  readonly #timer: NodeJS.Timeout;
  #ticks = cpuTicks();

  constructor(processes: ReadonlyMap<string, Child>) {
    this.#processes = processes;
    this.#timer = setInterval(() => void this.#sample(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    pidusage.clear();
  }

  async #sample(): Promise<void> {
    const running = [...this.#processes].filter(([, { running }]) => running);
    const at = Date.now() - this.started;
    const busy = this.#busyCores();
    const usage = await Promise.all(
      running.map(async ([name, { pid }]): Promise<[string, Usage]> => {
        const { cpu, memory } = await pidusage(pid);
        return [name, { cpu: cpu / 100, memory }];
      }),
    ).catch(() => undefined); // A process ended between the check and the look.
    if (usage !== undefined) this.samples.push({ at, usage: Object.fromEntries(usage), busy });
  }

  #busyCores(): number {
    const before = this.#ticks;
    this.#ticks = cpuTicks();
    const all = this.#ticks.all - before.all;
    return all === 0 ? 0 : (1 - (this.#ticks.idle - before.idle) / all) * cpus().length;
  }
}

function cpuTicks(): { all: number; idle: number } {
  const times = cpus().map(({ times: it }) => it);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return { all: sum(times.flatMap((it) => Object.values(it))), idle: sum(times.map(({ idle }) => idle)) };
}
