import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { which } from 'zx';
import type { Progress } from '../cli/progress.ts';
import { BINARIES_FOLDER, cacheFolder } from '../system/paths.ts';
import type { Specification } from './specification.ts';

/** What a search for a program depends on beside the disk. */
export interface Toolchain {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** Milliseconds that a program has for telling its version. */
  readonly versionLimitMs: number;
}

export const VERSION_LIMIT_MS = 10_000;

/** All files of that name on PATH that can be executed, each once, in PATH's order. */
export async function onPath(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  // An empty `path` would make `which` fall back on this process's own PATH.
  const found: readonly string[] = env.PATH
    ? ((await which(name, { all: true, nothrow: true, path: env.PATH })) ?? [])
    : [];
  const seen = new Set<string>();
  const once: string[] = [];
  for (const file of found) {
    const real = await realpath(file);
    // Absolute, so that a relative folder on PATH does not give a bare name, which would be looked up once more.
    if (!seen.has(real)) once.push(resolve(file));
    seen.add(real);
  }
  return once;
}

/** The first of these programs that is on PATH. */
export async function firstOnPath(names: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const name of names) {
    const [file] = await onPath(name, env);
    if (file !== undefined) return file;
  }
  return undefined;
}

/**
 * Where a build of this program's pinned sources is kept: another version, dependency or platform has another folder, so
 * a cache may be shared by checkouts, and by a machine and its containers.
 */
export async function cachedFile(specification: Specification, env: NodeJS.ProcessEnv): Promise<string> {
  const { name, pinned, sources } = specification;
  const hash = createHash('sha256');
  for (const source of sources) hash.update(await readFile(join(BINARIES_FOLDER, name, source)));
  const build = hash.digest('hex').slice(0, 12);
  return join(cacheFolder(env), `${name}-v${pinned}-${build}-${process.platform}-${process.arch}`, name);
}
