import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';

/** A fenced block of a page. What follows the language names the file that it stands for: ```ts scenarios/queue.ts */
export interface PageBlock {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

/** Fenced blocks of a page of docs/, in their order. */
export async function blocksOf(page: string): Promise<PageBlock[]> {
  const text = await readFile(join(PROJECT_ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```(\w*) ?([^\n]*)\n(.*?)^```$/gms)].map(([, language = '', file = '', block = '']) => ({
    language,
    file,
    text: block,
  }));
}
