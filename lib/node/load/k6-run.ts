import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../core/duration.ts';
import { SETTINGS } from '../../core/settings.ts';
import { Child } from '../child.ts';
import { Failure } from '../errors.ts';
import { lastLines } from '../files.ts';
import { PROJECT_ROOT } from '../paths.ts';
import type { Program } from '../programs/program.ts';
import { type Progress, spinning } from '../progress.ts';
import { garbageCollection } from './garbage.ts';
import { HistoryTail } from './history-tail.ts';
import type { K6Files } from './results.ts';

export interface K6Run {
  readonly k6: Program;
  readonly scenario: string;
  readonly folder: K6Files;
  /** Settings by environment variable, credentials among them. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that the load takes. */
  readonly length: number;
  readonly progress: Progress;
  /** Aborted where the user wants the run to end early. */
  readonly signal: AbortSignal;
  readonly onStart: (k6: Child) => void;
}

/** Names the file with the authority of https nodes, for every program in Go. */
export const CA_FILE = 'SSL_CERT_FILE';
/** Variables that name files of the user's, wherever they are, by absolute path. */
const READ_FILES = [CA_FILE, SETTINGS.thresholds.env, SETTINGS.schema.env];

/** Exit codes of k6 after which there is a summary: all well, thresholds failed, ended by a signal. */
export const WITH_SUMMARY: readonly (number | null)[] = [0, 99, 105];
const ABORTED = 108;

/** Points of k6's web dashboard: enough for a curve, and no more than a browser draws easily. */
const DASHBOARD_POINTS = 300;
/** Pause between two looks at the history for the progress line. */
const LOOK_EVERY_MS = 500;

/**
 * Runs k6 until it ends.
 * @throws Failure with k6's own words where it could not do the test
 */
export async function runK6({ k6, scenario, folder, env, length, progress, signal, onStart }: K6Run): Promise<void> {
  const history = folder.file('history.ndjson');
  const child = await startK6({ k6, scenario, folder, env, length }, WHOLE);
  onStart(child);
  const interrupt = (): void => child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) child.kill('SIGINT');

  const tail = new HistoryTail(history);
  const { code } = await spinning(progress, `${scenario} for ${formatDuration(length)}`, async (detail) => {
    await lookUntil(child.exited, async () => {
      await tail.look();
      const { operations, notOk, seeding } = tail;
      detail(operations === 0 && seeding !== undefined ? seeding : `${operations} operations, ${notOk} not ok`);
    });
    return await child.exited;
  });
  await tail.close();
  signal.removeEventListener('abort', interrupt);
  if (signal.aborted || WITH_SUMMARY.includes(code)) return;
  throw new Failure(
    code === ABORTED
      ? await abortMessage(folder.file('k6.log'))
      : `k6 ended with exit code ${code}:\n${await lastLines(folder.file('k6.log'))}`,
  );
}

/** Looks now and then, one look after the other: a machine short of CPU takes longer than the pause for one. */
export async function lookUntil(ended: Promise<unknown>, look: () => Promise<void>): Promise<void> {
  let goesOn = true;
  const end = ended.then(() => {
    goesOn = false;
  });
  while (goesOn) {
    await look();
    await Promise.race([end, sleep(LOOK_EVERY_MS)]);
  }
}

/** How one of several k6 processes differs from a lone one. */
interface Segment {
  /** Of k6's command line, beside those that are always given. */
  readonly options: readonly string[];
  /** The processes that share the machine's memory. */
  readonly of: number;
}

const WHOLE: Segment = { options: [], of: 1 };

/** Starts k6 with its files in a folder. */
export async function startK6(
  { k6, scenario, folder, env, length }: Pick<K6Run, 'k6' | 'scenario' | 'folder' | 'env' | 'length'>,
  segment: Segment,
): Promise<Child> {
  const k6Env = {
    ...env,
    LOAD_HISTORY: 'true',
    LOAD_SUMMARY: folder.file('summary.json'),
    K6_NO_USAGE_REPORT: 'true',
    ...garbageCollection(segment.of),
    K6_WEB_DASHBOARD: 'true',
    K6_WEB_DASHBOARD_PORT: '-1',
    XK6_DASHBOARD_CONFIG: join(PROJECT_ROOT, 'dist', 'dashboard.json'),
    K6_WEB_DASHBOARD_PERIOD: `${Math.max(1, Math.round(length / 1000 / DASHBOARD_POINTS))}s`,
    K6_WEB_DASHBOARD_EXPORT: folder.file('dashboard.html'),
  };
  const mounts = [folder.path, join(PROJECT_ROOT, 'dist')];
  const files = READ_FILES.flatMap((name) => env[name] ?? []);
  return Child.start(
    [
      ...k6.command({ env: k6Env, mounts, files }),
      'run',
      '--quiet',
      '--no-color',
      '--log-format=raw',
      `--console-output=${folder.file('history.ndjson')}`,
      ...segment.options,
      join(PROJECT_ROOT, 'dist', `${scenario}.js`),
    ],
    { env: k6Env, log: folder.file('k6.log'), signal: 'SIGINT' },
  );
}

async function abortMessage(log: string): Promise<string> {
  return abortReason(await readFile(log, 'utf8')) ?? (await lastLines(log));
}

/** The scenario's own reason: the message that it gave to `exec.test.abort`. */
export const abortReason = (text: string): string | undefined => /test aborted: (.*?)(?: at .*)?$/m.exec(text)?.[1];
