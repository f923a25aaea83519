import { join, resolve, sep } from 'node:path';

/** Where the suite itself is: a checkout, or a folder in node_modules. Nothing is written into it. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');

/** The folder that a command was started in: results, caches, gate.json and .env are the user's. */
export const WORK_FOLDER = process.cwd();

const IS_INSTALLED = PROJECT_ROOT.split(sep).includes('node_modules');

/** What a user types before the arguments of a command: in a clone, or where the suite is installed as a package. */
export const commandPrefix = (name: string): string =>
  IS_INSTALLED
    ? `npx surrealdb-load ${name}`
    : `npm run ${name.replace(' ', ' -- ')}${name.includes(' ') ? '' : ' --'}`;

/** A message as it is right where the suite is installed: the commands that it names are those that the user can type. */
export const asInstalled = (message: string): string =>
  IS_INSTALLED ? message.replace(/npm run (\w+)(?: --)?/g, 'npx surrealdb-load $1') : message;

/** The pinned sources of the programs that the suite drives: `k6` and `surreal`. */
export const BINARIES_FOLDER = join(PROJECT_ROOT, 'binaries');

/** One folder a run. */
export const RESULTS_FOLDER = join(WORK_FOLDER, 'results');

/** Where built programs are kept: SURREALDB_LOAD_CACHE, so that several folders can share one, or `.cache` here. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(WORK_FOLDER, env.SURREALDB_LOAD_CACHE || '.cache');
}

/** Scenarios as k6 takes them, made anew for each run. */
export const BUNDLES_FOLDER = join(cacheFolder(), 'bundles');

/** Arguments of Node for a process that runs one of our TypeScript files, wherever it is started. */
export const NODE_ARGUMENTS: readonly string[] = ['--import', import.meta.resolve('tsx')];
