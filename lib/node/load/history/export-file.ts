import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXPORT_SUFFIX, type ExportFormat, exportHistory } from '../../../core/converters/export.ts';
import { type History, HistoryError } from '../../../core/history/history.ts';
import { partsOf } from '../../../core/history/history-parts.ts';

/**
 * Writes a history for another checker; of a mixed load each part that the format can express, into a file of its own.
 *
 * @param source the file that it was read from: without `output` the new one lies beside it
 * @returns a line about each file
 * @throws HistoryError if the format cannot express any of it
 */
export async function writeExports(
  history: History,
  format: ExportFormat,
  source: string,
  output?: string,
): Promise<string[]> {
  const beside = (name: string): string =>
    output ?? join(dirname(source), `${name}.${format}.${EXPORT_SUFFIX[format]}`);
  if (history.header.parts === undefined) return [await writeExport(history, format, beside('history'))];
  if (output !== undefined)
    throw new HistoryError('A mixed load is written as a file for each part: leave out --output.');
  const written: string[] = [];
  const refusals: string[] = [];
  for (const [name, part] of partsOf(history))
    try {
      written.push(await writeExport(part, format, beside(`history.${name}`)));
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      refusals.push(error.message);
    }
  if (written.length === 0) throw new HistoryError(refusals.join('\n'));
  return written;
}

async function writeExport(history: History, format: ExportFormat, path: string): Promise<string> {
  const pieces = exportHistory(history, format, 'summary' in history);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(temporary));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return `Wrote ${history.operations.length} operations to ${path}, for ${format}.`;
}
