// Base images for the Dockerfile: those that it names, or, without a registry, images of what is installed on this machine.
import { copyFile, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { $, which } from 'zx';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { temporaryFolder } from './commands.ts';

const run = $({ quiet: true });
const trying = run({ nothrow: true, timeout: '30s' });
const BUSYBOX = process.platform === 'linux' ? await which('busybox', { nothrow: true }) : null;
/** Where an authority's certificate is in the made image, as a machine may have one for its registry of packages. */
const CA = '/etc/ca.pem';

const isHere = async (image: string): Promise<boolean> =>
  (await trying`docker image inspect ${image}`).exitCode === 0 || (await trying`docker pull ${image}`).exitCode === 0;

/**
 * Arguments of the Dockerfile, by name, for images that are here.
 * @param wanted the Dockerfile's own: GO_IMAGE, NODE_IMAGE
 * @returns why there are none, as a text
 */
export async function baseImages(wanted: Readonly<Record<string, string>>): Promise<Record<string, string> | string> {
  if ((await trying`docker version`).exitCode !== 0) return 'SKIPPED: no Docker daemon answers, so no image was built';
  const here = await Promise.all(Object.values(wanted).map(isHere));
  if (here.every(Boolean)) return { ...wanted };
  if (BUSYBOX === null)
    return `SKIPPED: ${Object.values(wanted).join(' or ')} cannot be pulled, and there is no busybox to make them of, so no image was built`;
  return { GO_IMAGE: await makeGoImage(), NODE_IMAGE: await makeNodeImage() };
}

/**
 * Its `go build` hands over the k6 that this machine has built of the same binaries/k6: without Go's caches a build takes two
 * minutes and all of k6's modules.
 */
async function makeGoImage(): Promise<string> {
  const k6 = await findK6({ say: () => {} });
  return imported('surrealdb-load-test-go', [], async (root) => {
    await copyFile(k6.location, join(root, 'usr/bin/k6-here'));
    const script = '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done\ncp /usr/bin/k6-here "$2"\n';
    await writeFile(join(root, 'usr/bin/go'), script, { mode: 0o755 });
  });
}

/** Node and npm as they are here, with the libraries that they need. */
function makeNodeImage(): Promise<string> {
  const ca = process.env.NODE_EXTRA_CA_CERTS;
  const changes = ca === undefined ? [] : ['--change', `ENV NODE_EXTRA_CA_CERTS=${CA}`];
  return imported('surrealdb-load-test-node', changes, async (root) => {
    if (ca !== undefined) await copyFile(ca, join(root, CA));
    await copyFile(process.execPath, join(root, 'usr/bin/node'));
    const { stdout } = await run`ldd ${process.execPath}`;
    for (const [library] of stdout.matchAll(/\/\S+/g)) {
      await mkdir(join(root, dirname(library)), { recursive: true });
      await copyFile(await realpath(library), join(root, library));
    }
    const npm = dirname(dirname(await realpath(await which('npm'))));
    await cp(npm, join(root, 'usr/lib/npm'), { recursive: true });
    await symlink('../lib/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  });
}

/** Makes an image with busybox and what else is put into its root. */
async function imported(
  name: string,
  changes: readonly string[],
  fill: (root: string) => Promise<void>,
): Promise<string> {
  await using folder = await temporaryFolder();
  const root = folder.path;
  for (const path of ['usr/bin', 'usr/local/bin', 'etc', 'proc', 'sys', 'dev', 'tmp'])
    await mkdir(join(root, path), { recursive: true });
  await run`chmod 1777 ${join(root, 'tmp')}`;
  await symlink('usr/bin', join(root, 'bin'));
  await copyFile(BUSYBOX ?? '', join(root, 'usr/bin/busybox'));
  await run`busybox --install -s ${join(root, 'usr/bin')}`;
  await fill(root);
  await run`tar --numeric-owner --owner=0 --group=0 -C ${root} -c . | docker import ${changes} - ${name}`;
  return name;
}
