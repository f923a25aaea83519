import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { writeAtomically } from './files.ts';
import { PROJECT_ROOT } from './paths.ts';

/** A root user of the nodes. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

const ENV_FILE = join(PROJECT_ROOT, '.env');

/** For a server that forgets everything when it ends. */
export const freshCredentials = (): Credentials => ({ user: 'root', pass: randomBytes(18).toString('base64url') });

/**
 * For a store that outlives its servers, and so remembers its root user: those of the environment, else of `.env`, which
 * is made with a random password where there is none.
 */
export async function lastingCredentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials> {
  const text = await readFile(ENV_FILE, 'utf8').catch(() => '');
  const { SURREAL_USER: user, SURREAL_PASS: pass } = { ...parseEnv(text), ...env };
  if (user && pass) return { user, pass };
  const fresh = freshCredentials();
  await writeAtomically(ENV_FILE, `${text}SURREAL_USER=${fresh.user}\nSURREAL_PASS=${fresh.pass}\n`, 0o600);
  return fresh;
}
