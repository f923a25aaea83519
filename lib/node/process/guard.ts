import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { WORK_FOLDER } from '../system/paths.ts';

/** What the guard is to do where we end without having done it ourselves. */
type Duty =
  | { readonly end: { readonly pid: number; readonly signal: NodeJS.Signals } }
  /** A command line, for the user's folder. It stands in process lists: no credentials. */
  | { readonly run: readonly string[] };

let guard: ChildProcess | undefined;
let duties = 0;

/**
 * Entrusts a duty to a process that outlives us, however we end. Duties are done one after the other, the last one first.
 * @returns what tells the guard that it is done
 */
export function entrust(duty: Duty): () => void {
  const id = duties++;
  tellGuard({ id, ...duty });
  return () => tellGuard({ id });
}

function tellGuard(line: { readonly id: number } & Partial<Duty>): void {
  guard ??= spawn(process.execPath, [join(import.meta.dirname, 'guard-process.mjs')], {
    cwd: WORK_FOLDER,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  guard.stdin?.write(`${JSON.stringify(line)}\n`);
}

/** Signals a process group; ignores one that has ended. @param leader its process id */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // The group has ended.
  }
}
