import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { which } from 'zx';
import { Child } from '../../lib/node/process/child.ts';
import { findSurreal } from '../../lib/node/programs/find-program.ts';
import type { Program } from '../../lib/node/programs/program.ts';
import { startNative } from '../../lib/node/targets/native-target.ts';
import type { NodeSettings } from '../../lib/node/targets/node-settings.ts';
import { portsFrom } from '../../lib/node/targets/ports.ts';
import type { Target } from '../../lib/node/targets/target.ts';
import { temporaryFolder } from './commands.ts';

const progress = { say: () => {} };

/** The real server, or why tests of it are skipped. */
export const surreal: Program | undefined = await findSurreal(progress);
export const NO_SURREAL =
  surreal === undefined && 'SKIPPED: no `surreal` found, so nothing was tested against a real server (npm run setup)';

/** A store that several servers can share: a PD address in TEST_PD, or the program tikv-sim on PATH. */
const tikvSim = await which('tikv-sim', { nothrow: true });
const givenPd = process.env.TEST_PD;
export const NO_SHARED_STORE =
  NO_SURREAL ||
  (givenPd === undefined &&
    tikvSim === null &&
    'SKIPPED: no shared store, so nothing was tested on several nodes (set TEST_PD to HOST:PORT of a PD)');

export interface Disposable {
  [Symbol.asyncDispose](): Promise<void>;
}

export type Server = Target & Disposable;

/** Real servers on free ports: one in memory, or several over a store. */
export async function startServers(
  store = 'memory',
  nodeCount?: number,
  env: NodeJS.ProcessEnv = { SURREAL_USER: 'root', SURREAL_PASS: randomBytes(12).toString('hex') },
  nodeSettings: NodeSettings = {},
): Promise<Server> {
  if (surreal === undefined) throw new Error('tests of a real server are skipped if there is none');
  const folder = await temporaryFolder();
  const request = { choice: 'native', nodes: undefined, store, nodeCount, port: 0, nodeSettings } as const;
  const context = { progress, logs: folder.path, signal: new AbortController().signal };
  const target = await startNative(request, surreal, context, env);
  return {
    ...target,
    async [Symbol.asyncDispose]() {
      await target.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export interface SharedStore extends Disposable {
  /** As `surreal` and --store take it: tikv://HOST:PORT. */
  readonly address: string;
  /** Where faults of the store itself are switched on and off; absent if the store is external. */
  readonly admin?: string;
}

/** A store over several regions, so that transactions take the path that commits across regions. */
export async function startSharedStore(): Promise<SharedStore> {
  if (givenPd !== undefined) return { address: `tikv://${givenPd}`, [Symbol.asyncDispose]: async () => {} };
  if (tikvSim === null) throw new Error('tests on a shared store are skipped if there is none');
  const [pd = 0, admin = 0] = await portsFrom(0, 2);
  const folder = await temporaryFolder();
  const flags = [
    '-pd-addr',
    `127.0.0.1:${pd}`,
    '-stores',
    '3',
    '-tikv-addr',
    '127.0.0.1:0',
    '-admin-addr',
    `127.0.0.1:${admin}`,
  ];
  const store = await Child.start([tikvSim, ...flags, '-region-split-keys', '500'], {
    log: `${folder.path}/store.log`,
  });
  await untilAnswers(`http://127.0.0.1:${pd}/pd/api/v1/members`);
  return {
    address: `tikv://127.0.0.1:${pd}`,
    admin: `http://127.0.0.1:${admin}`,
    async [Symbol.asyncDispose]() {
      await store.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function untilAnswers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    )
      return;
    await sleep(25);
  }
  throw new Error(`${url} does not answer`);
}

/** Credentials of a target, as users pass them to one that is theirs. */
export const credentialsOf = ({ credentials }: Target): Record<string, string> => ({
  SURREAL_USER: credentials.user,
  SURREAL_PASS: credentials.pass,
});
