import { readFile, rename } from 'node:fs/promises';
import * as v from 'valibot';
import { isHeader, parseHeader } from '../../core/history/history.ts';
import { SUMMARY_VERSION } from '../../core/verdict/summary.ts';
import { UsageError } from '../cli/errors.ts';
import { linesOfFile } from '../load/history/history-file.ts';
import type { K6Files } from '../load/run-folder.ts';
import { isFile } from '../system/files.ts';
import type { KubernetesRun } from './kubernetes-run.ts';

/** As much of a summary as says whose it is, and that it is whole. */
const Summary = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    summary: v.literal(SUMMARY_VERSION),
    scenario: v.string(),
    phases: v.array(v.unknown()),
    metrics: v.record(v.string(), v.unknown()),
  }),
);

/**
 * Looks at what a runner has left, before it is merged with the others'. A summary that cannot be read is put aside, so that
 * the run is judged without it.
 *
 * @param pod for messages
 * @returns why the runner counts as ended before its time; undefined if its summary is whole
 * @throws UsageError if the results are those of another run
 */
export async function problemOfResults(
  run: Pick<KubernetesRun, 'name' | 'scenario'>,
  pod: string,
  files: Pick<K6Files, 'file'>,
): Promise<string | undefined> {
  const scenario = await scenarioOfHistory(files.file('history.ndjson'));
  if (scenario !== undefined && scenario !== run.scenario) throw ofAnotherRun(run, pod, 'history', scenario);
  const path = files.file('summary.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return `(pod ${pod}) wrote no summary, so it ended early`;
  const parsed = v.safeParse(Summary, text);
  if (!parsed.success) {
    await rename(path, `${path}.damaged`);
    return `(pod ${pod}) ${text.trim() === '' ? 'wrote an empty summary' : 'wrote a summary that is cut short or not one of this suite'}`;
  }
  if (parsed.output.scenario !== run.scenario) throw ofAnotherRun(run, pod, 'summary', parsed.output.scenario);
  return undefined;
}

const ofAnotherRun = (
  run: Pick<KubernetesRun, 'name' | 'scenario'>,
  pod: string,
  what: string,
  scenario: string,
): UsageError =>
  new UsageError(
    `The results of pod ${pod} are of another run: its ${what} is of scenario ${scenario}, but ${run.name} is of ${run.scenario}. Name the folder or volume of ${run.name}.`,
  );

/** Only the first runner's history has a header. */
async function scenarioOfHistory(path: string): Promise<string | undefined> {
  if (!(await isFile(path))) return undefined;
  for await (const lines of linesOfFile(path)) {
    const header = lines.find(isHeader);
    return header === undefined ? undefined : parseHeader(header).scenario;
  }
  return undefined;
}
