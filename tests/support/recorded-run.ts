import { join } from 'node:path';
import type { History } from '../../lib/core/history/history.ts';
import { parseSettings } from '../../lib/core/settings/settings.ts';
import { awaitsAnswers, bundle, openScenario } from '../../lib/node/catalog/catalog.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { startCommand, temporaryFolder } from './commands.ts';

const k6 = await findK6({ say: () => {} });

/** A line of k6's report that says that the data is wrong, or was not read: whatever the machine's speed. */
export const BROKEN_INVARIANT = /✗ +(SC-003|VAL-002).*/;

export interface RecordedRun {
  readonly code: number | null;
  /** k6's own report, and what it said on standard error. */
  readonly output: string;
  readonly history: History;
}

/**
 * Runs a scenario, by its name or the path of its file, by k6 alone against nodes that are there, and reads the history that it
 * recorded.
 */
export async function recordRun(scenario: string, env: Readonly<Record<string, string>>): Promise<RecordedRun> {
  await using folder = await temporaryFolder();
  const { name } = await openScenario(scenario);
  const { path } = await bundle(name, awaitsAnswers(name, parseSettings(env)), folder.path);
  const recorded = join(folder.path, 'history.ndjson');
  const all = { ...env, LOAD_HISTORY: 'true' };
  const [program = '', ...args] = [...k6.command({ env: all, mounts: [folder.path] }), 'run'];
  const flags = ['--quiet', '--no-color', '--log-format=raw', `--console-output=${recorded}`];
  const { code, stdout, stderr } = await startCommand(program, [...args, ...flags, path], all).result;
  const output = stdout + stderr;
  const history = await readHistory(recorded).catch((error) => {
    throw new Error(`${scenario} left no history: ${error}\n${output}`);
  });
  return { code, output, history };
}
