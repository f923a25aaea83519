import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { Progress } from '../../lib/node/cli/progress.ts';

/** A machine of its own for one test: nothing but the fake programs is on its PATH, and its cache is empty. */
export interface Machine {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  /** What was said so far. */
  readonly said: string[];
  /** Puts a shell script into `bin`, or into another folder, and returns its file. */
  install(name: string, script: string, folder?: string): Promise<string>;
  /** The command lines that {@link logged} scripts got so far, in order. */
  calls(): Promise<string[]>;
  /** Everything in the cache, by relative path. */
  cached(): Promise<string[]>;
}

export async function machine(t: TestContext): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'surrealdb-load-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  const cache = join(folder, 'cache');
  const log = join(folder, 'calls.log');
  await mkdir(bin);
  await writeFile(log, '');
  const said: string[] = [];
  return {
    folder,
    env: { PATH: bin, HOME: folder, SURREALDB_LOAD_CACHE: cache, CALLS: log },
    progress: { say: (line) => said.push(line) },
    said,
    async install(name, script, into = bin) {
      return writeScript(join(into, name), script);
    },
    async calls() {
      return (await readFile(log, 'utf8')).split('\n').filter(Boolean);
    },
    async cached() {
      return (await readdir(cache, { recursive: true }).catch(() => [])).sort();
    },
  };
}

export async function writeScript(file: string, script: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(file, 0o755);
  return file;
}

/** A script that notes its command line before it does anything. */
export const logged = (script: string): string => `echo "$(basename "$0") $*" >> "$CALLS"\n${script}`;

export const k6Of = (version: string): string => `echo "k6 v${version} (go1.26.0, linux/amd64)"`;
export const surrealOf = (version: string): string => `echo "${version} for linux on x86_64"`;

/** `go` that "builds" a k6 of that version, or that ends with the given exit code after some output. */
export function goThat(result: { readonly builds: string } | { readonly fails: number }, version = '1.26.0'): string {
  const build =
    'builds' in result
      ? `printf '#!/bin/sh\\n%s\\n' '${k6Of(result.builds)}' > "$output"; chmod +x "$output"`
      : `echo "go: cannot load module: no route to host" >&2; exit ${result.fails}`;
  return logged(`
    case "$1" in
      version) echo "go version go${version} linux/amd64" ;;
      build)
        while [ $# -gt 0 ]; do if [ "$1" = -o ]; then output=$2; fi; shift; done
        ${build} ;;
    esac`);
}

/** `docker` whose daemon answers, that has the given images, and whose `run` does what `prints` says. */
export function dockerThat(options: {
  readonly has: readonly string[];
  readonly pulls?: boolean;
  readonly prints: string;
}): string {
  const { has, pulls = false, prints } = options;
  const present = has.map((image) => `if [ "$last" = "${image}" ]; then exit 0; fi`).join('\n');
  return logged(`
    for last in "$@"; do :; done
    case "$1" in
      version) echo 28.2.2 ;;
      image) ${present}
        echo "No such image: $last" >&2; exit 1 ;;
      pull) ${pulls ? 'echo "Status: Downloaded newer image"' : 'echo "no route to host" >&2; exit 1'} ;;
      run) ${prints} ;;
    esac`);
}

/** The processes of a group that still run: an ended one may stay in the list until somebody reaps it. */
export async function livingGroup(group: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pgid=,stat=,args=']);
  return stdout.split('\n').filter((line) => new RegExp(`^\\s*${group}\\s+[^Z\\s]`).test(line));
}
