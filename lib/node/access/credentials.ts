import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ACCESS_SETTINGS, type Credentials, credentialsOf } from '../../core/access/node-user.ts';
import { flagOf, parseSettings, SETTINGS, type SettingName, type SettingNaming } from '../../core/settings/settings.ts';
import { writeAtomically } from '../system/files.ts';
import { WORK_FOLDER } from '../system/paths.ts';

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

/** Variables that name a user of external nodes, and where a run may work there. */
export const USER_VARIABLES = (['user', 'pass', ...ACCESS_SETTINGS] as const).map((name) => SETTINGS[name].env);

/** What flags say of the user of external nodes, by variable. @param typed values of flags by the names of their settings */
export const accessFlags = (typed: object): Readonly<Record<string, string>> => {
  const values = new Map(Object.entries(typed));
  return Object.fromEntries(
    ACCESS_SETTINGS.flatMap((name) => (values.has(name) ? [[SETTINGS[name].env, String(values.get(name))]] : [])),
  );
};

/**
 * The user of nodes that are not ours: by flags, else by the environment, else by `.env`; undefined if none is named.
 * @param flags variables that were typed as flags
 * @throws SettingsError
 */
export async function externalUser(
  env: NodeJS.ProcessEnv,
  flags: Readonly<Record<string, string>> = {},
): Promise<Credentials | undefined> {
  const known = { ...(await readEnvFile()), ...env, ...flags };
  const named = Object.fromEntries(USER_VARIABLES.map((name) => [name, known[name]]));
  const isNamed = (named[SETTINGS.user.env] && named[SETTINGS.pass.env]) || named[SETTINGS.accessVariables.env];
  return isNamed ? credentialsOf(parseSettings(named, nameOf(flags)), nameOf(flags)) : undefined;
}

/** The flag that was typed, else the variable. */
const nameOf =
  (flags: Readonly<Record<string, string>>): SettingNaming =>
  (name: SettingName) => {
    const { env } = SETTINGS[name];
    return flags[env] === undefined ? env : (flagOf(SETTINGS[name]) ?? env);
  };

/** Settings of k6 for a user, by variable; empty texts take away what the environment has. */
export const userEnvironment = (credentials: Credentials): Readonly<Record<string, string>> => ({
  [SETTINGS.user.env]: credentials.user,
  [SETTINGS.pass.env]: credentials.pass,
  [SETTINGS.authLevel.env]: credentials.level ?? '',
  [SETTINGS.namespace.env]: credentials.namespace ?? '',
  [SETTINGS.database.env]: credentials.database ?? '',
  [SETTINGS.access.env]: credentials.access ?? '',
  [SETTINGS.accessVariables.env]: credentials.variables === undefined ? '' : JSON.stringify(credentials.variables),
});

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
