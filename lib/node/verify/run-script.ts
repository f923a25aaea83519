import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Detail } from '../cli/progress.ts';
import { Child } from '../process/child.ts';
import { NODE_ARGUMENTS, PROJECT_ROOT, WORK_FOLDER } from '../system/paths.ts';

/** How one command of the suite ended. */
export interface Ending {
  readonly code: number;
  /** Summary, in a line. */
  readonly says: string;
  /** Folder of the run that it made, where it made one. */
  readonly results?: string;
}

/** `npm run SCRIPT -- ARGUMENTS`, as a user would type it. */
export const commandText = ([script, ...args]: readonly string[]): string => `npm run ${script} -- ${args.join(' ')}`;

const LOOK_MS = 500;

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** File for what it prints. */
  readonly log: string;
  readonly signal: AbortSignal;
  readonly detail: Detail;
}

/** Runs a script of the suite in a process of its own, until it ends or is interrupted. */
export async function runScript(
  [script = '', ...args]: readonly string[],
  { env, log, signal, detail }: Surroundings,
): Promise<Ending> {
  const argv = [process.execPath, ...NODE_ARGUMENTS, join(PROJECT_ROOT, 'scripts', `${script}.ts`), ...args];
  const child = await Child.start(argv, { env, log, cwd: WORK_FOLDER, signal: 'SIGINT' });
  const interrupt = () => child.kill('SIGINT');
  signal.addEventListener('abort', interrupt, { once: true });
  const timer = setInterval(async () => detail(lastLineOf(await readFile(log, 'utf8'))), LOOK_MS);
  const { code } = await child.exited;
  clearInterval(timer);
  signal.removeEventListener('abort', interrupt);
  const text = await readFile(log, 'utf8');
  // Of a drill, which is many runs, it names a file.
  const results = /^Results: (?!.*\.json$)(.*)$/m.exec(text)?.[1];
  return { code: code ?? 1, says: sayingOf(text, code === 0), ...(results === undefined ? {} : { results }) };
}

/** The verdict of a run without its name; what was brought up; how many exercises passed; or else the last line. */
function sayingOf(text: string, isWell: boolean): string {
  const [, verdict, cluster, exercises] =
    /^(?:(?:PASS|FAIL|INVALID): (.*)|(?:native|compose): (.*)|(\d+ passed, .*))$/m.exec(text) ?? [];
  if (isWell) return verdict ?? cluster ?? exercises ?? lastLineOf(text);
  // A limit on speed that a busy machine broke says little of the nodes.
  const [bottleneck] = /^This machine's CPU was the bottleneck [^:]*(?=:)/m.exec(text) ?? [];
  return [verdict ?? lastLineOf(text), ...(bottleneck === undefined ? [] : [`${bottleneck}.`])].join(' ');
}

const lastLineOf = (text: string): string => text.trimEnd().split('\n').at(-1)?.trim() ?? '';
