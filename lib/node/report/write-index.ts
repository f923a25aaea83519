import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { writeAtomically } from '../system/files.ts';
import { browserScript, document, styles } from './html-document.ts';
import { IndexPage } from './index-page.tsx';
import { listRuns, type RunEntry } from './run-list.ts';
import { type RunSeries, seriesOfRuns } from './trends/run-series.ts';

/** What was found in a folder of runs. */
export interface Index {
  readonly path: string;
  readonly runs: readonly RunEntry[];
  readonly series: readonly RunSeries[];
}

/** Writes index.html into a folder of runs: all of them with their trends, newest first. Only its filters need a script. */
export async function writeIndex(folder: string): Promise<Index> {
  const runs = await listRuns(folder);
  const series = seriesOfRuns(runs);
  const path = join(folder, 'index.html');
  const body = `${render(h(IndexPage, { series, runs }))}<script>${await browserScript('index-browser.ts')}</script>`;
  await writeAtomically(path, document('Runs', await styles(), body));
  return { path, runs, series };
}
