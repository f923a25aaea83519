// k6 as an image sees two folders of the host and no other: what users name elsewhere has to reach it all the same.
import assert from 'node:assert/strict';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { which } from 'zx';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { assertRight } from '../support/answers.ts';
import { load, SHORT, temporaryFolder } from '../support/commands.ts';

/** Stands in for Docker: starts k6 with the variables that are handed on, where all files that they name are mounted. */
const DOCKER = (k6: string) => `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const args = process.argv.slice(2);
if (args[0] === 'version') console.log('28.0.0');
if (args[0] !== 'run') process.exit(0);
const after = (flag) => args.flatMap((arg, index) => (arg === flag ? [args[index + 1]] : []));
const mounts = after('--mount').map((mount) => /target=([^,]*)/.exec(mount)[1]);
const env = Object.fromEntries(after('--env').map((name) => [name, process.env[name]]));
for (const name of ['LOAD_THRESHOLDS', 'LOAD_SCHEMA', 'SSL_CERT_FILE'])
  if (env[name] !== undefined && !mounts.includes(env[name])) {
    console.error(name + ' names ' + env[name] + ', which is not mounted');
    process.exit(1);
  }
const ofK6 = args.slice(args.findIndex((arg) => arg.startsWith('grafana/k6')) + 1);
process.exit(spawnSync(${JSON.stringify(k6)}, ofK6, { env, stdio: 'inherit' }).status ?? 1);
`;

test('files of somebody’s own reach k6 in its container', async () => {
  await using folder = await temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  const k6 = await findK6({ say: () => {} });
  await writeFile(file('docker'), DOCKER(k6.location), { mode: 0o755 });
  // Nothing but Docker is found: neither a k6 nor Go to build one.
  for (const name of ['bash', 'git', 'ps']) await symlink(await which(name), file(name));
  await symlink(process.execPath, file('node'));
  const tables = await readFile(join(PROJECT_ROOT, 'schemas', 'writes.surql'), 'utf8');
  await writeFile(file('tables.surql'), `${tables}\nDEFINE TABLE tables_of_my_own;`);
  const limit = { requirement: 'MY-001', title: 'my own limit', kind: 'performance', metric: 'iterations' };
  await writeFile(
    file('limits.json'),
    JSON.stringify({ limits: [{ ...limit, statistic: 'count', comparison: '>', limit: 1, unit: '' }] }),
  );
  const args = [
    'writes',
    '--target',
    'embedded',
    '--thresholds',
    file('limits.json'),
    '--schema',
    file('tables.surql'),
  ];
  const env = { PATH: folder.path, K6_BIN: '', SURREALDB_LOAD_CACHE: file('cache') };
  const result = await load([...args, ...SHORT], env);
  await assertRight(result);
  const { stdout, stderr } = result;
  assert.match(stderr, /^k6 +2\.\S+ \(image\)/m);
  assert.match(stdout, /✓ +MY-001 +my own limit/);
});
