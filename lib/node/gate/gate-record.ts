import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { comparisonMarkdown, markdownTable, markdownText } from '../../core/comparison/comparison-text.ts';
import { type GateEntryResult, type GateState, stateOf } from '../../core/gate/gate-verdict.ts';
import type { ArmRecord } from '../compare/comparison-record.ts';
import { writeAtomically, writeJson } from '../system/files.ts';
import type { Machine } from '../system/machine.ts';
import { junitXml } from './junit.ts';

/** gate.json: raised when a field's meaning changes. */
export const GATE_VERSION = 1;

/** Everything that a gate came to. */
export interface GateRecord {
  readonly gate: typeof GATE_VERSION;
  readonly state: GateState;
  readonly headline: string;
  /** ISO 8601. */
  readonly started: string;
  readonly ended: string;
  readonly command: string;
  /** File of the suite. */
  readonly suite: string;
  readonly machine: Machine;
  readonly candidate: ArmRecord;
  readonly baseline?: ArmRecord & { /** When it was kept, where it was not measured now. */ readonly taken?: string };
  readonly entries: readonly GateEntryResult[];
}

const MARKS = { pass: '✓', fail: '✗', invalid: '?', skipped: '–' } as const;
const WORDS = { pass: 'Passed', fail: 'Failed', invalid: 'Invalid' } as const;

/** The summary for a pull request. */
export function gateMarkdown({
  state,
  headline,
  candidate,
  baseline,
  entries,
  machine,
  started,
  ended,
}: GateRecord): string {
  const shown = (arm: ArmRecord) => `${arm.name} (${arm.description})`;
  const troubles = entries.flatMap(({ name, cases }) =>
    cases
      .filter((one) => one.state === 'fail' || one.state === 'invalid')
      .map((one) => `- ${MARKS[one.state]} **${markdownText(name)}**: ${markdownText(`${one.name}: ${one.detail}`)}`),
  );
  const rows = entries.map((entry) => [
    `${MARKS[stateOf(entry.cases)]} ${entry.name}`,
    String(entry.cases.filter((one) => one.state === 'pass').length),
    String(entry.cases.filter((one) => one.state === 'fail').length),
    String(entry.cases.filter((one) => one.state === 'invalid').length),
    `${entry.seconds.toFixed(0)} s`,
  ]);
  const details = entries.flatMap(({ name, metrics = [] }) =>
    metrics.length === 0
      ? []
      : [
          `<details><summary>${markdownText(name)}: A is the baseline, B the candidate</summary>\n\n${comparisonMarkdown(metrics)}\n\n</details>`,
        ],
  );
  const minutes = (Date.parse(ended) - Date.parse(started)) / 60_000;
  return [
    `### ${MARKS[state]} Performance and consistency gate: ${WORDS[state]}`,
    markdownText(headline),
    troubles.join('\n'),
    markdownTable(['scenario', 'passed', 'failed', 'invalid', 'time'], rows),
    ...details,
    `Candidate: ${markdownText(shown(candidate))}  \nBaseline: ${markdownText(baseline === undefined ? 'none' : shown(baseline))}${baseline?.taken === undefined ? '' : `, stored on ${baseline.taken.slice(0, 10)}`}  \n${markdownText(`${machine.cores} cores of ${machine.cpu}, ${minutes.toFixed(1)} min`)}`,
  ]
    .filter((block) => block !== '')
    .join('\n\n')
    .concat('\n');
}

/** The gate for a terminal. */
export function gateText({ state, headline, entries }: GateRecord): string {
  const lines = entries.flatMap(({ name, cases, seconds }) => [
    `${MARKS[stateOf(cases)]} ${name}  (${seconds.toFixed(0)} s)`,
    ...cases
      .filter((one) => one.state !== 'skipped')
      .map((one) => `    ${MARKS[one.state]} ${one.name}${one.detail === '' ? '' : `: ${one.detail}`}`),
  ]);
  return `${lines.join('\n')}\n\n${state.toUpperCase()}: ${headline}`;
}

/** Writes gate.json, gate.md and junit.xml, and the summary of the job where GitHub runs it. */
export async function writeGate(
  folder: string,
  record: GateRecord,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const markdown = gateMarkdown(record);
  await writeJson(join(folder, 'gate.json'), record);
  await writeAtomically(join(folder, 'gate.md'), markdown);
  await writeAtomically(join(folder, 'junit.xml'), junitXml(record.entries, new Date(record.started)));
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, `${markdown}\n`);
}
