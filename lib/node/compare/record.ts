import type { Design, MetricComparison, Tolerance } from '../../core/comparison/compare.ts';
import type { Conclusion } from '../../core/comparison/comparison-verdict.ts';
import { comparisonMarkdown, comparisonTable, markdownText } from '../../core/comparison/text.ts';
import { writeAtomically, writeJson } from '../files.ts';
import type { Machine } from '../machine.ts';
import { comparisonHtml } from './page-file.ts';
import type { RoundRecord } from './rounds.ts';

/** comparison.json: raised when a field's meaning changes. */
export const COMPARISON_VERSION = 1;

/** One side, as a reader of the comparison wants to know it. */
export interface ArmRecord {
  /** As the user named it. */
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** Settings that this side alone had. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Everything that a comparison came to. */
export interface ComparisonRecord extends Conclusion {
  readonly comparison: typeof COMPARISON_VERSION;
  readonly started: string;
  readonly ended: string;
  readonly scenario: string;
  readonly command: string;
  readonly design: Design;
  readonly tolerance: Tolerance;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
  readonly arms: Readonly<Record<'a' | 'b', ArmRecord>>;
  /** What a reader must know, gravest first. */
  readonly notes: readonly string[];
  readonly metrics: readonly MetricComparison[];
  readonly rounds: readonly RoundRecord[];
}

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
export function comparisonPage({ scenario, arms, metrics, notes, state, headline, command }: ComparisonRecord): string {
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
  await writeAtomically(`${folder}/comparison.md`, comparisonPage(record));
  await writeAtomically(`${folder}/comparison.html`, await comparisonHtml(record));
}

/** A comparison tells, a gate decides: only what makes it worthless is no success. */
export const comparisonExitCode = ({ state }: ComparisonRecord): number =>
  state === 'void' ? 99 : state === 'invalid' ? 98 : 0;
