import { accessSync, constants } from 'node:fs';
import { UsageError } from '../cli/errors.ts';

/** Files of programs, or images of containers, by the name of their node: `surreal-2`. */
export type NodePrograms = Readonly<Record<string, string>>;

export const PROGRAM_HELP =
  'native: another program for a node, such as surreal-2=PATH; compose: another image: mixed versions (repeatable)';

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
 * Reads `NAME=PROGRAM`, as often as it was given.
 * @param flag where it was given, for messages
 * @throws UsageError
 */
export function parseNodePrograms(flag: string, texts: readonly string[]): NodePrograms {
  const entries = texts.map((text): [string, string] => {
    const [, name, program] = /^(surreal-[1-9])=(.+)$/s.exec(text) ?? [];
    if (name === undefined || program === undefined)
      throw new UsageError(`${flag} "${text}" must be NAME=PATH, such as surreal-2=/opt/surreal-next, or NAME=IMAGE.`);
    return [name, program];
  });
  return Object.fromEntries(entries);
}

/** @throws UsageError where a program is given to none of the nodes that there are */
export function checkNames(programs: NodePrograms, names: readonly string[]): void {
  const unknown = Object.keys(programs).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`--node-program ${unknown}: the nodes are ${names.join(', ')}.`);
}

/** `; surreal-2 is PROGRAM`, for descriptions; empty if there are none. */
export const nodeProgramsText = (programs: NodePrograms): string =>
  Object.entries(programs)
    .map(([name, program]) => `; ${name} is ${program}`)
    .join('');
