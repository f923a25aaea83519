import table from 'text-table';
import { type Exploration, type ExplorationFinding, type Need, neededBy, type RecordedRun } from './exploration.ts';
import { faultTexts, type Trial } from './trial.ts';

/** The command that repeats a trial. */
export type CommandOf = (trial: Trial) => string;

/** All findings, a line each, then the command, the needs and the run folders of each. */
export function explorationTable({ findings }: Exploration, commandOf: CommandOf): string {
  if (findings.length === 0) return '';
  const rows = findings.map((it) => [String(it.seed), it.found.join(', '), repeatsText(it), neededText(it)]);
  return [table([['seed', 'found', 'repeats', 'needs'], ...rows]), ...findings.map((it) => detail(it, commandOf))].join(
    '\n\n',
  );
}

export const repeatsText = ({ repeats: { found, runs } }: ExplorationFinding): string => `${found} of ${runs}`;

export function neededText(finding: ExplorationFinding): string {
  const { needs, isSmallest, repeats } = finding;
  if (repeats.found === 0) return repeats.runs === 0 ? 'not repeated yet' : 'unknown: it did not show again';
  if (needs.length === 0) return isSmallest ? 'not tried yet' : 'not shrunk to the end yet';
  const needed = neededBy(finding);
  return needed.length === 0 ? 'no single one of its faults and settings' : needed.join('; ');
}

/** One sentence for each thing that was changed. */
export const needText = ({ without, instead, found, runs, verdict }: Need): string =>
  `${verdict}: ${without} (${found} of ${runs} with ${instead})`;

function detail(finding: ExplorationFinding, commandOf: CommandOf): string {
  const { seed, message, smallest, isSmallest, needs, alsoBy, runs } = finding;
  return [
    `Seed ${seed}: ${message}`,
    `  ${isSmallest ? 'smallest' : 'smallest so far'}: ${commandOf(smallest)}`,
    ...needs.map((need) => `  ${needText(need)}`),
    ...(alsoBy.length > 0 ? [`  the same by ${alsoBy.length} further seeds: ${alsoBy.join(', ')}`] : []),
    ...(runs.length > 0 ? [`  runs: ${runs.map((run) => `results/${run}`).join(', ')}`] : []),
  ].join('\n');
}

/** What was done, in a sentence or two. */
export function explorationSummary({ seeds, findings }: Exploration, runs: readonly RecordedRun[]): string {
  const count = (state: string) => runs.filter(({ outcome }) => outcome.state === state).length;
  const beyond = runs
    .filter(({ outcome }) => outcome.state !== 'refused')
    .map(({ outcome }) => outcome.seconds - outcome.load);
  const refused = count('refused');
  return [
    `${seeds} seeds in ${runs.length} runs: ${findings.length === 0 ? 'no finding' : findings.length === 1 ? '1 finding' : `${findings.length} findings`}. ${count('nothing')} runs found nothing, ${count('anomaly')} an anomaly, ${count('undecided')} proved nothing${refused > 0 ? `, ${refused} the target cannot do` : ''}.`,
    ...(beyond.length > 0 ? [`A run took ${Math.max(...beyond).toFixed(1)} s at most beyond its load.`] : []),
  ].join('\n');
}

/** One line for a run. */
export function runLine(
  trial: Trial,
  purpose: string,
  { state, found, message, seconds }: { state: string; found: readonly string[]; message: string; seconds: number },
): string {
  const what = state === 'anomaly' ? found.join(', ') : state === 'nothing' ? 'nothing' : `${state}: ${message}`;
  return `${purpose.padEnd(16)} ${trial.scenario.padEnd(16)} ${seconds.toFixed(0).padStart(3)} s  ${what}  (${faultTexts(trial).join(' ') || 'no faults'})`;
}
