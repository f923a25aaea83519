import { Failure } from '../cli/errors.ts';
import type { Progress } from '../cli/progress.ts';
import { endingOnSignals } from '../process/run-to-end.ts';
import { buildK6, findGo } from './build-k6.ts';
import { buildSurreal } from './build-surreal.ts';
import { findDocker, inspectImage, pullImage } from './image.ts';
import { inspect } from './inspection.ts';
import { notFound } from './messages.ts';
import { binaryProgram, imageProgram, type Program } from './program.ts';
import { beginSearch, fromCache, fromImage, fromPath, fromVariable, type Search } from './search.ts';
import { K6, SPECIFICATIONS, SURREAL } from './specification.ts';
import { type Toolchain, VERSION_LIMIT_MS } from './toolchain.ts';

/** For tests; the real ones are this process's environment and {@link VERSION_LIMIT_MS}. */
export type ToolchainOptions = Partial<Omit<Toolchain, 'progress'>>;

/**
 * Finds k6: K6_BIN, PATH, the cache, a build with Go, the image. Throws a `Failure` where K6_BIN is wrong (exit code
 * 2) and if there is none (1).
 */
export function findK6(progress: Progress, options: ToolchainOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const search = beginSearch(K6, toolchainOf(progress, options));
    const program =
      (await fromVariable(search)) ??
      (await fromPath(search)) ??
      (await fromCache(search)) ??
      (await fromGo(search)) ??
      (await fromImage(search, 'pull'));
    if (!program) throw new Failure(notFound(K6, search.missed), 1);
    return program;
  });
}

/**
 * Finds surreal: SURREAL_BIN, PATH, the cache, an image that is here already. Undefined if there is none: it never
 * builds and never pulls. Throws a `Failure` where SURREAL_BIN is wrong (exit code 2).
 */
export function findSurreal(progress: Progress, options: ToolchainOptions = {}): Promise<Program | undefined> {
  return endingOnSignals(async () => {
    const search = beginSearch(SURREAL, toolchainOf(progress, options));
    return (
      (await fromVariable(search)) ??
      (await fromPath(search)) ??
      (await fromCache(search)) ??
      (await fromImage(search, 'local'))
    );
  });
}

/** Builds a program into the cache, unless it is there, on somebody's request: what is missing for it is an error. */
export function build(name: Program['name'], progress: Progress, options: ToolchainOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const toolchain = toolchainOf(progress, options);
    const search = beginSearch(SPECIFICATIONS[name], toolchain);
    const cached = await fromCache(search);
    if (cached) return cached;
    if (name === 'surreal') return built(search, await buildSurreal(toolchain));
    const found = await findGo(toolchain);
    if ('problem' in found) {
      throw new Failure(`k6 cannot be built: ${found.problem}. Install Go from https://go.dev/dl.`, 1);
    }
    return built(search, await buildK6(found.go, toolchain));
  });
}

/** Pulls a program's image on somebody's request: what is missing for it is an error. */
export function pull(name: Program['name'], progress: Progress, options: ToolchainOptions = {}): Promise<Program> {
  return endingOnSignals(async () => {
    const toolchain = toolchainOf(progress, options);
    const specification = SPECIFICATIONS[name];
    const { image } = specification;
    const found = await findDocker(toolchain);
    if ('problem' in found) {
      throw new Failure(`${image} cannot be pulled: ${found.problem}. Install and start Docker.`, 1);
    }
    await pullImage(found.docker, specification, toolchain);
    const inspection = await inspectImage(found.docker, specification, toolchain);
    if ('problem' in inspection) throw new Failure(`The image ${image} ${inspection.problem}`, 1);
    return imageProgram(specification, found.docker, inspection);
  });
}

function toolchainOf(progress: Progress, options: ToolchainOptions): Toolchain {
  return { env: process.env, versionLimitMs: VERSION_LIMIT_MS, ...options, progress };
}

/** A build that fails is reported, and the next way is tried. */
async function fromGo(search: Search): Promise<Program | undefined> {
  const { toolchain, missed } = search;
  const found = await findGo(toolchain);
  if ('problem' in found) {
    missed.push({ way: 'go build', reason: found.problem });
    return undefined;
  }
  try {
    return await built(search, await buildK6(found.go, toolchain));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    toolchain.progress.say(error.message);
    missed.push({ way: 'go build', reason: 'failed, see above' });
    return undefined;
  }
}

async function built({ specification, toolchain }: Search, file: string): Promise<Program> {
  const inspection = await inspect(file, specification, toolchain);
  if ('problem' in inspection) throw new Failure(`${file} ${inspection.problem}`, 1);
  return binaryProgram(specification, 'built', inspection);
}
