import type { Progress } from '../progress.ts';
import { buildK6, findGo } from './build-k6.ts';
import { buildSurreal } from './build-surreal.ts';
import { endingOnSignals } from './child.ts';
import { binaryProgram, imageProgram } from './found.ts';
import { type ContainerOptions, findDocker, inspectImage, pullImage } from './image.ts';
import { inspect } from './inspection.ts';
import { notFound } from './messages.ts';
import { ProgramError } from './program-error.ts';
import { beginSearch, fromCache, fromImage, fromPath, fromVariable, type Search } from './search.ts';
import { K6, SPECIFICATIONS, SURREAL } from './specification.ts';
import { VERSION_LIMIT_MS, type World } from './world.ts';

/** A program that the suite drives, and how to start it. */
export interface Program {
  readonly name: 'k6' | 'surreal';
  /** As the program tells it, e.g. `2.2.0`. */
  readonly version: string;
  readonly source: 'K6_BIN' | 'SURREAL_BIN' | 'PATH' | 'cache' | 'built' | 'image';
  /** The file, or the name of the image. */
  readonly location: string;
  /**
   * The beginning of a command line, to be followed by the program's own arguments and started with the same `env` in its
   * environment. An image sees the host only through `mounts` and `files`, at the same absolute paths; a file
   * ignores them.
   */
  command(options: ContainerOptions): string[];
}

/** For tests; the real ones are this process's environment and {@link VERSION_LIMIT_MS}. */
export type WorldOptions = Partial<Omit<World, 'progress'>>;

/**
 * Finds k6: K6_BIN, PATH, the cache, a build with Go, the image. Throws a `ProgramError` where K6_BIN is wrong (exit code
 * 2) and where there is none (1).
 */
export function findK6(progress: Progress, options: WorldOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const search = beginSearch(K6, world(progress, options));
    const program =
      (await fromVariable(search)) ??
      (await fromPath(search)) ??
      (await fromCache(search)) ??
      (await fromGo(search)) ??
      (await fromImage(search, 'pull'));
    if (!program) throw new ProgramError(notFound(K6, search.missed), 1);
    return program;
  });
}

/**
 * Finds surreal: SURREAL_BIN, PATH, the cache, an image that is here already. Undefined where there is none: it never
 * builds and never pulls. Throws a `ProgramError` where SURREAL_BIN is wrong (exit code 2).
 */
export function findSurreal(progress: Progress, options: WorldOptions = {}): Promise<Program | undefined> {
  return endingOnSignals(async () => {
    const search = beginSearch(SURREAL, world(progress, options));
    return (
      (await fromVariable(search)) ??
      (await fromPath(search)) ??
      (await fromCache(search)) ??
      (await fromImage(search, 'local'))
    );
  });
}

/** Builds a program into the cache, unless it is there, on somebody's request: what is missing for it is an error. */
export function build(name: Program['name'], progress: Progress, options: WorldOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const surroundings = world(progress, options);
    const search = beginSearch(SPECIFICATIONS[name], surroundings);
    const cached = await fromCache(search);
    if (cached) return cached;
    if (name === 'surreal') return built(search, await buildSurreal(surroundings));
    const toolchain = await findGo(surroundings);
    if ('problem' in toolchain) {
      throw new ProgramError(`k6 cannot be built: ${toolchain.problem}. Install Go from https://go.dev/dl.`, 1);
    }
    return built(search, await buildK6(toolchain.go, surroundings));
  });
}

/** Pulls a program's image on somebody's request: what is missing for it is an error. */
export function pull(name: Program['name'], progress: Progress, options: WorldOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const surroundings = world(progress, options);
    const specification = SPECIFICATIONS[name];
    const { image } = specification;
    const found = await findDocker(surroundings);
    if ('problem' in found) {
      throw new ProgramError(`${image} cannot be pulled: ${found.problem}. Install and start Docker.`, 1);
    }
    await pullImage(found.docker, specification, surroundings);
    const inspection = await inspectImage(found.docker, specification, surroundings);
    if ('problem' in inspection) throw new ProgramError(`The image ${image} ${inspection.problem}`, 1);
    return imageProgram(specification, found.docker, inspection);
  });
}

function world(progress: Progress, options: WorldOptions): World {
  return { env: process.env, versionLimitMs: VERSION_LIMIT_MS, ...options, progress };
}

/** A build that fails is told, and the next way is tried. */
async function fromGo(search: Search): Promise<Program | undefined> {
  const { world: surroundings, missed } = search;
  const toolchain = await findGo(surroundings);
  if ('problem' in toolchain) {
    missed.push({ way: 'go build', reason: toolchain.problem });
    return undefined;
  }
  try {
    return await built(search, await buildK6(toolchain.go, surroundings));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    surroundings.progress.say(error.message);
    missed.push({ way: 'go build', reason: 'failed, see above' });
    return undefined;
  }
}

async function built({ specification, world: surroundings }: Search, file: string): Promise<Program> {
  const inspection = await inspect(file, specification, surroundings);
  if ('problem' in inspection) throw new ProgramError(`${file} ${inspection.problem}`, 1);
  return binaryProgram(specification, 'built', inspection);
}
