import { closeSync, createReadStream, createWriteStream, openSync, readSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline as pipe, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import type { RunningCheck } from '../../../core/checkers/checker.ts';
import { CHECKERS } from '../../../core/checkers/index.ts';
import {
  type History,
  HistoryError,
  type HistoryHeader,
  isHeader,
  type Operation,
  parseHeader,
  parseLoadDone,
  parseOperation,
} from '../../../core/history/history.ts';

/** Names of the history in a run's folder: as it is kept, and while it is recorded. */
export const HISTORY_FILES = ['history.ndjson.gz', 'history.ndjson'] as const;

/** Not even the first line is there. */
export class EmptyHistoryError extends HistoryError {}

/**
 * Reads a history (`.ndjson` or `.ndjson.gz`) as a stream.
 *
 * @returns its header, and what is missing of it: `damaged` and `unfinished` as of a History
 * @throws HistoryError where it is none or empty, or if there are two of them in one file
 */
export async function eachOperation(
  path: string,
  visit: (operation: Operation, header: HistoryHeader) => void,
): Promise<Omit<History, 'operations'>> {
  let header: HistoryHeader | undefined;
  let damaged = 0;
  const finished = new Set<number>();
  try {
    for await (const lines of linesOf(open(path)))
      for (const line of lines) {
        if (header === undefined) {
          header = parseHeader(line);
          continue;
        }
        const operation = parseOperation(line);
        if (operation !== undefined) visit(operation, header);
        else if (isHeader(line)) throw new HistoryError(severalRuns(path));
        else if (line.startsWith('{')) damaged++;
        else {
          const client = parseLoadDone(line);
          if (client !== undefined) finished.add(client);
        }
      }
  } catch (error) {
    // A compressed file that was cut off ends in this error, after all whole lines have been read.
    if (header === undefined || (error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw damageOf(path, error);
    damaged++;
  }
  if (header === undefined) throw new EmptyHistoryError(`${path} is empty: the run ended before its set-up was done.`);
  const { users } = header;
  return { header, damaged, ...(users === undefined ? {} : { unfinished: users - finished.size }) };
}

/** An error of reading, in terms of the file if it cannot be decompressed. */
export const damageOf = (path: string, error: unknown): unknown =>
  (error as NodeJS.ErrnoException).code?.startsWith('Z_')
    ? new HistoryError(`${path} is damaged: it cannot be decompressed (${(error as Error).message}). Copy it again.`)
    : error;

const severalRuns = (path: string): string =>
  `${path} holds the histories of several runs, and their clocks and values would be mixed up: k6 appends to the file that --console-output names. Cut it before each line that begins with {"history": and check the parts one by one; give every run a file of its own.`;

/** A history whose checkers that can have checked it while it was read: what is in memory lacks what only they need. */
export interface ReadHistory extends History {
  readonly running: ReadonlyMap<string, RunningCheck>;
}

/** Reads a whole history into memory. @param guard receives the number of operations so far, and may throw */
export async function readHistory(path: string, guard?: (operations: number) => void): Promise<ReadHistory> {
  const operations: Operation[] = [];
  let running: ReadonlyMap<string, RunningCheck> | undefined;
  const read = await eachOperation(path, (operation, header) => {
    running ??= runningChecks(header);
    let kept = operation;
    for (const check of running.values()) kept = check.take(kept);
    operations.push(kept);
    guard?.(operations.length);
  });
  return { ...read, operations, running: running ?? new Map() };
}

/** Not of a history by several clocks, each of which is checked by itself. */
function runningChecks(header: HistoryHeader): ReadonlyMap<string, RunningCheck> {
  const { checkers = [], generators } = header;
  const running = new Map<string, RunningCheck>();
  if (generators !== undefined) return running;
  for (const name of checkers) {
    const check = CHECKERS.get(name)?.begin?.(header);
    if (check !== undefined) running.set(name, check);
  }
  return running;
}

/** The lines of a file that k6 has written, in lists: a promise for each of a million lines would take longer than they do. */
export const linesOfFile = (path: string): AsyncGenerator<string[]> => linesOf(open(path));

/** Those lines of a file that begin with a word: several times as fast as to look at all. */
export async function* linesBeginning(path: string, word: string): AsyncGenerator<string> {
  const wanted = `\n${word}`;
  let rest = '\n';
  const stream = open(path).setEncoding('latin1');
  for await (const chunk of stream) {
    const text = rest + chunk;
    const whole = text.lastIndexOf('\n');
    for (let at = text.indexOf(wanted); at >= 0 && at < whole; at = text.indexOf(wanted, at + 1))
      yield text.slice(at + 1, text.indexOf('\n', at + 1));
    rest = whole < 0 ? text : text.slice(whole);
  }
}

async function* linesOf(stream: Readable): AsyncGenerator<string[]> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}

/** The bytes of a file, decompressed if they are of gzip. A compressed file that was cut off ends in an error. */
export const bytesOfFile = (path: string): AsyncIterable<Uint8Array> => open(path, constants.Z_FINISH);

/** The first bytes of a file, decompressed if they are of gzip. */
export async function beginningOfFile(path: string, bytes: number): Promise<Uint8Array> {
  for await (const chunk of open(path) as AsyncIterable<Uint8Array>) return chunk.subarray(0, bytes);
  return new Uint8Array();
}

/** Of a compressed history that was cut off all whole lines are read: so does a run that was killed leave it. */
function open(path: string, finishFlush = constants.Z_SYNC_FLUSH): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!isGzip(path)) return file;
  // The error, of either, is that of the stream that is read.
  return pipe(file, createGunzip({ finishFlush, chunkSize: 1 << 18 }), () => {});
}

/** By its first two bytes: whoever stores a file may have changed its name. */
function isGzip(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(2);
    return readSync(file, magic) === 2 && magic[0] === 0x1f && magic[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}

/** Compresses a history beside itself and removes the original. */
export async function compressHistory(path: string): Promise<string> {
  const compressed = `${path}.gz`;
  const temporary = `${compressed}.tmp`;
  await pipeline(createReadStream(path), createGzip({ level: 3 }), createWriteStream(temporary));
  await rename(temporary, compressed);
  await rm(path);
  return compressed;
}
