import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSurreal, pull } from '../../../lib/node/programs/find-program.ts';
import { containerCommand } from '../../../lib/node/programs/image.ts';
import { K6, SURREAL } from '../../../lib/node/programs/specification.ts';
import { dockerThat, k6Of, logged, machine, surrealOf } from '../../support/program-fakes.ts';

const USER = `${process.getuid?.()}:${process.getgid?.()}`;

test('an image is started with the network, user and paths of the host, and removed afterwards', () => {
  const argv = containerCommand('/usr/bin/docker', 'grafana/k6:2.2.0', { env: {}, mounts: ['/a/dist'], cwd: '/b' });
  assert.deepEqual(argv, [
    ...['/usr/bin/docker', 'run', '--rm', '--init', '--network', 'host', '--user', USER],
    ...['--mount', 'type=bind,source=/a/dist,target=/a/dist'],
    'grafana/k6:2.2.0',
  ]);
});

test('the environment goes by name only: no value is in the command line', () => {
  const env = { SURREAL_PASS: 'correct horse', BASE_URL: 'http://127.0.0.1:8000' };
  const argv = containerCommand('docker', 'image', { env });
  assert.deepEqual(argv.slice(-5), ['--env', 'SURREAL_PASS', '--env', 'BASE_URL', 'image']);
  for (const value of Object.values(env)) assert.ok(!argv.some((word) => word.includes(value)));
});

test('relative paths keep their meaning where the current folder is mounted', () => {
  const workdir = (cwd: string, mounts: string[]): string | undefined => {
    const argv = containerCommand('docker', 'image', { env: {}, mounts, cwd });
    return argv.includes('--workdir') ? argv[argv.indexOf('--workdir') + 1] : undefined;
  };
  assert.equal(workdir('/work/project', ['/tmp', '/work/project']), '/work/project');
  assert.equal(workdir('/work/project', ['/work']), '/work/project');
  assert.equal(workdir('/work/project', ['/']), '/work/project');
  assert.equal(workdir('/work/project', ['/work/proj', '/work/project/dist']), undefined);
});

test('a path with commas or quotes stays one mount', () => {
  const argv = containerCommand('docker', 'image', { env: {}, mounts: ['/a,b/"c"'] });
  assert.ok(argv.includes('type=bind,"source=/a,b/""c""","target=/a,b/""c"""'), argv.join(' '));
});

test('a file that is only read is mounted so', () => {
  const argv = containerCommand('docker', 'image', { env: {}, mounts: ['/run'], files: ['/home/limits.json'] });
  assert.ok(argv.includes('type=bind,source=/home/limits.json,target=/home/limits.json,readonly'), argv.join(' '));
});

test('an image is pulled on request and checked', async (t) => {
  const here = await machine(t);
  await here.install('docker', dockerThat({ has: [], pulls: true, prints: surrealOf('3.3.5') }));
  const program = await pull('surreal', here.progress, { env: here.env });
  assert.deepEqual([program.source, program.location, program.version], ['image', SURREAL.image, '3.3.5']);
  assert.deepEqual(here.said, [`Pulling the image ${SURREAL.image}`]);
});

test('an image on request that is unavailable is an error', async (t) => {
  const here = await machine(t);
  await assert.rejects(
    pull('k6', here.progress, { env: here.env }),
    /docker is not on PATH\. Install and start Docker\./,
  );
  await here.install('docker', 'echo "Cannot connect to the Docker daemon" >&2; exit 1');
  await assert.rejects(
    pull('k6', here.progress, { env: here.env }),
    /does not answer: Cannot connect to the Docker daemon/,
  );
  await here.install('docker', dockerThat({ has: [], prints: k6Of('2.2.0') }));
  await assert.rejects(pull('k6', here.progress, { env: here.env }), {
    message: /^The image grafana\/k6:2\.2\.0 cannot be pulled: docker pull ended with exit code 1: no route to host\./,
    exitCode: 1,
  });
  await here.install(
    'docker',
    dockerThat({ has: [K6.image], pulls: true, prints: 'echo "exec format error" >&2; exit 1' }),
  );
  await assert.rejects(pull('k6', here.progress, { env: here.env }), /cannot be run: .* exec format error/);
  const calls = await here.calls();
  assert.match(calls.at(-1) ?? '', /^docker rm --force surrealdb-load-version-/);
});

test('a daemon that does not answer is as good as none', async (t) => {
  const here = await machine(t);
  await here.install('docker', logged('echo "Cannot connect to the Docker daemon" >&2; exit 1'));
  assert.equal(await findSurreal(here.progress, { env: here.env }), undefined);
  assert.equal((await here.calls()).length, 1);
});
