import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPlan } from '../../../core/load/load-plan.ts';
import { readClock } from '../../faults/test-clock.ts';
import { type Counters, countersIn, type MetricsSource, type ServerTier } from './server-metrics.ts';

/** What one server counted over the measured part of a run. */
export interface ServerCounters {
  readonly name: string;
  readonly tier: ServerTier;
  readonly before: Counters;
  readonly after: Counters;
}

/** The content of servers.json. */
export interface ServersFile {
  readonly servers: typeof VERSION;
  /** Between the two readings. */
  readonly seconds: number;
  readonly sources: readonly ServerCounters[];
  /** Servers that did not answer both times, and why. */
  readonly unread: readonly { readonly name: string; readonly reason: string }[];
}

/** Raised when a field's meaning changes. */
const VERSION = 1;

type Reading = Counters | { readonly problem: string };
const isProblem = (reading: Reading): reading is { readonly problem: string } => typeof reading.problem === 'string';

/** Reads the counters of TiKV and PD at the beginning and at the end of the measured part of a run. */
export class ServerMeter {
  readonly #sources: readonly MetricsSource[];
  readonly #end = new AbortController();
  #work: Promise<ServersFile | undefined> = Promise.resolve(undefined);

  constructor(sources: readonly MetricsSource[]) {
    this.#sources = sources;
  }

  /** Begins to wait for the measured part. @param history path of the history that k6 is recording */
  start(history: string, plan: LoadPlan): void {
    if (this.#sources.length === 0) return;
    // An interrupted run has no end of its measured part.
    this.#work = this.#measure(history, plan).catch(() => undefined);
  }

  /** @returns undefined if the run ended before its measured part did, or there is no server to ask */
  async finish(): Promise<ServersFile | undefined> {
    this.#end.abort();
    return await this.#work;
  }

  async #measure(history: string, { measured }: LoadPlan): Promise<ServersFile | undefined> {
    const [first] = measured;
    const last = measured.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const { signal } = this.#end;
    const clock = await readClock(history, signal);
    const until = (at: number) =>
      sleep(Math.max(0, clock.wall(clock.loadBegan + at) - Date.now()), undefined, { signal });
    await until(first.start);
    const from = Date.now();
    const before = await this.#read();
    await until(last.start + last.milliseconds);
    const seconds = (Date.now() - from) / 1000;
    const after = await this.#read();
    const sources: ServerCounters[] = [];
    const unread: { name: string; reason: string }[] = [];
    for (const [index, { name, tier }] of this.#sources.entries()) {
      const [one, two] = [before[index] ?? {}, after[index] ?? {}];
      if (isProblem(one)) unread.push({ name, reason: one.problem });
      else if (isProblem(two)) unread.push({ name, reason: two.problem });
      else sources.push({ name, tier, before: one, after: two });
    }
    return { servers: VERSION, seconds, sources, unread };
  }

  #read(): Promise<Reading[]> {
    return Promise.all(
      this.#sources.map(({ read }) =>
        read().then(countersIn, (error: unknown) => ({
          problem: error instanceof Error ? error.message : String(error),
        })),
      ),
    );
  }
}
