import { accessSync, constants } from 'node:fs';
import { UsageError } from '../cli/errors.ts';

/** Files of programs by the name of their node: `surreal-2`. */
export type NodePrograms = Readonly<Record<string, string>>;

export const PROGRAM_HELP = 'native: another program for a node, such as surreal-2=PATH: mixed versions (repeatable)';

/** Why a file cannot be started, or undefined if it can. */
export function programProblem(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return `${path} is not a program that can be started.`;
  }
}

/**
 * Reads `NAME=PATH`, as often as it was given.
 * @param flag where it was given, for messages
 * @throws UsageError
 */
export function parseNodePrograms(flag: string, texts: readonly string[]): NodePrograms {
  const entries = texts.map((text): [string, string] => {
    const [, name, path] = /^(surreal-[1-9])=(.+)$/s.exec(text) ?? [];
    if (name === undefined || path === undefined)
      throw new UsageError(`${flag} "${text}" must be NAME=PATH, such as surreal-2=/opt/surreal-next.`);
    const problem = programProblem(path);
    if (problem !== undefined) throw new UsageError(`${flag} ${name}: ${problem}`);
    return [name, path];
  });
  return Object.fromEntries(entries);
}
