import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import { $ } from 'zx';
import { type Progress, terminalProgress } from '../lib/node/cli/progress.ts';
import { goRuntime } from '../lib/node/load/generators/go-runtime.ts';
import { Child } from '../lib/node/process/child.ts';
import { findK6 } from '../lib/node/programs/find-program.ts';
import type { Program } from '../lib/node/programs/program.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { resolveTarget } from '../lib/node/targets/resolve.ts';
import type { Target, TargetRequest } from '../lib/node/targets/target.ts';

/** What a measurement of k6 needs: built scenarios, a server, and a folder for whatever it writes. */
export interface Workbench {
  readonly k6: Program;
  readonly target: Target;
  readonly folder: string;
  readonly progress: Progress;
}

/** Measures on a workbench of its own, and clears it away. */
export async function onWorkbench(
  wanted: Pick<TargetRequest, 'choice' | 'store'>,
  measure: (bench: Workbench) => Promise<void>,
): Promise<void> {
  const progress = terminalProgress();
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const k6 = await findK6(progress);
    await $({ cwd: PROJECT_ROOT, quiet: true })`node build.mjs`;
    const target = await resolveTarget(
      { nodes: undefined, nodeCount: undefined, port: 0, ...wanted },
      { progress, logs: folder, signal: new AbortController().signal },
    );
    try {
      await measure({ k6, target, folder, progress });
    } finally {
      await target.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a process used while it was watched. */
export interface Use {
  /** Seconds of CPU in a second. */
  readonly cpu: number;
  /** Bytes at the end. */
  readonly memory: number;
}

interface WatchedRun {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds from k6's start on, until it is watched, and for how long. */
  readonly from: number;
  readonly length: number;
  /** Processes that are watched beside it. */
  readonly beside?: readonly number[];
}

/** Starts k6 with a scenario's or a script's arguments; what it prints goes to k6.log in the folder. */
export const startK6 = (
  { k6, folder }: Pick<Workbench, 'k6' | 'folder'>,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Child> =>
  Child.start([...k6.command({ env, mounts: [PROJECT_ROOT, folder] }), 'run', '--quiet', ...args], {
    env: { ...env, ...goRuntime(1), K6_NO_USAGE_REPORT: 'true' },
    log: join(folder, 'k6.log'),
    signal: 'SIGINT',
  });

/** Runs k6 to its end, and watches what it and others use meanwhile. @returns of k6 first */
export async function runWatched(
  bench: Pick<Workbench, 'k6' | 'folder'>,
  { args, env, from, length, beside = [] }: WatchedRun,
): Promise<Use[]> {
  const child = await startK6(bench, args, env);
  const look = () => Promise.all([child.pid, ...beside].map((pid) => pidusage(pid)));
  await sleep(from);
  const before = await look();
  await sleep(length);
  const after = await look();
  const { code } = await child.exited;
  if (code !== 0 && code !== 99) throw new Error(`k6 ended with exit code ${code}: see ${bench.folder}`);
  return after.map((to, index) => {
    const since = before[index] ?? to;
    return { cpu: (to.ctime - since.ctime) / (to.timestamp - since.timestamp), memory: to.memory };
  });
}
