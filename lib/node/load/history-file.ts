import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { type History, HistoryError, type Operation, parseHeader, parseOperation } from '../../core/history.ts';

/**
 * Reads a history (`.ndjson` or `.ndjson.gz`). What a killed run left half-written at its end is counted as damaged.
 * @throws HistoryError where it is none
 */
export async function readHistory(path: string): Promise<History> {
  const operations: Operation[] = [];
  let header: History['header'] | undefined;
  let damaged = 0;
  try {
    for await (const line of createInterface({ input: open(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (header === undefined) {
        header = parseHeader(line);
        continue;
      }
      const operation = parseOperation(line);
      if (operation !== undefined) operations.push(operation);
      else if (line.startsWith('{')) damaged++;
    }
  } catch (error) {
    // A compressed file that was cut off ends in this error, after all whole lines have been read.
    if (header === undefined || (error as NodeJS.ErrnoException).code !== 'Z_BUF_ERROR') throw error;
    damaged++;
  }
  if (header === undefined) throw new HistoryError(`${path} is empty: the run ended before its set-up was done.`);
  return { header, operations, damaged };
}

function open(path: string): Readable {
  const file = createReadStream(path);
  return path.endsWith('.gz') ? file.pipe(createGunzip({ finishFlush: constants.Z_SYNC_FLUSH })) : file;
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
