import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration } from '../../../core/load/duration.ts';
import { SETTINGS } from '../../../core/settings/settings.ts';
import { Failure } from '../../cli/errors.ts';
import { Child } from '../../process/child.ts';
import type { Program } from '../../programs/program.ts';
import { lastLines, writeJson } from '../../system/files.ts';
import { BUNDLES_FOLDER } from '../../system/paths.ts';
import type { K6Files } from '../run-folder.ts';
import { type Showing, untilEnded } from './follow.ts';
import { goRuntime } from './go-runtime.ts';
import { withoutProxy } from './prepare-k6.ts';

export interface K6Run extends Showing {
  readonly k6: Program;
  readonly scenario: string;
  /** Path of its bundle. */
  readonly script: string;
  readonly folder: K6Files;
  /** Settings by environment variable, credentials among them. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that the load takes. */
  readonly length: number;
  /** Aborted where the user needs the run to end early. */
  readonly signal: AbortSignal;
  readonly onStart: (k6: Child) => void;
}

/** Names the file with the authority of https nodes, for every program in Go. */
export const CA_FILE = 'SSL_CERT_FILE';
/** Variables that name files of the user's that a test opens, wherever they are, by absolute path. */
export const FILES_OF_TEST = [SETTINGS.thresholds.env, SETTINGS.schema.env];

/** Replaces the user's configuration of k6, which would change the load. */
const NO_CONFIG = join(BUNDLES_FOLDER, 'k6-config.json');

/** Exit codes of k6 after which there is a summary: all well, thresholds failed, ended by a signal. */
export const WITH_SUMMARY: readonly (number | null)[] = [0, 99, 105];
const ABORTED = 108;

/** Points of k6's web dashboard: enough for a curve, and no more than a browser draws easily. */
const DASHBOARD_POINTS = 300;

/**
 * Runs k6 until it ends.
 * @throws Failure with k6's own words where it could not do the test
 */
export async function runK6({ k6, scenario, script, folder, env, ...run }: K6Run): Promise<void> {
  const { length, signal, onStart } = run;
  const child = await startK6({ k6, script, folder, env, ...run }, WHOLE);
  onStart(child);
  const interrupt = (): void => child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) child.kill('SIGINT');

  const loading = { child, history: folder.file('history.ndjson') };
  await untilEnded([loading], `${scenario} for ${formatDuration(length)}`, run);
  const { code } = await child.exited;
  signal.removeEventListener('abort', interrupt);
  if (signal.aborted || WITH_SUMMARY.includes(code)) return;
  throw new Failure(
    code === ABORTED
      ? await abortMessage(folder.file('k6.log'))
      : ((await thrownIn(folder.file('k6.log'))) ??
          `k6 ended with exit code ${code}:\n${await lastLines(folder.file('k6.log'))}`),
  );
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
  { k6, script, folder, env, length, live }: Pick<K6Run, 'k6' | 'script' | 'folder' | 'env' | 'length' | 'live'>,
  segment: Segment,
): Promise<Child> {
  const k6Env = {
    ...env,
    LOAD_HISTORY: 'true',
    LOAD_SUMMARY: folder.file('summary.json'),
    K6_NO_USAGE_REPORT: 'true',
    ...goRuntime(segment.of),
    ...withoutProxy((env[SETTINGS.nodes.env] ?? '').split(',')),
    K6_WEB_DASHBOARD: 'true',
    K6_WEB_DASHBOARD_HOST: '127.0.0.1',
    K6_WEB_DASHBOARD_PORT: String(live?.dashboardPort ?? -1),
    XK6_DASHBOARD_CONFIG: join(BUNDLES_FOLDER, 'dashboard.json'),
    K6_WEB_DASHBOARD_PERIOD: `${Math.max(1, Math.round(length / 1000 / DASHBOARD_POINTS))}s`,
    K6_WEB_DASHBOARD_EXPORT: folder.file('dashboard.html'),
  };
  await writeJson(NO_CONFIG, {});
  const mounts = [folder.path, BUNDLES_FOLDER];
  const files = [CA_FILE, ...FILES_OF_TEST].flatMap((name) => env[name] ?? []);
  return Child.start(
    [
      ...k6.command({ env: k6Env, mounts, files }),
      'run',
      `--config=${NO_CONFIG}`,
      '--quiet',
      '--no-color',
      '--log-format=raw',
      `--console-output=${folder.file('history.ndjson')}`,
      ...segment.options,
      script,
    ],
    { env: k6Env, log: folder.file('k6.log'), signal: 'SIGINT' },
  );
}

async function abortMessage(log: string): Promise<string> {
  return abortReason(await readFile(log, 'utf8')) ?? (await lastLines(log));
}

/**
 * The first error that a scenario's code threw in k6, with the place in its source: k6 goes on with the next iteration, and
 * writes its stack again for each.
 */
export function thrownBy(log: string): string | undefined {
  const [, error, file, line, column] =
    /^(\w*Error: .*)\n(?:\tat .* \(native\)\n)?\tat (?:.*? \()?file:\/\/(\S+?):(\d+):(\d+)\(/m.exec(log) ?? [];
  return error === undefined ? undefined : `${file}:${line}:${column}: ${error}`;
}

/** The same of a log file; undefined if there is none. */
export const thrownIn = async (path: string): Promise<string | undefined> =>
  thrownBy(await readFile(path, 'utf8').catch(() => ''));

/** The scenario's own reason: the message that it gave to `exec.test.abort`. */
export const abortReason = (text: string): string | undefined => /test aborted: (.*?)(?: at .*)?$/m.exec(text)?.[1];
