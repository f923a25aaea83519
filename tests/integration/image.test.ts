// Exclusive use of docker: builds an image of the suite and runs a load in it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { $ } from 'zx';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { temporaryFolder } from '../support/commands.ts';

const dockerfile = readFileSync(join(PROJECT_ROOT, 'Dockerfile'), 'utf8');
/** Base images: those of the Dockerfile, or of a machine that has others, by the same names. */
const BASES = Object.fromEntries(
  [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name = '', image = '']) => [
    name,
    process.env[`TEST_${name}`] ?? image,
  ]),
);

async function missing(): Promise<string | false> {
  const run = $({ nothrow: true });
  if ((await run`docker version`).exitCode !== 0) return 'SKIPPED: no Docker daemon answers, so no image was built';
  for (const image of Object.values(BASES))
    if ((await run`docker image inspect ${image}`).exitCode !== 0 && (await run`docker pull ${image}`).exitCode !== 0)
      return `SKIPPED: the base image ${image} is not here and cannot be pulled, so no image was built`;
  return false;
}

test('the image has k6, is not root, and runs a workload of the mounted folder', {
  skip: await missing(),
}, async () => {
  await using folder = await temporaryFolder();
  const tag = 'surrealdb-load:test';
  const args = Object.entries(BASES).flatMap(([name, image]) => ['--build-arg', `${name}=${image}`]);
  await $({ cwd: PROJECT_ROOT })`docker build --tag ${tag} ${args} .`;
  const run = $({ nothrow: true });
  const { uid = 0, gid = 0 } = { uid: process.getuid?.(), gid: process.getgid?.() };
  const inImage = ['run', '--rm', '--volume', `${folder.path}:/work`, '--user', `${uid}:${gid}`, tag];
  assert.equal((await run`docker run --rm --entrypoint id ${tag} -u`).stdout.trim(), '1000');
  assert.equal((await run`docker ${inImage} init`).exitCode, 0);
  const load = await run`docker ${inImage} load ./orders.yaml --target embedded --rate 150 --duration 2s`;
  assert.equal(load.exitCode, 0, load.stdout + load.stderr);
  assert.match(load.stderr, /^k6 +2\.\S+/m);
  assert.equal(readdirSync(join(folder.path, 'results')).length, 1);
  await run`docker image rm ${tag}`;
});

test('the image takes what the package takes, and nothing else', () => {
  const { files } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { files: string[] };
  const ignored = readFileSync(join(PROJECT_ROOT, '.dockerignore'), 'utf8').split('\n');
  const taken = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  // Types are for compilers of users; the other two are the package's own.
  const wanted = [...files.filter((file) => file !== 'types'), 'package.json', 'package-lock.json'];
  assert.deepEqual(taken.toSorted(), wanted.toSorted());
  assert.ok(ignored.includes('*'), 'everything else is left out');
});
