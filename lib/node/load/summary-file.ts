import { readFile } from 'node:fs/promises';
import type { RunSummary } from '../../core/verdict/summary.ts';
import type { K6Files } from './results.ts';

/** k6's summary in a folder of results; undefined where k6 left none. */
export async function readSummary({ file }: Pick<K6Files, 'file'>): Promise<RunSummary | undefined> {
  const text = await readFile(file('summary.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as RunSummary);
}
