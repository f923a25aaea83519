import { setTimeout as sleep } from 'node:timers/promises';
import { ps } from 'zx';
import { signalGroup } from '../../lib/node/process/guard.ts';

/** Processes whose command line matches. */
export async function processesLike(pattern: RegExp): Promise<string[]> {
  const all = await ps.lookup();
  return all.map(({ command, arguments: args }) => [command, ...args].join(' ')).filter((line) => pattern.test(line));
}

/** Waits until no process matches, for as long as a guard may take. */
export async function untilNoProcess(pattern: RegExp): Promise<void> {
  for (let attempt = 0; attempt < 250; attempt++) {
    if ((await processesLike(pattern)).length === 0) return;
    await sleep(100);
  }
  throw new Error(`still running: ${(await processesLike(pattern)).join('\n')}`);
}

/** Ends a script and all that it started by SIGKILL, also the guard that would clean up after it: as a power cut does. */
export async function cutPower(pid: number): Promise<void> {
  const children = (await ps.lookup()).filter(({ ppid }) => Number(ppid) === pid);
  for (const leader of [...children.map((child) => Number(child.pid)), pid]) signalGroup(leader, 'SIGKILL');
}
