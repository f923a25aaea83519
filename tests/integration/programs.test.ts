import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { build, findK6 } from '../../lib/node/programs/find-program.ts';
import { findDocker, isImagePresent } from '../../lib/node/programs/image.ts';
import type { Program } from '../../lib/node/programs/program.ts';
import { K6 } from '../../lib/node/programs/specification.ts';
import { firstOnPath, VERSION_LIMIT_MS } from '../../lib/node/programs/toolchain.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { outputOf } from '../support/commands.ts';
import { goThat, k6Of, livingGroup, logged, type Machine, machine, surrealOf } from '../support/program-fakes.ts';

const run = promisify(execFile);

interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function startSetup({ env }: Machine, args: readonly string[]): { child: ChildProcess; result: Promise<Result> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/setup.ts', ...args], { cwd: PROJECT_ROOT, env });
  const written = outputOf(child);
  const result = new Promise<Result>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, ...written }));
  });
  return { child, result };
}

const setup = (here: Machine, ...args: string[]): Promise<Result> => startSetup(here, args).result;

test('setup gets k6, and prints what was found where', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ builds: '2.2.0' }));
  const surreal = await here.install('surreal', surrealOf('3.3.5'));
  const { code, stdout, stderr } = await setup(here);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^PROGRAM +VERSION +HOW FOUND +WHERE$/m);
  assert.match(stdout, /^k6 +2\.2\.0 +built now, into the cache +\/.*\/k6$/m);
  assert.match(stdout, new RegExp(`^surreal +3\\.3\\.5 +on PATH +${surreal}$`, 'm'));
  assert.match(stderr, /^Building k6 v2\.2\.0 with Go/m);
});

test('setup without surreal says what stands in for it and how to get it', async (t) => {
  const here = await machine(t);
  await here.install('k6', k6Of('2.2.0'));
  const { code, stdout } = await setup(here);
  assert.equal(code, 0);
  assert.match(stdout, /^surreal +- +not found +-$/m);
  assert.match(stdout, /target `embedded`/);
  assert.match(stdout, /brew install surrealdb\/tap\/surreal\n/);
  assert.match(stdout, /npm run setup -- --build surreal/);
});

test('setup --json prints nothing but JSON on stdout', async (t) => {
  const here = await machine(t);
  const location = await here.install('k6', k6Of('2.2.0'));
  await here.install('surreal', surrealOf('2.6.1'));
  const { stdout, stderr } = await setup(here, '--json');
  assert.deepEqual(JSON.parse(stdout), {
    k6: { name: 'k6', version: '2.2.0', source: 'PATH', location },
    surreal: null,
  });
  assert.match(stderr, /Skipping surreal on PATH: .* is version 2\.6\.1/);
});

test('setup --build says so where something else comes before what it built', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ builds: '2.2.0' }));
  const mine = await here.install('k6', k6Of('2.3.0'));
  const { code, stdout, stderr } = await setup(here, '--build', 'k6');
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`k6-v2\\.2\\.0-.*/k6 was installed, but ${mine} \\(on PATH\\) takes precedence`));
  assert.match(stdout, /^k6 +2\.3\.0 +on PATH/m);
});

test('setup tells wrong usage, wrong settings and missing programs apart, without a stack trace', async (t) => {
  const here = await machine(t);
  const usage = await setup(here, '--build', 'postgres');
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /'postgres' is invalid\. Allowed choices are k6, surreal\.\nOptions go after `--`/);

  const missing = await setup(here);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^k6 >= 2\.2\.0 and < 3\.0\.0 was not found/);

  const wrong = await setup({ ...here, env: { ...here.env, K6_BIN: '/nowhere/k6' } });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /^K6_BIN names \/nowhere\/k6, which does not exist\./);

  for (const { stdout, stderr } of [usage, missing, wrong]) {
    assert.equal(stdout, '');
    assert.doesNotMatch(stderr, /^ +at /m);
  }
  const help = await setup(here, '--help');
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--pull <program\.\.\.>/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} during a build ends go with its children and leaves nothing in the cache`, async (t) => {
    const here = await machine(t);
    const pidFile = join(here.folder, 'pid');
    const build = `touch "$output.part" "$output"; rm "$output.part"; echo $$ > ${pidFile}; sleep 600`;
    await here.install(
      'go',
      logged(`
      case "$1" in
        version) echo "go version go1.26.0 linux/amd64" ;;
        build) while [ $# -gt 0 ]; do if [ "$1" = -o ]; then output=$2; fi; shift; done; ${build} ;;
      esac`),
    );
    const { child, result } = startSetup(here, []);
    const go = await pidIn(pidFile, child);
    assert.notDeepEqual(await here.cached(), []);
    child.kill(signal);
    const ended = await result;
    assert.deepEqual([ended.code, ended.signal], [null, signal], ended.stderr);
    assert.deepEqual(await here.cached(), []);
    assert.deepEqual(await livingGroup(go), []);
    assert.doesNotMatch(ended.stderr, /was not found/);
  });
}

async function pidIn(file: string, writer: ChildProcess): Promise<number> {
  while (writer.exitCode === null) {
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (pid > 0) return pid;
    await sleep(20);
  }
  return assert.fail(`setup ended with exit code ${writer.exitCode} before the build began`);
}

const FAILING_SCRIPT = `
export const options = { iterations: 1, thresholds: { iterations: ['count > 5'] } };
export default function () {}
export function handleSummary() { return { 'summary.json': JSON.stringify({ secret: __ENV.SECRET }) }; }
`;

/** Any k6 has to run a script in a mounted folder, hand on the environment, write there, and keep its exit code. */
async function checkRun(k6: Program, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'script.js'), FAILING_SCRIPT);
  const env = { SECRET: 'from the environment' };
  const [command = '', ...args] = k6.command({ env, mounts: [folder], cwd: folder });
  const child = spawn(command, [...args, 'run', '--quiet', 'script.js'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 99);
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8')), { secret: env.SECRET });
}

test('k6 is built from its pinned module by the real Go', async (t) => {
  if (!process.env.CI && !process.env.TEST_BUILD_K6) return t.skip('SKIPPED: takes two minutes; set TEST_BUILD_K6=1');
  if (!(await firstOnPath(['go'], process.env))) return t.skip('SKIPPED: go is not on PATH');
  const here = await machine(t);
  const env = { ...process.env, SURREALDB_LOAD_CACHE: join(here.folder, 'cache') };
  const k6 = await build('k6', here.progress, { env });
  assert.deepEqual([k6.source, k6.version], ['built', K6.pinned]);
  assert.equal((await build('k6', here.progress, { env })).source, 'cache');
  await checkRun(k6, join(here.folder, 'run'));
});

test('k6 runs from its real image', async (t) => {
  const k6 = await k6FromImage(t);
  if (!k6) return;
  assert.deepEqual([k6.source, k6.version], ['image', K6.pinned]);
  const folder = join(PROJECT_ROOT, 'results', `.image-test-${process.pid}`);
  t.after(() => run('rm', ['-rf', folder]));
  await checkRun(k6, folder);
});

async function k6FromImage(t: TestContext): Promise<Program | undefined> {
  const here = await machine(t);
  const world = { env: process.env, progress: here.progress, versionLimitMs: VERSION_LIMIT_MS };
  const found = await findDocker(world);
  if ('problem' in found) {
    t.skip(`SKIPPED: ${found.problem}`);
    return undefined;
  }
  if (!(await isImagePresent(found.docker, K6.image, world))) {
    t.skip(`SKIPPED: ${K6.image} is not here; docker pull ${K6.image}`);
    return undefined;
  }
  // Only docker is on this PATH, and the cache is empty, so nothing but the image is left.
  await here.install('docker', `exec '${found.docker}' "$@"`);
  return findK6(here.progress, { env: { ...process.env, ...here.env, K6_BIN: '' } });
}
