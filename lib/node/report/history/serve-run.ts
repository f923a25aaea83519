import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { Failure } from '../../cli/errors.ts';
import { HISTORY_FILES } from '../../load/history/history-file.ts';
import { answer, serveOnLoopback } from '../../system/loopback-server.ts';
import { browserScript, document, styles } from '../html-document.ts';
import { type HistoryFilter, HistoryIndex } from './history-index.ts';
import { HistoryPageView } from './history-view.tsx';

/** Operations of one page of the history view. */
const PAGE = 100;

/** A run that is served on loopback. */
export interface ServedRun {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** What /operations answers. */
export interface OperationsAnswer {
  readonly total: number;
  readonly indexed: number;
  readonly isComplete: boolean;
  readonly page: number;
  readonly nodes: readonly string[];
  readonly functions: readonly string[];
  readonly operations: readonly unknown[];
}

/**
 * Serves a run's report and its history on loopback, for as long as the process lives. The index of the history is built
 * while the pages can be used already.
 *
 * @throws Failure if the run recorded no history
 */
export async function serveRun(folder: string): Promise<ServedRun> {
  const files = new Set(await readdir(folder));
  const recorded = HISTORY_FILES.find((name) => files.has(name));
  if (recorded === undefined)
    throw new Failure(`${folder} holds no history: the run did not record one. Run it again without --history false.`);
  const index = await HistoryIndex.create();
  const stop = new AbortController();
  const building = index
    .build(join(folder, recorded), stop.signal)
    .catch((error: Error) => console.error(error.message));
  const page = document(
    'Operations',
    await styles(),
    `${render(h(HistoryPageView, {}))}<script>${await browserScript('history/history-browser.ts')}</script>`,
  );
  const server = await serveOnLoopback(({ pathname, searchParams }, response) => {
    const name = decodeURIComponent(pathname.slice(1)) || 'report.html';
    if (name === 'history') return answer(response, 200, 'text/html; charset=utf-8', page);
    if (name === 'operations')
      return void operationsOf(index, searchParams)
        .then((found) => answer(response, 200, 'application/json', JSON.stringify(found)))
        .catch((error: Error) => answer(response, 500, 'text/plain', error.message));
    if (!files.has(name)) return answer(response, 404, 'text/plain', `There is no ${name} in this run.`);
    response.writeHead(200, { 'content-type': TYPES[name.slice(name.lastIndexOf('.'))] ?? 'application/octet-stream' });
    createReadStream(join(folder, name))
      .on('error', () => response.destroy())
      .pipe(response);
  });
  return {
    url: server.url,
    close: async () => {
      stop.abort();
      server.close();
      await building;
      await index.close();
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.log': 'text/plain; charset=utf-8',
};

async function operationsOf(index: HistoryIndex, query: URLSearchParams): Promise<OperationsAnswer> {
  const page = Math.max(0, Math.floor(Number(query.get('page')) || 0));
  // Before the search: what is indexed while it runs may be missing from its total.
  const { count: indexed, isComplete } = index;
  const { total, operations } = await index.find(filterOf(query), page * PAGE, PAGE);
  const { nodes, functions } = index;
  return { total, indexed, isComplete, page, nodes: nodes.names, functions: functions.names, operations };
}

/** The filter of a link or form; times are seconds there. Empty fields match all. */
export function filterOf(query: URLSearchParams): HistoryFilter {
  const texts = ['key', 'node', 'function', 'outcome'].flatMap((name) => {
    const value = query.get(name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  const numbers = [['client', 1] as const, ['from', 1000] as const, ['to', 1000] as const].flatMap(([name, factor]) => {
    const value = query.get(name);
    return value === null || value === '' || Number.isNaN(Number(value))
      ? []
      : [[name, Number(value) * factor] as const];
  });
  return Object.fromEntries([...texts, ...numbers]);
}

const OPENERS: Readonly<Record<string, string>> = { darwin: 'open', win32: 'explorer' };

/** Opens a page in the user's browser, if there is one. */
export function openInBrowser(url: string): void {
  spawn(OPENERS[process.platform] ?? 'xdg-open', [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
