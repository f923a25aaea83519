// Exclusive use of docker: builds an image of the suite and runs a load in it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { $ } from 'zx';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { assertRight } from '../support/answers.ts';
import { baseImages } from '../support/base-images.ts';
import { temporaryFolder } from '../support/commands.ts';

const dockerfile = readFileSync(join(PROJECT_ROOT, 'Dockerfile'), 'utf8');
const bases = await baseImages(
  Object.fromEntries(
    [...dockerfile.matchAll(/^ARG (\w+_IMAGE)=(\S+)$/gm)].map(([, name = '', image = '']) => [name, image]),
  ),
);

test('the image has k6, is not root, and runs a workload of the mounted folder', {
  skip: typeof bases === 'string' && bases,
}, async () => {
  await using folder = await temporaryFolder();
  const tag = 'surrealdb-load:test';
  const args = Object.entries(bases).flatMap(([name, image]) => ['--build-arg', `${name}=${image}`]);
  // The host's network, as a daemon of tests may have no other way to the registry of packages.
  await $({ cwd: PROJECT_ROOT })`docker build --network host --tag ${tag} ${args} .`;
  const run = $({ nothrow: true });
  assert.equal((await run`docker run --rm --entrypoint id ${tag} -u`).stdout.trim(), '1000');
  assert.match((await run`docker run --rm ${tag} --help`).stdout, /^Usage: surrealdb-load COMMAND/);
  // The image's own user, or the user of these tests, to whom the results then belong.
  const user = process.getuid?.() || 1000;
  await chown(folder.path, user, -1);
  const inImage = ['run', '--rm', '--volume', `${folder.path}:/work`, '--user', user, tag];
  assert.equal((await run`docker ${inImage} init`).exitCode, 0);
  const load = await run`docker ${inImage} load ./orders.yaml --target embedded --rate 150 --duration 2s`;
  assert.match(load.stderr, /^k6 +2\.\S+ \(K6_BIN\)/m, load.stdout + load.stderr);
  const results = readdirSync(join(folder.path, 'results'));
  assert.equal(results.length, 1);
  const { exitCode: code, stdout, stderr } = load;
  await assertRight({ code, stdout, stderr, results: join(folder.path, 'results', results[0] ?? '') });
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
