import { join, resolve } from 'node:path';

/** The checkout, whatever folder a command was started in. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');

/** The pinned sources of the programs that the suite drives: `k6` and `surreal`. */
export const BINARIES_FOLDER = join(PROJECT_ROOT, 'binaries');

/** One folder a run. */
export const RESULTS_FOLDER = join(PROJECT_ROOT, 'results');

/** Where built programs are kept: SURREALDB_LOAD_CACHE, so that several checkouts can share one, or `.cache` here. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(PROJECT_ROOT, env.SURREALDB_LOAD_CACHE || '.cache');
}
