import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UNKNOWN_SKEW } from '../../../core/history/clock-cost.ts';
import { beganBy, type ClockLook, type ClockSource, looksAt, type Skew, skewOf } from '../../../core/history/clocks.ts';
import {
  CLOCK,
  type HistoryHeader,
  isHeader,
  loadBeginsLine,
  parseClock,
  parseHeader,
  parseLoadDone,
} from '../../../core/history/history.ts';
import { Failure } from '../../cli/errors.ts';
import { linesBeginning, linesOfFile } from './history-file.ts';
import type { MergedDurations, OperationKind } from './merged-durations.ts';

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
const NO_SKEW: Skew = { offset: 0, uncertainty: 0 };

/** Characters that are written at a time. */
const CHUNK = 1 << 18;

/**
 * Writes the histories of several generators as one, on the clock of the first and in the order in which operations ended.
 * @param path of the file to write
 */
export async function mergeHistories(
  parts: readonly Part[],
  path: string,
  clocks: ClockSource,
  durations: MergedDurations,
): Promise<MergedHistory> {
  const looks = await Promise.all(parts.map(looksAtClock));
  const [reference = []] = looks;
  const skews = looks.map((own) => (own === reference ? NO_SKEW : skewOf(own, reference, clocks)));
  const look = looksAt(reference, clocks)[0] ?? reference[0];
  const header = {
    ...(await headerOf(parts)),
    ...(look === undefined ? {} : { began: beganBy(look) }),
    generators: skews.map((skew) => skew ?? UNKNOWN_SKEW),
  };
  const sources = parts.map((part, index) => new Source(part, skews[index] ?? UNKNOWN_SKEW, durations));
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
  for (const { finished } of sources) for (const line of finished) text += `${line}\n`;
  yield text;
}

/** How a line begins, and how one ends that was not cut off: the outcome is last (lib/k6/operations/recorder.ts). */
const HEAD = '{"process":';
const TAIL = '"}';
/** What k6 writes next, before anything that a scenario chooses, in this order: f, node and protocol, start, and end if there is one. */
const KIND = ',"f":';
const START = '"start":';
const END = '"end":';

/** The operations of one generator, one after the other. */
class Source {
  count = 0;
  /**
   * When the next operation ended, or began where it was cut off, or where k6 wrote it late, when the one before it did: on
   * the common clock. Undefined where one has to fill.
   */
  time: number | undefined;
  /** The lines of clients whose every operation is in the history. */
  readonly finished: string[] = [];
  readonly #number: number;
  readonly #offset: number;
  readonly #durations: MergedDurations;
  readonly #lists: AsyncGenerator<string[]>;
  #lines: readonly string[] = [];
  #at = 0;
  readonly #kinds = new Map<string, OperationKind>();
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
    while (this.time === undefined && this.#at < this.#lines.length) this.#read(this.#lines[this.#at++] ?? '');
  }

  /** Puts the times on the common clock in the text: to parse and write whole operations takes several times as long. */
  #read(line: string): void {
    if (!line.startsWith(HEAD) || !line.endsWith(TAIL)) {
      if (parseLoadDone(line) !== undefined) this.finished.push(line);
      return;
    }
    const kindAt = line.indexOf(KIND);
    const startAt = line.indexOf(START, kindAt);
    const startEnds = line.indexOf(',', startAt);
    const hasEnd = line.startsWith(END, startEnds + 1);
    const endEnds = hasEnd ? line.indexOf(',', startEnds + 1) : startEnds;
    const start = Number(line.slice(startAt + START.length, startEnds));
    const end = hasEnd ? Number(line.slice(startEnds + 1 + END.length, endEnds)) : undefined;
    const kind = this.#kindOf(line.slice(kindAt + 1, startAt - 1));
    this.#durations.add(kind, Number(line.slice(HEAD.length, kindAt)), start, end);
    this.#latest = Math.max(this.#latest, (end ?? start) + this.#offset);
    this.time = this.#latest;
    const times = `${START}${this.#moved(start)},${end === undefined ? '' : `${END}${this.#moved(end)},`}`;
    this.#line = `${line.slice(0, startAt)}"generator":${this.#number},${times}${line.slice(endEnds + 1)}`;
  }

  /** There are few, and many operations of each. */
  #kindOf(text: string): OperationKind {
    let kind = this.#kinds.get(text);
    if (kind === undefined) {
      kind = JSON.parse(`{${text}}`) as OperationKind;
      this.#kinds.set(text, kind);
    }
    return kind;
  }

  #moved = (time: number): number => (this.#offset === 0 ? time : Math.round((time + this.#offset) * 1000) / 1000);
}

async function looksAtClock({ path }: Part): Promise<ClockLook[]> {
  const looks: ClockLook[] = [];
  for await (const line of linesBeginning(path, CLOCK)) {
    const look = parseClock(line);
    if (look !== undefined) looks.push(look);
  }
  return looks;
}

async function headerOf([first]: readonly Part[]): Promise<HistoryHeader> {
  if (first !== undefined)
    for await (const lines of linesOfFile(first.path)) {
      const line = lines.find(isHeader);
      if (line !== undefined) return parseHeader(line);
    }
  throw new Failure('The first generator has no history, because its setup() did not finish.');
}
