import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from '../cli/errors.ts';
import { spinning } from '../cli/progress.ts';
import { run } from '../process/run-to-end.ts';
import { BINARIES_FOLDER } from '../system/paths.ts';
import { buildIntoCache } from './build.ts';
import { SURREAL } from './specification.ts';
import { cachedFile, firstOnPath, type Toolchain } from './toolchain.ts';

const CRATE_FOLDER = join(BINARIES_FOLDER, 'surreal');
const GIB = 1024 ** 3;
const MEMORY_NEEDED = 4 * GIB;

interface Tool {
  readonly what: string;
  readonly names: readonly string[];
  readonly install: Readonly<Record<'linux' | 'darwin', string>>;
}

// Seen in a build of the pinned Cargo.lock: no build script in it runs cmake, protoc or a C++ compiler.
const TOOLS: readonly Tool[] = [
  {
    what: 'cargo (Rust)',
    names: ['cargo'],
    install: { linux: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh", darwin: 'brew install rust' },
  },
  {
    what: 'a C compiler (cc)',
    names: ['cc'],
    install: { linux: 'sudo apt-get install -y build-essential', darwin: 'xcode-select --install' },
  },
  {
    what: 'make',
    names: ['make'],
    install: { linux: 'sudo apt-get install -y build-essential', darwin: 'xcode-select --install' },
  },
];

/** Builds surreal from its pinned crates into the cache and returns its file. Throws where tools are missing. */
export async function buildSurreal(toolchain: Toolchain): Promise<string> {
  const cargo = await neededTools(toolchain.env);
  const file = await cachedFile(SURREAL, toolchain.env);
  const target = `${dirname(file)}-target`;
  const { progress } = toolchain;
  progress.say(
    `surreal v${SURREAL.pinned} is built from its crates: about half an hour on two cores, 4 GB of memory and 3 GB of ` +
      `disk in ${target}. An interrupted build resumes from there.`,
  );
  if (totalmem() < MEMORY_NEEDED) {
    progress.say(`This machine has ${(totalmem() / GIB).toFixed(1)} GB of memory: the build may run out of it.`);
  }
  const unlock = await lock(`${target}.lock`);
  try {
    const built = await buildIntoCache(SURREAL, toolchain, (output) => compile(cargo, target, output, toolchain));
    await rm(target, { recursive: true, force: true });
    return built;
  } finally {
    await unlock();
  }
}

async function compile(cargo: string, target: string, output: string, toolchain: Toolchain) {
  const ending = await spinning(toolchain.progress, `Building surreal v${SURREAL.pinned} with cargo`, (detail) => {
    let crates = 0;
    return run([cargo, 'build', '--release', '--locked', '--target-dir', target], {
      env: cargoEnvironment(toolchain.env),
      cwd: CRATE_FOLDER,
      onLine: (line) => {
        const crate = /^\s*Compiling (\S+)/.exec(line)?.[1];
        if (crate !== undefined) detail(`${++crates} crates, now ${crate}`);
      },
    });
  });
  if (!ending.problem) await copyFile(join(target, 'release', 'surreal'), output);
  return { ...ending, command: 'cargo build' };
}

/** The user's own flags would replace the ones of the crate's .cargo/config.toml, and another target another folder. */
function cargoEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { RUSTFLAGS, CARGO_ENCODED_RUSTFLAGS, CARGO_BUILD_RUSTFLAGS, CARGO_BUILD_TARGET, ...rest } = env;
  return rest;
}

/** The file of cargo, where it and everything else that the build needs is on PATH. */
async function neededTools(env: NodeJS.ProcessEnv): Promise<string> {
  const files = await Promise.all(TOOLS.map(({ names }) => firstOnPath(names, env)));
  const missing = TOOLS.filter((_, index) => files[index] === undefined);
  const [cargo] = files;
  if (missing.length === 0 && cargo !== undefined) return cargo;
  const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
  const commands = [...new Set(missing.map(({ install }) => install[platform]))];
  throw new Failure(
    [
      `surreal cannot be built: ${missing.map(({ what }) => what).join(', ')} not found on PATH. Install with`,
      ...commands.map((command) => `  ${command}`),
    ].join('\n'),
    1,
  );
}

/** Two builds in one folder would only wait for each other, and the first to end removes the folder. */
async function lock(file: string): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const take = (): Promise<void> => writeFile(file, String(process.pid), { flag: 'wx' });
  try {
    await take();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(await readFile(file, 'utf8'));
    if (isAlive(owner)) {
      throw new Failure(
        `surreal is already being built by process ${owner}. Wait for it, or remove ${file} if that is another process.`,
        1,
      );
    }
    await rm(file, { force: true });
    await take();
  }
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
