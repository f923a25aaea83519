import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../cli/errors.ts';
import { writeAtomically } from '../system/files.ts';
import { cacheFolder } from '../system/paths.ts';

const STATE = v.object({
  cluster: v.literal(1),
  store: v.string(),
  program: v.string(),
  /** The tag of the `tiup playground` that we started for it. */
  playground: v.optional(v.string()),
  nodes: v.array(
    v.object({
      name: v.string(),
      port: v.number(),
      /** Milliseconds; absent until it was ready. */
      startUp: v.optional(v.number()),
    }),
  ),
});

/** What is known of the native cluster: written before anything is started, so that whatever runs can be found. */
export type NativeState = v.InferOutput<typeof STATE>;

/** The files of the native cluster, in the cache. */
export const stateFolder = (env: NodeJS.ProcessEnv): string => join(cacheFolder(env), 'cluster');

const stateFile = (env: NodeJS.ProcessEnv): string => join(stateFolder(env), 'state.json');
export const logFile = (env: NodeJS.ProcessEnv, name: string): string => join(stateFolder(env), `${name}.log`);
export const pidFile = (env: NodeJS.ProcessEnv, name: string): string => join(stateFolder(env), `${name}.pid`);

/** @throws Failure where the file is damaged */
export async function readState(env: NodeJS.ProcessEnv): Promise<NativeState | undefined> {
  const file = stateFile(env);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return v.parse(STATE, JSON.parse(text));
  } catch (error) {
    throw new Failure(
      `${file} cannot be understood (${error instanceof Error ? error.message : error}). End the nodes that still run by hand, and remove it.`,
    );
  }
}

export async function writeState(env: NodeJS.ProcessEnv, state: NativeState): Promise<void> {
  await mkdir(stateFolder(env), { recursive: true });
  await writeAtomically(stateFile(env), `${JSON.stringify(state, null, 2)}\n`);
}

export const removeState = (env: NodeJS.ProcessEnv): Promise<void> =>
  rm(stateFolder(env), { recursive: true, force: true });
