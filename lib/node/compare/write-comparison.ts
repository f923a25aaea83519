import { h } from 'preact';
import { render } from 'preact-render-to-string';
import { comparisonMarkdown, comparisonTable, markdownText } from '../../core/comparison/comparison-text.ts';
import { document, styles } from '../report/html-document.ts';
import { writeAtomically, writeJson } from '../system/files.ts';
import { ComparisonPage } from './comparison-page.tsx';
import type { ComparisonRecord } from './comparison-record.ts';

/** The comparison for a terminal. */
export function comparisonText({ arms, metrics, notes, state, headline }: ComparisonRecord): string {
  return [
    `A  ${arms.a.name}: ${arms.a.description}\nB  ${arms.b.name}: ${arms.b.description}`,
    comparisonTable(metrics),
    notes.join('\n'),
    `${state.toUpperCase()}: ${headline}`,
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

/** The comparison for a pull request. */
function pullRequestText({ scenario, arms, metrics, notes, state, headline, command }: ComparisonRecord): string {
  return [
    `### ${markdownText(scenario)}: ${state}`,
    markdownText(headline),
    `A: ${markdownText(`${arms.a.name}: ${arms.a.description}`)}  \nB: ${markdownText(`${arms.b.name}: ${arms.b.description}`)}`,
    comparisonMarkdown(metrics),
    notes.map((note) => `- ${markdownText(note)}`).join('\n'),
    `\`${command.replaceAll('`', "'")}\``,
  ]
    .filter((block) => block !== '')
    .join('\n\n')
    .concat('\n');
}

/** Writes comparison.json, comparison.md and comparison.html into the comparison's folder. */
export async function writeComparison(folder: string, record: ComparisonRecord): Promise<void> {
  await writeJson(`${folder}/comparison.json`, record);
  await writeAtomically(`${folder}/comparison.md`, pullRequestText(record));
  await writeAtomically(`${folder}/comparison.html`, await comparisonHtml(record));
}

/** One HTML file that loads nothing else. */
export const comparisonHtml = async (record: ComparisonRecord): Promise<string> =>
  document(`${record.scenario}: ${record.state}`, await styles(), render(h(ComparisonPage, { record })));
