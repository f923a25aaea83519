import type { NodeDeath } from '../../core/verdict/node-deaths.ts';
import { Child, type ChildOptions } from '../process/child.ts';
import { lastLines } from '../system/files.ts';

const LOG_LINES = 5;

/** Starts a server, and adds to `deaths` if it ends without having been asked to. @throws Failure if it cannot be started */
export async function startWatched(
  argv: readonly string[],
  options: ChildOptions,
  deaths: NodeDeath[],
): Promise<Child> {
  const child = await Child.start(argv, options);
  void child.exited.then(async (ending) => {
    const at = Date.now();
    if (!child.wasAsked) deaths.push({ at, ...ending, log: await lastLines(options.log, LOG_LINES) });
  });
  return child;
}
