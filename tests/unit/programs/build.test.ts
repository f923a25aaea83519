import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { build, findK6, findSurreal } from '../../../lib/node/programs/find-program.ts';
import { K6, SURREAL } from '../../../lib/node/programs/specification.ts';
import { cachedFile } from '../../../lib/node/programs/toolchain.ts';
import { goThat, logged, type Machine, machine, surrealOf } from '../../support/program-fakes.ts';

const cacheEntry = async (specification: typeof K6, { env }: Machine): Promise<string[]> => {
  const file = await cachedFile(specification, env);
  const folder = dirname(file).slice(dirname(dirname(file)).length + 1);
  return [folder, join(folder, specification.name)];
};

test('k6 is built from the pinned module into the cache, once', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ builds: '2.2.0' }));
  const first = await findK6(here.progress, { env: here.env });
  assert.equal(first.source, 'built');
  const second = await findK6(here.progress, { env: here.env });
  assert.deepEqual([second.source, second.location], ['cache', first.location]);
  assert.deepEqual(await here.cached(), await cacheEntry(K6, here));

  const builds = (await here.calls()).filter((call) => call.startsWith('go build'));
  assert.equal(builds.length, 1);
  assert.match(builds[0] ?? '', / -trimpath -mod=readonly /);
});

test('go builds for this machine with the toolchain that is here', async (t) => {
  const here = await machine(t);
  await here.install(
    'go',
    `echo "$GOTOOLCHAIN,$GOOS,$GOARCH,$GOWORK,$CGO_ENABLED" >> "$CALLS"\n${goThat({ builds: '2.2.0' })}`,
  );
  const env = { ...here.env, GOTOOLCHAIN: 'auto', GOOS: 'plan9', GOARCH: 'mips', GOWORK: '/x', CGO_ENABLED: '1' };
  await findK6(here.progress, { env });
  const settings = (await here.calls()).filter((call) => !call.startsWith('go '));
  assert.deepEqual(settings, ['local,,,off,0', 'local,,,off,0']);
});

test('builds at the same time do not disturb each other', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ builds: '2.2.0' }));
  const programs = await Promise.all([1, 2, 3].map(() => findK6(here.progress, { env: here.env })));
  assert.deepEqual(new Set(programs.map(({ location }) => location)), new Set([await cachedFile(K6, here.env)]));
  assert.deepEqual(await here.cached(), await cacheEntry(K6, here));
});

test('a build that gives something else does not get into the cache', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ builds: '0.57.0' }));
  await assert.rejects(build('k6', here.progress, { env: here.env }), /that go build built is version 0\.57\.0/);
  assert.deepEqual(await here.cached(), []);
});

test('a build on request says what it lacks', async (t) => {
  const here = await machine(t);
  await assert.rejects(build('k6', here.progress, { env: here.env }), {
    name: 'Error',
    message: 'k6 cannot be built: go is not on PATH. Install Go from https://go.dev/dl.',
    exitCode: 1,
  });
  await here.install('cc', '');
  await assert.rejects(build('surreal', here.progress, { env: here.env }), (error: Error) => {
    assert.match(error.message, /^surreal cannot be built: cargo \(Rust\), make not found on PATH/);
    assert.match(
      error.message,
      process.platform === 'darwin' ? /xcode-select --install/ : /apt-get install -y build-essential/,
    );
    return true;
  });
});

const cargoThat = (ending: string): string =>
  logged(`
    echo "flags=$RUSTFLAGS target=$CARGO_BUILD_TARGET" >> "$CALLS"
    while [ $# -gt 0 ]; do if [ "$1" = --target-dir ]; then target=$2; fi; shift; done
    mkdir -p "$target/release"
    echo "   Compiling surrealdb-core v3.3.5" >&2
    ${ending}`);
const BUILDS_SURREAL = `printf '#!/bin/sh\\n%s\\n' '${surrealOf('3.3.5')}' > "$target/release/surreal"
  chmod +x "$target/release/surreal"`;

async function rustMachine(t: Parameters<typeof machine>[0], ending: string): Promise<Machine> {
  const here = await machine(t);
  await here.install('cc', '');
  await here.install('make', '');
  await here.install('cargo', cargoThat(ending));
  return here;
}

test('surreal is built on request, after a word about the cost, and found afterwards', async (t) => {
  const here = await rustMachine(t, BUILDS_SURREAL);
  const env = { ...here.env, RUSTFLAGS: '-C target-cpu=native', CARGO_BUILD_TARGET: 'wasm32-wasip1' };
  assert.equal((await build('surreal', here.progress, { env })).source, 'built');
  assert.match(here.said[0] ?? '', /half an hour on two cores, 4 GB of memory/);
  assert.deepEqual(await here.cached(), await cacheEntry(SURREAL, here));
  const [call, settings] = await here.calls();
  assert.match(call ?? '', /^cargo build --release --locked --target-dir /);
  assert.equal(settings, 'flags= target=');

  assert.equal((await findSurreal(here.progress, { env }))?.source, 'cache');
  assert.equal((await build('surreal', here.progress, { env })).source, 'cache');
  assert.equal((await here.calls()).length, 2);
});

test('what a failed build of surreal compiled is kept for the next one', async (t) => {
  const here = await rustMachine(t, 'echo "error: no space left" >&2; exit 101');
  await assert.rejects(
    build('surreal', here.progress, { env: here.env }),
    /Building surreal v3\.3\.5 failed: cargo build ended with exit code 101.*\n(.*\n)*.*no space left/,
  );
  const [folder] = await cacheEntry(SURREAL, here);
  assert.deepEqual(await here.cached(), [`${folder}-target`, `${folder}-target/release`]);
});

test('surreal is built by one process at a time, and the lock of a dead one does not matter', async (t) => {
  const here = await rustMachine(t, BUILDS_SURREAL);
  const lock = `${dirname(await cachedFile(SURREAL, here.env))}-target.lock`;
  await mkdir(dirname(lock), { recursive: true });
  await writeFile(lock, String(process.pid));
  await assert.rejects(build('surreal', here.progress, { env: here.env }), (error: Error) => {
    assert.ok(error.message.includes(`by process ${process.pid}`) && error.message.includes(lock), error.message);
    return true;
  });
  assert.equal(await readFile(lock, 'utf8'), String(process.pid));

  await writeFile(lock, '2147483646');
  assert.equal((await build('surreal', here.progress, { env: here.env })).source, 'built');
  assert.deepEqual(await here.cached(), await cacheEntry(SURREAL, here));
});
