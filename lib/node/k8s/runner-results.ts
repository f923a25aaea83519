import { readFile, rename } from 'node:fs/promises';
import * as v from 'valibot';
import { CLOCK, isHeader, parseClock, parseHeader } from '../../core/history/history.ts';
import { SETTINGS } from '../../core/settings/settings.ts';
import { SUMMARY_VERSION } from '../../core/verdict/summary.ts';
import { UsageError } from '../cli/errors.ts';
import { linesBeginning, linesOfFile } from '../load/history/history-file.ts';
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
    run: v.optional(v.string()),
    seed: v.optional(v.number()),
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
  run: Pick<KubernetesRun, 'name' | 'scenario' | 'env'>,
  pod: string,
  files: Pick<K6Files, 'file'>,
): Promise<string | undefined> {
  const scenario = await scenarioOfHistory(files.file('history.ndjson'));
  if (scenario !== undefined && scenario !== run.scenario)
    throw ofAnotherRun(run, pod, 'history', `scenario ${scenario}`, run.scenario);
  const path = files.file('summary.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return `(pod ${pod}) wrote no summary, so it ended early`;
  const parsed = v.safeParse(Summary, text);
  if (!parsed.success) {
    await rename(path, `${path}.damaged`);
    return `(pod ${pod}) ${text.trim() === '' ? 'wrote an empty summary' : 'wrote a summary that is cut short or not one of this suite'}`;
  }
  const { scenario: found, run: its, seed } = parsed.output;
  if (found !== run.scenario) throw ofAnotherRun(run, pod, 'summary', `scenario ${found}`, run.scenario);
  const { [SETTINGS.run.env]: own, [SETTINGS.seed.env]: ownSeed } = run.env;
  if (its !== undefined && own !== undefined && its !== own) throw ofAnotherRun(run, pod, 'summary', `run ${its}`, own);
  if (seed !== undefined && ownSeed !== undefined && seed !== Number(ownSeed))
    throw ofAnotherRun(run, pod, 'summary', `seed ${seed}`, ownSeed);
  return undefined;
}

const ofAnotherRun = ({ name }: Pick<KubernetesRun, 'name'>, pod: string, what: string, is: string, own: string) =>
  new UsageError(
    `The results of pod ${pod} are of another run: its ${what} is of ${is}, but ${name} is of ${own}. Name the folder or volume of ${name}.`,
  );

/** The wall clock at the time 0 of a runner, milliseconds since 1970, by the node that all ask if it says; undefined if nothing does. */
export async function beginningOf(history: string): Promise<number | undefined> {
  let own: number | undefined;
  if (await isFile(history))
    for await (const line of linesBeginning(history, CLOCK)) {
      const look = parseClock(line);
      if (look?.node !== undefined) return look.earliest;
      own ??= look?.earliest;
    }
  return own;
}

export interface Beginning {
  readonly pod: string;
  /** Milliseconds since 1970. */
  readonly began: number;
}

/**
 * Runners of one run load at the same time.
 * @param length of a run, milliseconds
 * @throws UsageError if one had ended before another began: a volume may still hold results of an earlier run of the same name
 */
export function checkTogether({ name }: Pick<KubernetesRun, 'name'>, beginnings: readonly Beginning[], length: number) {
  const [first, ...others] = beginnings.toSorted((a, b) => b.began - a.began);
  const stale = others.find(({ began }) => first !== undefined && first.began - began > length);
  if (first === undefined || stale === undefined) return;
  const [earlier, later] = [stale, first].map(({ began }) => new Date(began).toISOString());
  throw new UsageError(
    `The results of pod ${stale.pod} are of another run of ${name}: it began at ${earlier} and was over when pod ${first.pod} began, at ${later}. Remove the results of the earlier run, and run it again.`,
  );
}

/** Only the first runner's history has a header. */
async function scenarioOfHistory(path: string): Promise<string | undefined> {
  if (!(await isFile(path))) return undefined;
  for await (const lines of linesOfFile(path)) {
    const header = lines.find(isHeader);
    return header === undefined ? undefined : parseHeader(header).scenario;
  }
  return undefined;
}
