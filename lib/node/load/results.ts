import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RESULTS_FOLDER } from '../paths.ts';

/** The files of one run: results/RUN/. */
export interface RunFolder {
  readonly id: string;
  readonly path: string;
  /** Logs of the nodes. */
  readonly logs: string;
  readonly file: (
    name:
      | 'run.json'
      | 'summary.json'
      | 'verdict.json'
      | 'timeline.json'
      | 'faults.json'
      | 'history.ndjson'
      | 'dashboard.html'
      | 'k6.log',
  ) => string;
}

/** Makes a folder for a run; its name sorts by time. */
export async function makeRunFolder(scenario: string, profile: string, started: Date): Promise<RunFolder> {
  const base = `${started.toISOString().slice(0, 19).replaceAll(':', '-')}_${scenario}_${profile}`;
  await mkdir(RESULTS_FOLDER, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const id = attempt === 1 ? base : `${base}_${attempt}`;
    const path = join(RESULTS_FOLDER, id);
    try {
      await mkdir(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    const logs = join(path, 'nodes');
    await mkdir(logs);
    return { id, path, logs, file: (name) => join(path, name) };
  }
}

/** Removes a run's folder whatever it holds: there was no run. */
export const removeFolder = ({ path }: RunFolder): Promise<void> => rm(path, { recursive: true });

/** Removes a run's folder that holds nothing: the run ended before it began. */
export async function removeIfEmpty({ path }: RunFolder): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((entry) => stat(join(entry.parentPath, entry.name)).then(({ size }) => size)),
  );
  if (sizes.every((size) => size === 0)) await rm(path, { recursive: true });
}
