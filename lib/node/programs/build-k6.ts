import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spinning } from '../cli/progress.ts';
import { run } from '../process/run-to-end.ts';
import { BINARIES_FOLDER } from '../system/paths.ts';
import { buildIntoCache } from './build.ts';
import type { Problem } from './inspection.ts';
import { K6 } from './specification.ts';
import { firstOnPath, type Toolchain } from './toolchain.ts';
import { compareNumbers, formatVersion, parseVersion, version } from './version.ts';

const MODULE_FOLDER = join(BINARIES_FOLDER, 'k6');
const GO_LIMIT_MS = 10_000;

/** A Go toolchain that can build k6's pinned module, or why there is none. */
export async function findGo(toolchain: Toolchain): Promise<{ readonly go: string } | Problem> {
  const go = await firstOnPath(['go'], toolchain.env);
  if (go === undefined) return { problem: 'go is not on PATH' };
  // Outside the module: in it, an old go refuses even to tell its version.
  const { stdout, problem } = await run([go, 'version'], {
    env: goEnvironment(toolchain.env),
    cwd: tmpdir(),
    limitMs: GO_LIMIT_MS,
  });
  const found = parseVersion(/\bgo(\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1] ?? '');
  if (problem || !found) return { problem: `${go} does not report its version: ${problem ?? stdout.trim()}` };
  const needed = await neededGo();
  return compareNumbers(found, needed) < 0
    ? { problem: `${go} is version ${formatVersion(found)}, but k6 v${K6.pinned} needs ${formatVersion(needed)}` }
    : { go };
}

async function neededGo() {
  const directive = /^go (\S+)$/m.exec(await readFile(join(MODULE_FOLDER, 'go.mod'), 'utf8'))?.[1];
  return version(directive ?? '');
}

/** Builds k6 from its pinned module into the cache and returns its file. */
export function buildK6(go: string, toolchain: Toolchain): Promise<string> {
  const title = `Building k6 v${K6.pinned} with Go: takes about two minutes, once`;
  return buildIntoCache(K6, toolchain, (output) =>
    spinning(toolchain.progress, title, async (detail) => {
      let packages = 0;
      // -v names each package. Without -buildvcs=false the build fails where git distrusts the checkout's owner.
      const flags = ['-v', '-trimpath', '-mod=readonly', '-buildvcs=false', '-o', output];
      const ending = await run([go, 'build', ...flags, '.'], {
        env: goEnvironment(toolchain.env),
        cwd: MODULE_FOLDER,
        onLine: (line) => {
          if (line.startsWith('go: ')) detail(line.slice('go: '.length));
          else detail(`${++packages} packages`);
        },
      });
      return { ...ending, command: 'go build' };
    }),
  );
}

/** Builds for this machine with the toolchain that is here, without a C compiler, whatever the user's own projects need. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, GOTOOLCHAIN: 'local', GOWORK: 'off', CGO_ENABLED: '0', GOOS: '', GOARCH: '' };
}
