import { randomBytes } from 'node:crypto';
import { sep } from 'node:path';
import { Failure } from '../cli/errors.ts';
import { spinning } from '../cli/progress.ts';
import { run } from '../process/run-to-end.ts';
import { type Inspection, judge, type Problem } from './inspection.ts';
import type { Specification } from './specification.ts';
import { firstOnPath, type Toolchain } from './toolchain.ts';

const DAEMON_LIMIT_MS = 10_000;
/** The first start of an image unpacks nothing, but a busy daemon takes seconds for any start. */
const IMAGE_LIMIT_MS = 30_000;

/** The docker client whose daemon answers, or why there is none. */
export async function findDocker(toolchain: Toolchain): Promise<{ readonly docker: string } | Problem> {
  const docker = await firstOnPath(['docker'], toolchain.env);
  if (docker === undefined) return { problem: 'docker is not on PATH' };
  const { tail, problem } = await run([docker, 'version', '--format', '{{.Server.Version}}'], {
    env: toolchain.env,
    limitMs: DAEMON_LIMIT_MS,
  });
  return problem ? { problem: `the Docker daemon does not answer: ${tail.at(-1) ?? problem}` } : { docker };
}

export async function isImagePresent(docker: string, image: string, toolchain: Toolchain): Promise<boolean> {
  const { problem } = await run([docker, 'image', 'inspect', '--format', '{{.Id}}', image], {
    env: toolchain.env,
    limitMs: DAEMON_LIMIT_MS,
  });
  return problem === undefined;
}

/** Pulls the program's image; throws where the registry cannot be reached or does not have it. */
export async function pullImage(docker: string, specification: Specification, toolchain: Toolchain): Promise<void> {
  const { image } = specification;
  const { tail, problem } = await spinning(toolchain.progress, `Pulling the image ${image}`, (onLine) =>
    run([docker, 'pull', image], { env: toolchain.env, onLine }),
  );
  if (problem) {
    throw new Failure(
      `The image ${image} cannot be pulled: docker pull ${problem}: ${tail.at(-1) ?? 'no output'}. ` +
        `Check that this machine reaches the registry, or load the image from a file (docker load).`,
      1,
    );
  }
}

/** Starts the image once to see that it runs here and holds a supported version. */
export async function inspectImage(
  docker: string,
  specification: Specification,
  toolchain: Toolchain,
): Promise<Inspection> {
  const { image } = specification;
  const container = `surrealdb-load-version-${randomBytes(6).toString('hex')}`;
  const argv = ['run', '--rm', '--network', 'none', '--name', container, image, 'version'];
  const { stdout, tail, problem } = await run([docker, ...argv], { env: toolchain.env, limitMs: IMAGE_LIMIT_MS });
  if (problem) {
    await run([docker, 'rm', '--force', container], { env: toolchain.env, limitMs: DAEMON_LIMIT_MS });
    return { problem: `cannot be run: docker run ${problem}: ${tail.at(-1) ?? 'no output'}` };
  }
  return judge(image, stdout, specification);
}

export interface ContainerOptions {
  /** Passed on by name: the values travel in docker's own environment, so that no process list shows a password. */
  readonly env: Readonly<Record<string, string>>;
  /** Folders or files, by absolute path, that the program sees at the same path. */
  readonly mounts?: readonly string[];
  /** Files, by absolute path, that the program only reads, at the same path. */
  readonly files?: readonly string[];
  /** The folder that docker is started in. */
  readonly cwd?: string;
}

/**
 * How to start an image as if it were a program here: same network, same user, same paths. The options' `env` has to be
 * in the environment of the process that starts it.
 */
export function containerCommand(docker: string, image: string, options: ContainerOptions): string[] {
  const { env, mounts = [], files = [], cwd = process.cwd() } = options;
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return [
    ...[docker, 'run', '--rm', '--init', '--network', 'host', '--user', user],
    ...mounts.flatMap((path) => ['--mount', bindMount(path)]),
    ...files.flatMap((path) => ['--mount', `${bindMount(path)},readonly`]),
    // Relative paths keep their meaning where the folder is there.
    ...(mounts.some((path) => isInside(cwd, path)) ? ['--workdir', cwd] : []),
    ...Object.keys(env).flatMap((name) => ['--env', name]),
    image,
  ];
}

/** `--mount`, unlike `-v`, refuses a path that does not exist instead of creating it as root. Its value is CSV. */
function bindMount(path: string): string {
  return ['type=bind', `source=${path}`, `target=${path}`].map(csvField).join(',');
}

function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function isInside(folder: string, ancestor: string): boolean {
  return folder === ancestor || folder.startsWith(ancestor.endsWith(sep) ? ancestor : ancestor + sep);
}
