import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { commandLineOf } from '../cluster/daemon.ts';
import { entrust } from '../process/guard.ts';
import { writeJson } from '../system/files.ts';
import { cacheFolder, NODE_ARGUMENTS, PROJECT_ROOT } from '../system/paths.ts';
import { applyUndo, UNDO } from './undo.ts';

const ENTRY = v.object({ fault: v.string(), server: v.string(), undo: UNDO });
type Entry = v.InferOutput<typeof ENTRY>;
/** `program`: part of the process's command line, so that another process with a reused number is not taken for it. */
const JOURNAL = v.object({ journal: v.literal(2), program: v.string(), entries: v.array(ENTRY) });

const PROGRAM = basename(process.argv[1] ?? process.execPath);

/** What the guard runs after this process has died. */
const HEAL = [process.execPath, ...NODE_ARGUMENTS, join(PROJECT_ROOT, 'scripts/cluster.ts'), 'heal'];

const folderOf = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'faults');

/**
 * The faults of this process that are in effect, with what undoes them. Written before each begins, so that they can be undone
 * if this process is killed.
 */
export class Journal {
  readonly #env: NodeJS.ProcessEnv;
  readonly #path: string;
  readonly #entries = new Set<Entry>();
  #written: Promise<void> = Promise.resolve();
  /** Cancels the order to the guard. */
  #dismiss: (() => void) | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.#path = join(folderOf(env), `${process.pid}.json`);
  }

  /** Records a fault that is about to begin. @returns removes the record, once it is undone */
  async add(entry: Entry): Promise<() => Promise<void>> {
    this.#entries.add(entry);
    await this.#write();
    this.#dismiss ??= entrust({ run: HEAL });
    return async () => {
      this.#entries.delete(entry);
      await this.#write();
      if (this.#entries.size > 0) return;
      this.#dismiss?.();
      this.#dismiss = undefined;
    };
  }

  /** One write at a time, so that the last one is the last on disk. */
  #write(): Promise<void> {
    this.#written = this.#written.then(async () => {
      if (this.#entries.size === 0) return rm(this.#path, { force: true });
      await mkdir(folderOf(this.#env), { recursive: true });
      await writeJson(this.#path, { journal: 2, program: PROGRAM, entries: [...this.#entries] });
    });
    return this.#written;
  }
}

/**
 * Undoes the faults of runs that were killed, and leaves those of runs that are alive.
 * @returns what was undone, each in a sentence
 * @throws Failure naming what could not be undone; its record stays
 */
export async function healLeftovers(env: NodeJS.ProcessEnv, progress: Progress): Promise<string[]> {
  const names = await readdir(folderOf(env)).catch(() => []);
  const undone: string[] = [];
  const problems: string[] = [];
  for (const name of names.filter((it) => /^\d+\.json$/.test(it))) {
    const path = join(folderOf(env), name);
    const journal = await readJournal(path);
    if (journal === undefined || (await commandLineOf(Number.parseInt(name, 10)))?.includes(journal.program)) continue;
    // The last one first, as a run undoes them.
    for (const { fault, server, undo } of [...journal.entries].reverse()) {
      progress.say(`An earlier run left ${server} with the fault ${fault}: undoing it.`);
      const problem = await applyUndo(undo, env, progress).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (problem === undefined) undone.push(`${server}: ${fault} undone`);
      else problems.push(`${server}: ${fault} could not be undone: ${problem}`);
    }
    // Another process may have done the same meanwhile.
    if (problems.length === 0) await rm(path, { force: true });
  }
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return undone;
}

/** @returns undefined if another process has just undone it */
async function readJournal(path: string): Promise<v.InferOutput<typeof JOURNAL> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return v.parse(JOURNAL, JSON.parse(text));
  } catch (error) {
    throw new Failure(
      `${path} cannot be read (${error instanceof Error ? error.message : error}). Bring the cluster up anew (npm run cluster -- down, then up), and remove it.`,
    );
  }
}
