import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../../lib/node/cli/errors.ts';
import { findK6, findSurreal } from '../../../lib/node/programs/find-program.ts';
import { K6, SURREAL } from '../../../lib/node/programs/specification.ts';
import { cachedFile } from '../../../lib/node/programs/toolchain.ts';
import {
  dockerThat,
  goThat,
  k6Of,
  livingGroup,
  logged,
  type Machine,
  machine,
  surrealOf,
  writeScript,
} from '../../support/program-fakes.ts';

async function failure(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => assert.fail('nothing was thrown'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof Failure, String(error));
  return error;
}

const k6On = ({ env, progress }: Machine, extra: NodeJS.ProcessEnv = {}) =>
  findK6(progress, { env: { ...env, ...extra } });
const surrealOn = ({ env, progress }: Machine, extra: NodeJS.ProcessEnv = {}) =>
  findSurreal(progress, { env: { ...env, ...extra } });

async function putIntoCache({ env }: Machine, script: string): Promise<string> {
  return writeScript(await cachedFile(K6, env), script);
}

test('k6 is looked for in K6_BIN, PATH, cache, Go, image: the first wins', async (t) => {
  const here = await machine(t);
  const docker = dockerThat({ has: [K6.image], prints: k6Of('2.2.0') });
  const steps: [string, () => Promise<NodeJS.ProcessEnv | undefined>][] = [
    ['image', async () => void (await here.install('docker', docker))],
    ['built', async () => void (await here.install('go', goThat({ builds: '2.2.0' })))],
    ['cache', async () => undefined],
    ['PATH', async () => void (await here.install('k6', k6Of('2.2.1')))],
    ['K6_BIN', async () => ({ K6_BIN: await here.install('mine', k6Of('2.2.2'), here.folder) })],
  ];
  for (const [source, prepare] of steps) {
    const program = await k6On(here, await prepare());
    assert.equal(program.source, source);
    assert.equal(program.name, 'k6');
  }
});

test('a file is started as it is, whatever the environment and the mounts', async (t) => {
  const here = await machine(t);
  const file = await here.install('k6', k6Of('2.2.0'));
  const program = await k6On(here);
  assert.deepEqual([program.location, program.version], [file, '2.2.0']);
  assert.deepEqual(program.command({ env: { SECRET: 'x' }, mounts: ['/data'] }), [file]);
});

test('a wrong K6_BIN is an error of the settings that names variable, file and cause', async (t) => {
  const here = await machine(t);
  await here.install('k6', k6Of('2.2.0'));
  const plain = join(here.folder, 'plain');
  await writeFile(plain, 'not a program');
  const wrong: [string, string][] = [
    [join(here.folder, 'nowhere'), 'does not exist'],
    [here.folder, 'is not a file'],
    [plain, `is not executable (chmod +x ${plain})`],
    [await here.install('old', k6Of('0.57.0'), here.folder), 'is version 0.57.0, but >= 2.2.0 and < 3.0.0 is needed'],
    [await here.install('new', k6Of('3.0.0'), here.folder), 'is version 3.0.0, but >= 2.2.0 and < 3.0.0 is needed'],
    [await here.install('other', 'echo hello', here.folder), 'does not look like k6: `version` printed "hello"'],
    [
      await here.install('broken', 'echo "no such library" >&2; exit 127', here.folder),
      'does not report its version: `version` ended with exit code 127: no such library',
    ],
  ];
  for (const [file, cause] of wrong) {
    const error = await failure(k6On(here, { K6_BIN: file }));
    assert.ok(error.message.startsWith(`K6_BIN names ${file}, which ${cause}`), error.message);
    assert.match(error.message, /unset it/);
    assert.equal(error.exitCode, 2);
  }
});

test('an empty K6_BIN counts as not set', async (t) => {
  const here = await machine(t);
  await here.install('k6', k6Of('2.2.0'));
  assert.equal((await k6On(here, { K6_BIN: '' })).source, 'PATH');
});

test('unsupported ones on PATH are passed over aloud, each once, for the next that is supported', async (t) => {
  const here = await machine(t);
  const old = await here.install('k6', k6Of('1.7.1'));
  const second = join(here.folder, 'second');
  const good = await here.install('k6', k6Of('2.3.0'), second);
  const program = await k6On(here, { PATH: [dirname(old), dirname(old), second].join(':') });
  assert.equal(program.location, good);
  assert.deepEqual(here.said, [
    `Skipping k6 on PATH: ${old} is version 1.7.1, but >= 2.2.0 and < 3.0.0 is needed (${K6.because})`,
  ]);
});

test('a program that hangs over its version is ended with its children', async (t) => {
  const here = await machine(t);
  const hanging = await here.install('k6', `echo $$ > ${join(here.folder, 'pid')}; sleep 600; echo never`);
  const limited = { versionLimitMs: 500 };
  const error = await failure(findK6(here.progress, { env: { ...here.env, K6_BIN: hanging }, ...limited }));
  assert.match(error.message, /does not report its version: `version` did not end within/);
  assert.equal(error.exitCode, 2);
  const pid = Number(await readFile(join(here.folder, 'pid'), 'utf8'));
  assert.deepEqual(await livingGroup(pid), []);

  await putIntoCache(here, k6Of('2.2.0'));
  assert.equal((await findK6(here.progress, { env: here.env, versionLimitMs: 5_000 })).source, 'cache');
  assert.match(here.said.join('\n'), /Skipping k6 on PATH: .* did not end within 5 s/);
});

test('a broken program in the cache is passed over aloud and built anew', async (t) => {
  const here = await machine(t);
  const file = await putIntoCache(here, 'exit 1');
  await here.install('go', goThat({ builds: '2.2.0' }));
  const program = await k6On(here);
  assert.deepEqual([program.source, program.location], ['built', file]);
  assert.match(here.said.join('\n'), /Skipping k6 in the cache: .* ended with exit code 1/);
});

test('without any k6 the error tells what was tried and how to install it on each platform', async (t) => {
  const here = await machine(t);
  await here.install('k6', k6Of('0.57.0'));
  const error = await failure(k6On(here));
  assert.equal(error.exitCode, 1);
  for (const part of [
    'k6 >= 2.2.0 and < 3.0.0 was not found',
    'K6_BIN:     not set',
    'is version 0.57.0',
    `cache:      no ${await cachedFile(K6, here.env)}`,
    'go build:   go is not on PATH',
    'image:      docker is not on PATH',
    'brew install k6',
    'sudo apt-get install -y k6',
    'sudo dnf install k6',
    'docker pull grafana/k6:2.2.0',
    'npm run setup',
    'set K6_BIN',
  ]) {
    assert.ok(error.message.includes(part), `${part} is not in:\n${error.message}`);
  }
});

test('a go that is too old is not used', async (t) => {
  const here = await machine(t);
  const go = await here.install('go', goThat({ builds: '2.2.0' }, '1.24.9'));
  const error = await failure(k6On(here));
  assert.ok(error.message.includes(`${go} is version 1.24.9, but k6 v2.2.0 needs 1.25.0`), error.message);
  assert.deepEqual(await here.calls(), ['go version']);
});

test('a build that fails is reported with its last lines, and the image is tried next', async (t) => {
  const here = await machine(t);
  await here.install('go', goThat({ fails: 1 }));
  await here.install('docker', dockerThat({ has: [], pulls: true, prints: k6Of('2.2.0') }));
  const program = await k6On(here);
  assert.deepEqual([program.source, program.location], ['image', 'grafana/k6:2.2.0']);
  assert.match(
    here.said.join('\n'),
    /Building k6 v2.2.0 failed: go build ended with exit code 1.*\n.*no route to host/,
  );
  assert.match(here.said.join('\n'), /Pulling the image grafana\/k6:2\.2\.0/);
  assert.deepEqual(await here.cached(), []);
});

test('an image that cannot be pulled, or holds something else, leads to the error about k6', async (t) => {
  const unreachable = await machine(t);
  await unreachable.install('docker', dockerThat({ has: [], prints: k6Of('2.2.0') }));
  const pulled = await failure(k6On(unreachable));
  assert.match(pulled.message, /docker pull ended with exit code 1: no route to host/);

  const other = await machine(t);
  await other.install('docker', dockerThat({ has: [K6.image], prints: k6Of('0.57.0') }));
  const held = await failure(k6On(other));
  assert.match(held.message, /image: +grafana\/k6:2\.2\.0 is version 0\.57\.0/);
});

test('surreal is looked for in SURREAL_BIN, PATH, cache and local images: the first wins', async (t) => {
  const here = await machine(t);
  assert.equal(await surrealOn(here), undefined);
  await here.install('docker', dockerThat({ has: [SURREAL.image], prints: surrealOf('3.3.5') }));
  assert.equal((await surrealOn(here))?.source, 'image');
  await writeScript(await cachedFile(SURREAL, here.env), surrealOf('3.3.5'));
  assert.equal((await surrealOn(here))?.source, 'cache');
  await here.install('surreal', surrealOf('3.4.0'));
  assert.equal((await surrealOn(here))?.source, 'PATH');
  const mine = await here.install('mine', surrealOf('3.2.0'), here.folder);
  assert.equal((await surrealOn(here, { SURREAL_BIN: mine }))?.version, '3.2.0');
});

test('surreal is never built and its image never pulled unasked', async (t) => {
  const here = await machine(t);
  await here.install('cargo', logged(''));
  await here.install('docker', dockerThat({ has: [], pulls: true, prints: surrealOf('3.3.5') }));
  assert.equal(await surrealOn(here), undefined);
  const verbs = (await here.calls()).map((call) => call.split(' ').slice(0, 2).join(' '));
  assert.deepEqual(verbs, ['docker version', 'docker image']);
});

test('a wrong SURREAL_BIN is an error of the settings', async (t) => {
  const here = await machine(t);
  const error = await failure(surrealOn(here, { SURREAL_BIN: await here.install('surreal', surrealOf('2.6.1')) }));
  assert.match(error.message, /^SURREAL_BIN names .* is version 2\.6\.1, but >= 3\.2\.0 and < 4\.0\.0 is needed/);
  assert.equal(error.exitCode, 2);
});

test('behind the launcher of newer installations the server itself is used', async (t) => {
  const here = await machine(t);
  const server = await here.install(
    'surreal-db',
    surrealOf('3.3.5'),
    join(here.folder, '.surrealdb/components/db/3.3.5'),
  );
  const head = 'COMPONENT  VERSION  SOURCE  INSTALLED  PATH';
  const rows = [
    'cli        0.1.0    cli                /usr/local/bin/surreal',
    'db         3.3.5    pinned  3.3.5      ~/.surrealdb/components/db/3.3.5/surreal-db',
  ];
  await here.install('surreal', `cat <<'END'\n${[head, ...rows].join('\n')}\nEND`);
  const program = await surrealOn(here);
  assert.deepEqual([program?.location, program?.version], [server, '3.3.5']);

  await chmod(server, 0o644);
  assert.equal(await surrealOn(here), undefined);
  assert.ok(here.said.join('\n').includes(`launches ${server}, which is not executable`), here.said.join('\n'));

  await here.install('surreal', `cat <<'END'\n${[head, rows[0]].join('\n')}\nEND`);
  assert.equal(await surrealOn(here), undefined);
  assert.match(here.said.join('\n'), /launcher without a database \(surreal install db@3\.3\.5\)/);
});

test('another source, version or platform has another place in the cache', async (t) => {
  const here = await machine(t);
  const file = await cachedFile(K6, here.env);
  assert.ok(file.startsWith(join(here.folder, 'cache', 'k6-v2.2.0-')), file);
  assert.ok(dirname(file).endsWith(`-${process.platform}-${process.arch}`), file);
  assert.notEqual(await cachedFile({ ...K6, sources: ['go.mod'] }, here.env), file);
});

test('nothing on PATH is executed by its bare name from the current folder', async (t) => {
  const here = await machine(t);
  await mkdir(join(here.folder, 'empty'));
  const error = await failure(k6On(here, { PATH: join(here.folder, 'empty') }));
  assert.match(error.message, /PATH: +no k6 there/);
});
