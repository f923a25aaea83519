import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../cli/errors.ts';
import { findDocker, inspectImage, isImagePresent, pullImage } from './image.ts';
import { inspect } from './inspection.ts';
import type { Program } from './program.ts';
import { binaryProgram, imageProgram } from './program.ts';
import type { Specification } from './specification.ts';
import { cachedFile, onPath, type Toolchain } from './toolchain.ts';

/** One search for a program: each way in turn gives the program, or says in `missed` why it gave none. */
export interface Search {
  readonly specification: Specification;
  readonly toolchain: Toolchain;
  readonly missed: { readonly way: string; readonly reason: string }[];
}

export function beginSearch(specification: Specification, toolchain: Toolchain): Search {
  return { specification, toolchain, missed: [] };
}

/** The file that K6_BIN or SURREAL_BIN names. Somebody needs exactly that one, so a wrong one is an error. */
export async function fromVariable({ specification, toolchain, missed }: Search): Promise<Program | undefined> {
  const { name, variable } = specification;
  const value = toolchain.env[variable];
  if (!value) {
    missed.push({ way: variable, reason: 'not set' });
    return undefined;
  }
  const file = resolve(value);
  const inspection = await inspect(file, specification, toolchain);
  if ('problem' in inspection) {
    throw new Failure(
      `${variable} names ${file}, which ${inspection.problem}. ` +
        `Set ${variable} to the file of ${name}, or unset it to search for one (docs/how-to/setup.md).`,
      2,
    );
  }
  return binaryProgram(specification, variable, inspection);
}

/** The first one on PATH that is supported; the others are passed over aloud. */
export async function fromPath({ specification, toolchain, missed }: Search): Promise<Program | undefined> {
  const { name } = specification;
  const candidates = await onPath(name, toolchain.env);
  for (const file of candidates) {
    const inspection = await inspect(file, specification, toolchain);
    if (!('problem' in inspection)) return binaryProgram(specification, 'PATH', inspection);
    missed.push({ way: 'PATH', reason: `${file} ${inspection.problem}` });
    toolchain.progress.say(`Skipping ${name} on PATH: ${file} ${inspection.problem}`);
  }
  if (candidates.length === 0) missed.push({ way: 'PATH', reason: `no ${name} there` });
  return undefined;
}

/** What an earlier build left in the cache. */
export async function fromCache({ specification, toolchain, missed }: Search): Promise<Program | undefined> {
  const file = await cachedFile(specification, toolchain.env);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    missed.push({ way: 'cache', reason: `no ${file}` });
    return undefined;
  }
  const inspection = await inspect(file, specification, toolchain);
  if (!('problem' in inspection)) return binaryProgram(specification, 'cache', inspection);
  missed.push({ way: 'cache', reason: `${file} ${inspection.problem}` });
  toolchain.progress.say(`Skipping ${specification.name} in the cache: ${file} ${inspection.problem}`);
  return undefined;
}

/** The official image, where a Docker daemon answers; pulled only where `pull` says so. */
export async function fromImage(search: Search, pull: 'pull' | 'local'): Promise<Program | undefined> {
  const { specification, toolchain, missed } = search;
  const { image } = specification;
  const found = await findDocker(toolchain);
  if ('problem' in found) {
    missed.push({ way: 'image', reason: found.problem });
    return undefined;
  }
  const { docker } = found;
  if (!(await isImagePresent(docker, image, toolchain))) {
    if (pull === 'local') {
      missed.push({ way: 'image', reason: `${image} is not on this machine` });
      return undefined;
    }
    try {
      await pullImage(docker, specification, toolchain);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      missed.push({ way: 'image', reason: error.message });
      return undefined;
    }
  }
  const inspection = await inspectImage(docker, specification, toolchain);
  if ('problem' in inspection) {
    missed.push({ way: 'image', reason: `${image} ${inspection.problem}` });
    return undefined;
  }
  return imageProgram(specification, docker, inspection);
}
