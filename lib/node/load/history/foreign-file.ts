import type { ForeignHistory } from '../../../core/converters/foreign-history.ts';
import type { Workload } from '../../../core/converters/jepsen-workloads.ts';
import { type ForeignFormat, foreignReader, recogniseFormat } from '../../../core/converters/recognise.ts';
import { type History, HistoryError } from '../../../core/history/history.ts';
import { beginningOfFile, bytesOfFile, damageOf, readHistory } from './history-file.ts';
import { memoryGuard } from './memory-guard.ts';

/** Told from the beginning of a file, bytes. */
const BEGINNING = 1 << 16;

/**
 * Reads a history of this suite or of another tool.
 *
 * @param format another tool's format; if absent it is read from the content
 * @param workload what another tool's history records; if absent it is read from the content
 * @throws HistoryError if it is none of them. Failure with exit code 98 if there is not enough memory for it
 */
export async function readAnyHistory(
  path: string,
  format?: ForeignFormat,
  workload?: Workload,
): Promise<History | ForeignHistory> {
  const foreign = format ?? recogniseFormat(await beginningOf(path));
  const guard = memoryGuard();
  if (foreign === undefined) {
    if (workload !== undefined)
      throw new HistoryError(`${path} is a history of this suite: --as applies only to those of other tools.`);
    return readHistory(path, guard);
  }
  try {
    const reader = foreignReader(foreign, workload);
    for await (const chunk of bytesOfFile(path)) {
      reader.write(chunk);
      guard(reader.size);
    }
    return reader.end();
  } catch (error) {
    if (!(error instanceof HistoryError)) throw damageOf(path, error);
    throw new HistoryError(`${path} cannot be read as ${foreign}. ${error.message}`);
  }
}

async function beginningOf(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await beginningOfFile(path, BEGINNING));
  } catch (error) {
    throw damageOf(path, error);
  }
}
