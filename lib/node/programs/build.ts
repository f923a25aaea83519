import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../cli/errors.ts';
import type { Ending } from '../process/run-to-end.ts';
import { inspect } from './inspection.ts';
import type { Specification } from './specification.ts';
import { cachedFile, type Toolchain } from './toolchain.ts';

/**
 * Compiles a program into the cache and returns its file. It appears there only when it is complete and has told its
 * version, so several builds at once, or one that is interrupted, never leave half a program.
 */
export async function buildIntoCache(
  specification: Specification,
  toolchain: Toolchain,
  compile: (output: string) => Promise<Ending & { readonly command: string }>,
): Promise<string> {
  const { name, pinned } = specification;
  const file = await cachedFile(specification, toolchain.env);
  const cache = dirname(dirname(file));
  const output = join(cache, `.${basename(file)}-${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(cache, { recursive: true });
    const { command, problem, tail } = await compile(output);
    if (problem) throw new Failure(buildFailure(`${name} v${pinned}`, `${command} ${problem}`, tail), 1);
    const built = await inspect(output, specification, toolchain);
    if ('problem' in built) throw new Failure(`The program that ${command} built ${built.problem}`, 1);
    await mkdir(dirname(file), { recursive: true });
    await rename(output, file);
    return file;
  } finally {
    await rm(output, { force: true });
  }
}

function buildFailure(what: string, cause: string, tail: readonly string[]): string {
  return [
    `Building ${what} failed: ${cause}. Its last lines:`,
    ...tail.map((line) => `  | ${line}`),
    'If they name a network error, check that this machine reaches the registry of modules, or a mirror of it.',
  ].join('\n');
}
