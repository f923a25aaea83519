import { access, constants, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process/run-to-end.ts';
import type { Specification } from './specification.ts';
import type { Toolchain } from './toolchain.ts';
import { formatRange, formatVersion, isWithin, parseVersion } from './version.ts';

/** A problem is worded as the end of a sentence that begins with the program's file. */
export interface Problem {
  readonly problem: string;
}

/** A program that can be used, or what is wrong with it. */
export type Inspection = { readonly location: string; readonly version: string } | Problem;

/** Finds out whether a file is this program at a version that the suite supports, by asking it. */
export async function inspect(file: string, specification: Specification, toolchain: Toolchain): Promise<Inspection> {
  const answer = await askVersion(file, toolchain);
  if ('problem' in answer) return answer;
  if (!isLauncherTable(answer.stdout)) return judge(file, answer.stdout, specification);

  const server = launchedServer(answer.stdout, toolchain.env);
  if (server === undefined) {
    return { problem: `is SurrealDB's launcher without a database (surreal install db@${specification.pinned})` };
  }
  const serverAnswer = await askVersion(server, toolchain);
  const verdict = 'problem' in serverAnswer ? serverAnswer : judge(server, serverAnswer.stdout, specification);
  return 'problem' in verdict ? { problem: `launches ${server}, which ${verdict.problem}` } : verdict;
}

/** Judges what `PROGRAM version` printed. The location is handed on. */
export function judge(location: string, stdout: string, specification: Specification): Inspection {
  const { name, supported, because, versionLine } = specification;
  const version = parseVersion(versionLine.exec(stdout)?.[1] ?? '');
  if (!version) {
    const printed = stdout.trim().split('\n', 1)[0] ?? '';
    return { problem: `does not look like ${name}: \`version\` printed ${JSON.stringify(printed.slice(0, 80))}` };
  }
  if (!isWithin(version, supported)) {
    return { problem: `is version ${formatVersion(version)}, but ${formatRange(supported)} is needed (${because})` };
  }
  return { location, version: formatVersion(version) };
}

async function askVersion(file: string, toolchain: Toolchain): Promise<{ readonly stdout: string } | Problem> {
  const unfit = await fileProblem(file);
  if (unfit) return { problem: unfit };
  // SurrealDB's client may look for newer versions online, which hangs where DNS does not answer.
  const env = { ...toolchain.env, SURREAL_ONLINE_VERSION_CHECK: 'false' };
  const { stdout, tail, problem } = await run([file, 'version'], { env, limitMs: toolchain.versionLimitMs });
  if (!problem) return { stdout };
  return { problem: `does not report its version: \`version\` ${[problem, ...tail.slice(-1)].join(': ')}` };
}

async function fileProblem(file: string): Promise<string | undefined> {
  const entry = await stat(file).catch(() => undefined);
  if (!entry) return 'does not exist';
  if (!entry.isFile()) return 'is not a file';
  const executable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  return executable ? undefined : `is not executable (chmod +x ${file})`;
}

/**
 * SurrealDB's newer installations put a launcher at `surreal`, which keeps the server elsewhere and prints a table of its
 * components for `version` (documented at surrealdb.com/docs/reference/cli/launcher).
 */
function isLauncherTable(stdout: string): boolean {
  return /^COMPONENT\s+VERSION\b/m.test(stdout);
}

/**
 * The server that the launcher starts. It is used itself, so that the signals of a fault schedule reach it and not a
 * launcher in front of it.
 */
function launchedServer(table: string, env: NodeJS.ProcessEnv): string | undefined {
  const lines = table.split('\n');
  const column = lines.find((line) => line.startsWith('COMPONENT'))?.indexOf('PATH') ?? -1;
  const path =
    column < 0
      ? undefined
      : lines
          .find((line) => /^db\s/.test(line))
          ?.slice(column)
          .trim();
  if (path?.startsWith('~/')) return join(env.HOME ?? homedir(), path.slice(2));
  return path?.startsWith('/') ? path : undefined;
}
