import { type FileHandle, open } from 'node:fs/promises';
import { FINDINGS } from '../../../core/checkers/answers.ts';
import { INVARIANT } from '../../../core/checkers/invariants.ts';
import { statisticOf } from '../../../core/verdict/measurements.ts';

/** Looks of which rate and latency are shown: with one every half a second, the last two seconds. */
const LOOKS = 4;
/** Latencies that are kept of one look: a sample is enough for p95. */
const MOST_LATENCIES = 1000;
/** With fewer operations there is no p95. */
const FEWEST_LATENCIES = 20;

interface Look {
  /** Milliseconds. */
  readonly at: number;
  readonly operations: number;
  readonly latencies: readonly number[];
}

const FINDING_FUNCTIONS = Object.values(FINDINGS).map(({ f }) => f);

/** Counts the operations in a history while it is being written. It reads parts of lines only: all of them would cost a core. */
export class HistoryTail {
  readonly #path: string;
  #file: FileHandle | undefined;
  #position = 0;
  readonly #buffer = Buffer.alloc(1 << 20);
  /** The beginning of a line whose end is not there yet. */
  #rest = '';
  #looks: Look[] = [];
  #latencies: number[] = [];
  operations = 0;
  /** Operations that did not end as they should have, conflicts apart. */
  errors = 0;
  /** Operations that met a concurrent transaction: retried, or given up. */
  conflicts = 0;
  /** What can be seen without the whole history: wrong answers, and invariants that were read and broken. */
  anomalies = 0;
  /** How far set-up is with the records that the scenario starts from, e.g. `seeded 4000 of 100000 usertable`. */
  seeding: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Counts what has come since the last look. @param now milliseconds */
  async look(now = performance.now()): Promise<void> {
    this.#file ??= await open(this.#path).catch(() => undefined);
    this.#latencies = [];
    for (;;) {
      const { bytesRead = 0 } = (await this.#file?.read(this.#buffer, 0, this.#buffer.length, this.#position)) ?? {};
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      const lines = (this.#rest + this.#buffer.toString('latin1', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.#count(line);
    }
    this.#looks = [...this.#looks, { at: now, operations: this.operations, latencies: this.#latencies }].slice(
      -LOOKS - 1,
    );
  }

  #count(line: string): void {
    if (!line.startsWith('{"process":')) {
      if (this.operations === 0) this.seeding = /^seeded \d+ of \d+ .*$/.exec(line)?.[0] ?? this.seeding;
      return;
    }
    const [, f = '', start, end] = OPERATION.exec(line) ?? [];
    const name = f.slice(f.indexOf('/') + 1);
    if (FINDING_FUNCTIONS.some((each) => each === name)) {
      this.anomalies++;
      return;
    }
    if (name === INVARIANT && line.includes('"value":[{')) this.anomalies++;
    this.operations++;
    const isConflict = line.endsWith('"outcome":"conflict"}');
    if (isConflict || line.includes('"attempts":')) this.conflicts++;
    if (!isConflict && !line.endsWith('"outcome":"ok"}') && !line.includes('"refused":true')) this.errors++;
    if (end !== undefined && name !== 'final-read' && this.#latencies.length < MOST_LATENCIES)
      this.#latencies.push(Number(end) - Number(start));
  }

  /** Operations per second over the last looks. */
  get perSecond(): number {
    const [first] = this.#looks;
    const last = this.#looks.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.operations - first.operations) * 1000) / (last.at - first.at);
  }

  /** Latencies of the last looks, milliseconds. */
  get latencies(): readonly number[] {
    return this.#looks.flatMap(({ latencies }) => latencies);
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** As lib/k6/operations/recorder.ts writes a line. */
const OPERATION =
  /^\{"process":\d+,"f":"([^"]*)",(?:"node":"[^"]*","protocol":"[^"]*",)"start":([\d.]+),(?:"end":([\d.]+),)?/;

/** How a load goes, of all generators together. */
export interface TailFigures {
  readonly operations: number;
  readonly perSecond: number;
  /** Milliseconds; undefined with too few operations. */
  readonly p95: number | undefined;
  readonly errors: number;
  readonly conflicts: number;
  readonly anomalies: number;
  /** Until operations begin: how far the seeding is. */
  readonly seeding: string | undefined;
}

export function tailFigures(tails: readonly HistoryTail[]): TailFigures {
  const sum = (of: (tail: HistoryTail) => number) => tails.reduce((total, tail) => total + of(tail), 0);
  const latencies = tails.flatMap((tail) => tail.latencies);
  return {
    operations: sum((tail) => tail.operations),
    perSecond: sum((tail) => tail.perSecond),
    p95: latencies.length < FEWEST_LATENCIES ? undefined : statisticOf(latencies, 'p(95)'),
    errors: sum((tail) => tail.errors),
    conflicts: sum((tail) => tail.conflicts),
    anomalies: sum((tail) => tail.anomalies),
    seeding: tails.find(({ seeding }) => seeding !== undefined)?.seeding,
  };
}

/** `12345 operations, 1203/s, p95 4.1 ms, 3 errors, 17 conflicts`. */
export function tailText({ operations, perSecond, p95, errors, conflicts, anomalies, seeding }: TailFigures): string {
  if (operations === 0 && seeding !== undefined) return seeding;
  return [
    `${operations} operations`,
    `${Math.round(perSecond)}/s`,
    ...(p95 === undefined ? [] : [`p95 ${p95.toFixed(1)} ms`]),
    `${errors} errors`,
    `${conflicts} conflicts`,
    ...(anomalies === 0 ? [] : [`${anomalies} wrong answers or broken invariants`]),
  ].join(', ');
}
