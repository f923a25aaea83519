import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { h } from 'preact';
import { render } from 'preact-render-to-string';
import type { History } from '../../core/history/history.ts';
import { writeAtomically } from '../system/files.ts';
import { chartData } from './chart-data.ts';
import { browserScript, document, styles } from './html-document.ts';
import { type ReportData, readReportData } from './report-data.ts';
import { Page } from './report-page.tsx';

/**
 * Writes report.html into a run's folder: one file that loads nothing else.
 * @param history the run's history if it is in memory already; otherwise it is read from the folder
 * @returns its path
 * @throws UsageError if the folder holds no run
 */
export async function writeReport(folder: string, history?: History): Promise<string> {
  // The script is bundled by a process of its own, while the history is read.
  const [data, ...parts] = await Promise.all([
    readReportData(folder, history),
    styles(),
    stylesOfCharts(),
    browserScript('browser.ts'),
  ]);
  const path = join(folder, 'report.html');
  await writeAtomically(path, reportPage(data, ...parts));
  return path;
}

function reportPage(data: ReportData, style: string, theirs: string, script: string): string {
  const title = `${data.run.scenario} ${data.run.settings.profile}: ${data.verdict?.state ?? 'no verdict'}`;
  const body = [
    render(h(Page, { data })),
    `<script type="application/json" id="data">${embedded(chartData(data))}</script>`,
    `<script>${script}</script>`,
  ].join('\n');
  return document(title, theirs + style, body);
}

/** JSON inside a script element: no text in it can end the element. */
const embedded = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const stylesOfCharts = (): Promise<string> =>
  readFile(createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css'), 'utf8');
