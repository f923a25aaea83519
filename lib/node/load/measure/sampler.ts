import { cpus } from 'node:os';
import pidusage from 'pidusage';
import type { Probe, Usage } from './probes.ts';

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
  readonly #probes: ReadonlyMap<string, Probe>;
  readonly #timer: NodeJS.Timeout;
  #ticks = cpuTicks();
  #looking = false;

  constructor(probes: ReadonlyMap<string, Probe>) {
    this.#probes = probes;
    this.#timer = setInterval(() => void this.#sample(), INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    pidusage.clear();
  }

  async #sample(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const at = Date.now() - this.started;
    const busy = this.#busyCores();
    const looks = await Promise.all([...this.#probes].map(async ([name, probe]) => [name, await probe()] as const));
    const seen = looks.flatMap(([name, usage]) => (usage === undefined ? [] : [[name, usage] as const]));
    this.samples.push({ at, usage: Object.fromEntries(seen), busy });
    this.#looking = false;
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
