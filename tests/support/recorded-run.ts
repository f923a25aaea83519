import { join } from 'node:path';
import { $ } from 'zx';
import type { History } from '../../lib/core/history/history.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { startCommand, temporaryFolder } from './commands.ts';

const k6 = await findK6({ say: () => {} });
await $({ cwd: PROJECT_ROOT, quiet: true })`node build.mjs`;

/** A line of k6's report that says that the data is wrong, or was not read: whatever the machine's speed. */
export const BROKEN_INVARIANT = /✗ +(SC-003|VAL-002).*/;

export interface RecordedRun {
  readonly code: number | null;
  /** k6's own report, and what it said on standard error. */
  readonly output: string;
  readonly history: History;
}

/** Runs a scenario by k6 alone against nodes that are there, and reads the history that it recorded. */
export async function recordRun(scenario: string, env: Readonly<Record<string, string>>): Promise<RecordedRun> {
  await using folder = await temporaryFolder();
  const recorded = join(folder.path, 'history.ndjson');
  const all = { ...env, LOAD_HISTORY: 'true' };
  const [program = '', ...args] = [
    ...k6.command({ env: all, mounts: [folder.path, join(PROJECT_ROOT, 'dist')] }),
    'run',
  ];
  const flags = ['--quiet', '--no-color', '--log-format=raw', `--console-output=${recorded}`];
  const { code, stdout, stderr } = await startCommand(program, [...args, ...flags, `dist/${scenario}.js`], all).result;
  const output = stdout + stderr;
  const history = await readHistory(recorded).catch((error) => {
    throw new Error(`${scenario} left no history: ${error}\n${output}`);
  });
  return { code, output, history };
}
