import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../../core/verdict/summary.ts';
import { RESULTS_FOLDER } from '../system/paths.ts';

/** Where one k6 process writes. */
export interface K6Files {
  readonly path: string;
  readonly file: (name: K6File) => string;
}

type K6File = 'summary.json' | 'history.ndjson' | 'dashboard.html' | 'k6.log';

/** k6's summary; undefined if k6 wrote none. */
export async function readSummary({ file }: Pick<K6Files, 'file'>): Promise<RunSummary | undefined> {
  const text = await readFile(file('summary.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as RunSummary);
}

/** The files of one run: results/RUN/. */
export interface RunFolder extends K6Files {
  readonly id: string;
  /** Logs of the nodes. */
  readonly logs: string;
  readonly file: (
    name: K6File | 'run.json' | 'verdict.json' | 'timeline.json' | 'servers.json' | 'faults.json',
  ) => string;
}

/** Makes the folder of one of several generators of a run: results/RUN/generators/1 and so on. */
export async function makeGeneratorFolder({ path: run }: RunFolder, number: number): Promise<K6Files> {
  const path = join(run, 'generators', String(number));
  await mkdir(path, { recursive: true });
  return { path, file: (name) => join(path, name) };
}

/** Makes a folder for a run in `parent`; its name sorts by time. */
export async function makeRunFolder(
  scenario: string,
  profile: string,
  started: Date,
  parent = RESULTS_FOLDER,
): Promise<RunFolder> {
  const { id, path } = await makeFolder(parent, `${timeOf(started)}_${scenario}_${profile}`);
  const logs = join(path, 'nodes');
  await mkdir(logs);
  return { id, path, logs, file: (name) => join(path, name) };
}

/** A moment as names of folders begin with: they sort by it. */
export const timeOf = (moment: Date): string => moment.toISOString().slice(0, 19).replaceAll(':', '-');

/** Makes a folder of this name, or with a number behind it if there is one already. */
export async function makeFolder(
  parent: string,
  name: string,
): Promise<{ readonly id: string; readonly path: string }> {
  await mkdir(parent, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? name : `${name}_${attempt}`;
    const path = join(parent, id);
    try {
      await mkdir(path);
      return { id, path };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Removes a run's folder whatever it holds: there was no run. */
export const removeFolder = ({ path }: RunFolder): Promise<void> => rm(path, { recursive: true });

/** A folder of results for as long as `use` takes; it goes again if nothing was written into it. */
export async function withResultsFolder<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder(RESULTS_FOLDER, name);
  try {
    return await use(folder.path);
  } finally {
    await removeIfEmpty(folder);
  }
}

/** Removes a run's folder that holds nothing: the run ended before it began. */
export async function removeIfEmpty({ path }: Pick<RunFolder, 'path'>): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size)),
  );
  if (sizes.every((size) => size === 0)) await rm(path, { recursive: true });
}
