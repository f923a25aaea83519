import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Exploration, ExplorationFinding, RecordedRun } from '../../core/explore/exploration.ts';
import type { Space } from '../../core/explore/space.ts';
import { keyOf, type Trial } from '../../core/explore/trial.ts';
import { UsageError } from '../cli/errors.ts';
import { writeJson } from '../system/files.ts';
import { cacheFolder, RESULTS_FOLDER, WORK_FOLDER } from '../system/paths.ts';
import type { NodeSettings } from '../targets/node-settings.ts';
import type { TargetChoice } from '../targets/target.ts';

/** Raised when a field of explore.json changes its meaning. */
const VERSION = 1;
const FILE = 'explore.json';
const FOLDER_ENDS = '_explore';

/** What an exploration was asked for; it stays the same when it is resumed. */
export interface ExplorationRequest {
  readonly target: TargetChoice;
  readonly store: string | undefined;
  readonly fixed: NodeSettings;
  readonly space: Space;
  readonly firstSeed: number;
  readonly corpus: readonly Trial[];
}

/** The content of explore.json. */
export interface ExplorationFile {
  readonly explore: typeof VERSION;
  readonly request: ExplorationRequest;
  readonly exploration: Exploration;
  readonly runs: readonly RecordedRun[];
}

export const folderName = (time: string): string => `${time}${FOLDER_ENDS}`;

export const saveExploration = (folder: string, file: Omit<ExplorationFile, 'explore'>): Promise<void> =>
  writeJson(join(folder, FILE), { explore: VERSION, ...file });

/**
 * Reads an exploration that was stopped.
 * @param named its folder; if absent, the latest in results/
 * @throws UsageError if there is none
 */
export async function loadExploration(named: string | undefined): Promise<{ folder: string } & ExplorationFile> {
  const folder = named ?? (await latest());
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => undefined);
  const shown = relative(WORK_FOLDER, folder) || folder;
  if (text === undefined)
    throw new UsageError(`--resume ${shown}: there is no ${FILE} in it. Name the folder of an exploration.`);
  const file = parsed(text);
  if (file?.explore === VERSION) return { folder, ...file };
  throw new UsageError(`--resume ${shown}: its ${FILE} is not of this version. Start another exploration.`);
}

function parsed(text: string): ExplorationFile | undefined {
  try {
    return JSON.parse(text) as ExplorationFile;
  } catch {
    return undefined;
  }
}

async function latest(): Promise<string> {
  const names = await readdir(RESULTS_FOLDER).catch(() => []);
  // A number may follow where several began in one second.
  const last = names
    .filter((name) => name.includes(FOLDER_ENDS))
    .toSorted()
    .at(-1);
  if (last !== undefined) return join(RESULTS_FOLDER, last);
  throw new UsageError('--resume: there is no exploration in results/. Start one without --resume.');
}

/** The smallest trials that failed, of all explorations in this folder. */
interface Corpus {
  readonly corpus: typeof VERSION;
  readonly trials: readonly { readonly found: readonly string[]; readonly trial: Trial }[];
}

const corpusPath = (): string => join(cacheFolder(), 'explore', 'corpus.json');

export async function readCorpus(): Promise<Corpus['trials']> {
  const text = await readFile(corpusPath(), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { corpus, trials } = JSON.parse(text) as Corpus;
  if (corpus === VERSION) return trials;
  throw new UsageError(`${corpusPath()} is not of this version. Remove it.`);
}

/** Adds what findings were shrunk to. */
export async function addToCorpus(findings: readonly ExplorationFinding[]): Promise<void> {
  const known = await readCorpus();
  const fresh = findings
    .filter(({ isSmallest, smallest }) => isSmallest && known.every(({ trial }) => keyOf(trial) !== keyOf(smallest)))
    .map(({ found, smallest }) => ({ found, trial: smallest }));
  if (fresh.length === 0) return;
  await mkdir(join(cacheFolder(), 'explore'), { recursive: true });
  await writeJson(corpusPath(), { corpus: VERSION, trials: [...known, ...fresh] });
}
