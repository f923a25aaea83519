// `tiup playground`: PD and TiKV of the TiUP package manager, for machines that have it. Not tried where this was made.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../cli/errors.ts';
import { spinning } from '../cli/progress.ts';
import { run } from '../process/run-to-end.ts';
import { firstOnPath } from '../programs/toolchain.ts';
import { lastLines } from '../system/files.ts';
import type { UpContext } from './cluster.ts';
import { findDaemon, isRunning, startDaemon, stopDaemon } from './daemon.ts';
import { pdOfStore, pdProblem } from './pd.ts';
import { logFile, type NativeState, pidFile, removeState, writeState } from './state.ts';

/** A tag keeps the data; without one TiUP deletes them at the end. */
const TAG = 'surrealdb-load';
const NAME = 'playground';
/** The first start downloads PD and TiKV. */
const START_LIMIT_MS = 300_000;

/** TiUP's PD listens on its usual port. */
export const playgroundStore = 'tikv://127.0.0.1:2379';

/** @throws Failure if there is not a tiup, or the playground does not come up */
export async function startPlayground(plan: NativeState, { progress, signal, env }: UpContext): Promise<NativeState> {
  const tiup = await tiupOf(env);
  const state = { ...plan, playground: TAG };
  await writeState(env, state);
  const log = logFile(env, NAME);
  const argv = [tiup, 'playground', '--mode', 'tikv-slim', '--pd', '3', '--kv', '3', '--without-monitor', '--tag', TAG];
  try {
    const pid = await startDaemon(argv, { env: {}, log, pidFile: pidFile(env, NAME) });
    await spinning(progress, 'Starting PD and TiKV (tiup playground)', async () => {
      for (const deadline = Date.now() + START_LIMIT_MS; ; await sleep(250)) {
        signal.throwIfAborted();
        if ((await pdProblem(pdOfStore(state.store))) === undefined) return;
        if (!isRunning(pid) || Date.now() > deadline)
          throw new Failure(`tiup playground did not come up. The end of its log:\n${await lastLines(log)}`);
      }
    });
    return state;
  } catch (error) {
    await stopPlayground(env);
    await removeState(env);
    throw error;
  }
}

export async function stopPlayground(env: NodeJS.ProcessEnv): Promise<void> {
  const pid = await findDaemon(pidFile(env, NAME), NAME);
  if (pid !== undefined) await stopDaemon(pid);
}

export async function cleanPlayground(tag: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { problem, tail } = await run([await tiupOf(env), 'clean', tag], { env });
  if (problem) throw new Failure(`tiup clean ${tag} ${problem}: ${tail.at(-1) ?? 'no output'}`);
}

async function tiupOf(env: NodeJS.ProcessEnv): Promise<string> {
  const tiup = await firstOnPath(['tiup'], env);
  if (tiup !== undefined) return tiup;
  throw new Failure(
    `There is no store: no PD answers at ${pdOfStore(playgroundStore)}, and \`tiup\`, which could start one, is not on PATH. Start PD and TiKV and give --store tikv://HOST:PORT, install TiUP (https://tiup.io), or use --target compose.`,
  );
}
