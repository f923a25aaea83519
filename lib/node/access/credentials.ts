import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { writeAtomically } from '../system/files.ts';
import { WORK_FOLDER } from '../system/paths.ts';

/** A root user of the nodes. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

const ENV_FILE = join(WORK_FOLDER, '.env');

/** For a server that forgets everything when it ends. */
export const freshCredentials = (): Credentials => ({ user: 'root', pass: randomBytes(18).toString('base64url') });

/**
 * For a store that outlives its servers, and so remembers its root user: those of the environment, else of `.env`, which
 * is made with a random password if there is none.
 */
export async function lastingCredentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials> {
  const known = await knownCredentials(env);
  if (known !== undefined) return known;
  const fresh = freshCredentials();
  await addToEnvFile({ SURREAL_USER: fresh.user, SURREAL_PASS: fresh.pass });
  return fresh;
}

/** Those of the environment, else of `.env`, if there are any. */
export async function knownCredentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials | undefined> {
  const { SURREAL_USER: user, SURREAL_PASS: pass } = { ...(await readEnvFile()), ...env };
  return user && pass ? { user, pass } : undefined;
}

/** The password of Grafana's `admin`: of the environment, else of `.env`, where a random one is put if there is none. */
export async function grafanaPassword(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const known = { ...(await readEnvFile()), ...env }.GRAFANA_ADMIN_PASSWORD;
  if (known) return known;
  const { pass } = freshCredentials();
  await addToEnvFile({ GRAFANA_ADMIN_PASSWORD: pass });
  return pass;
}

const readEnvFile = async (): Promise<NodeJS.Dict<string>> =>
  parseEnv(await readFile(ENV_FILE, 'utf8').catch(() => '')) as NodeJS.Dict<string>;

async function addToEnvFile(values: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(ENV_FILE, 'utf8').catch(() => '');
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}\n`);
  await writeAtomically(ENV_FILE, before + lines.join(''), 0o600);
}
