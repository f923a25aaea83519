import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ClockLook, type Skew, skewOf } from '../../core/generators.ts';
import {
  type HistoryHeader,
  isHeader,
  loadBeginsLine,
  type Operation,
  parseClock,
  parseHeader,
  parseOperation,
} from '../../core/history.ts';
import { Failure } from '../errors.ts';
import { linesOfFile } from './history-file.ts';
import type { MergedDurations } from './merged-durations.ts';

/** The history of one generator. */
interface Part {
  readonly number: number;
  readonly path: string;
}

interface MergedHistory {
  /** How the clock of each was brought to that of the first; undefined where it never told. */
  readonly skews: readonly (Skew | undefined)[];
  /** Operations of each. */
  readonly counts: readonly number[];
}

/** The first one's clock is the common one. */
export const NO_SKEW: Skew = { offset: 0, uncertainty: 0 };

/** Characters that are written at a time. */
const CHUNK = 1 << 18;

/** Writes the histories of several generators as one, on the clock of the first and in the order in which operations ended. */
export async function mergeHistories(
  parts: readonly Part[],
  path: string,
  durations: MergedDurations,
): Promise<MergedHistory> {
  const clocks = await Promise.all(parts.map(looksAtClock));
  const [reference = []] = clocks;
  const skews = clocks.map((looks) => (looks === reference ? NO_SKEW : skewOf(looks, reference)));
  const [look] = reference;
  const header = {
    ...(await headerOf(parts)),
    ...(look === undefined ? {} : { began: (look.earliest + look.latest) / 2 }),
    generators: skews.map((skew) => skew ?? NO_SKEW),
  };
  const sources = parts.map((part, index) => new Source(part, skews[index] ?? NO_SKEW, durations));
  await pipeline(Readable.from(merged(header, sources)), createWriteStream(path));
  return { skews, counts: sources.map(({ count }) => count) };
}

async function* merged(header: HistoryHeader, sources: readonly Source[]): AsyncGenerator<string> {
  let text = `${JSON.stringify(header)}\n${loadBeginsLine(0)}\n`;
  await Promise.all(sources.map((source) => source.fill()));
  for (let left = sources.filter(({ time }) => time !== undefined); left.length > 0; ) {
    let next = left[0] as Source;
    for (const source of left) if ((source.time ?? 0) < (next.time ?? 0)) next = source;
    text += `${next.take()}\n`;
    if (next.time === undefined) {
      await next.fill();
      left = left.filter(({ time }) => time !== undefined);
    }
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  yield text;
}

/** They come before anything that a scenario chooses, and something follows them. */
const TIMES = /"start":[^,]+,(?:"end":[^,]+,)?/;

/** The operations of one generator, one after the other. */
class Source {
  count = 0;
  /**
   * When the next operation ended, or began where it was cut off, or where k6 wrote it late, when the one before it did: on
   * the common clock. Undefined where one has to fill.
   */
  time: number | undefined;
  readonly #number: number;
  readonly #offset: number;
  readonly #durations: MergedDurations;
  readonly #lists: AsyncGenerator<string[]>;
  #lines: readonly string[] = [];
  #at = 0;
  #latest = Number.NEGATIVE_INFINITY;
  #line = '';

  constructor({ number, path }: Part, { offset }: Skew, durations: MergedDurations) {
    this.#number = number;
    this.#offset = offset;
    this.#durations = durations;
    this.#lists = linesOfFile(path);
  }

  /** Reads on. Where `time` is still undefined afterwards, this was all. */
  async fill(): Promise<void> {
    while (this.time === undefined) {
      const { value, done } = await this.#lists.next();
      if (done) return;
      this.#lines = value;
      this.#at = 0;
      this.#advance();
    }
  }

  /** The next operation, as a line. */
  take(): string {
    const line = this.#line;
    this.count++;
    this.#advance();
    return line;
  }

  #advance(): void {
    this.time = undefined;
    while (this.time === undefined && this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++] ?? '';
      const operation = parseOperation(line);
      if (operation === undefined) continue;
      this.#durations.add(operation);
      const { start, end } = operation;
      this.#latest = Math.max(this.#latest, (end ?? start) + this.#offset);
      this.time = this.#latest;
      this.#line = this.#onCommonClock(line, operation);
    }
  }

  /** In the text, as k6 wrote it: to write whole operations anew takes longer. */
  #onCommonClock(line: string, { start, end }: Operation): string {
    const times = `"start":${this.#moved(start)},${end === undefined ? '' : `"end":${this.#moved(end)},`}`;
    return line.replace(TIMES, `"generator":${this.#number},${times}`);
  }

  #moved = (time: number): number => Math.round((time + this.#offset) * 1000) / 1000;
}

async function looksAtClock({ path }: Part): Promise<ClockLook[]> {
  const looks: ClockLook[] = [];
  for await (const lines of linesOfFile(path)) looks.push(...lines.flatMap((line) => parseClock(line) ?? []));
  return looks;
}

async function headerOf([first]: readonly Part[]): Promise<HistoryHeader> {
  if (first !== undefined)
    for await (const lines of linesOfFile(first.path)) {
      const line = lines.find(isHeader);
      if (line !== undefined) return parseHeader(line);
    }
  throw new Failure('The first generator has no history: its set-up did not end.');
}
