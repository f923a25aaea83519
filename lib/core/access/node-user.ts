import { given } from '../given.ts';
import { type SettingNaming, type Settings, SettingsError, variableOf } from '../settings/settings.ts';

/** A user of the nodes: how it signs in, and where a run may work. */
export interface Credentials {
  readonly user: string;
  readonly pass: string;
  /** What the user is defined on; the server if absent. */
  readonly level?: 'namespace' | 'database';
  /** A namespace and a database that are there already; the run makes its own of what is absent. */
  readonly namespace?: string;
  readonly database?: string;
  /** Access method of a record user. */
  readonly access?: string;
  /** What its SIGNIN takes; `user` and `pass` if absent. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export type UserKind = 'root' | 'namespace' | 'database' | 'record';

export const kindOf = ({ access, level }: Credentials): UserKind =>
  access === undefined ? (level ?? 'root') : 'record';

/** For messages: `namespace user "loader"`, without its password. */
export const describeUser = (credentials: Credentials): string => {
  const kind = kindOf(credentials);
  return kind === 'record'
    ? `record user of access method "${credentials.access}"`
    : `${kind} user "${credentials.user}"`;
};

/** The settings that say who signs in and where. */
export const ACCESS_SETTINGS = ['namespace', 'database', 'authLevel', 'access', 'accessVariables'] as const;

type AccessSettings = Pick<Settings, 'user' | 'pass' | 'auth' | (typeof ACCESS_SETTINGS)[number]>;

/** @throws SettingsError if one of the settings needs another */
export function credentialsOf(settings: AccessSettings, nameOf: SettingNaming = variableOf): Credentials {
  const { user, pass, auth, namespace, database, authLevel, access, accessVariables: variables } = settings;
  const level = authLevel === 'root' ? undefined : authLevel;
  const isGiven = { namespace: namespace !== undefined, database: database !== undefined };
  const needs = (what: string, ...needed: ('namespace' | 'database')[]): string[] =>
    needed.filter((name) => !isGiven[name]).map((name) => `${what} needs ${nameOf(name)}.`);
  const problems = [
    ...(isGiven.database ? needs(nameOf('database'), 'namespace') : []),
    ...(level === undefined ? [] : needs(`${nameOf('authLevel')} ${level}`, 'namespace')),
    ...(level === 'database' ? needs(`${nameOf('authLevel')} ${level}`, 'database') : []),
    ...(access === undefined ? [] : needs(nameOf('access'), 'namespace', 'database')),
    ...(access !== undefined && level !== undefined
      ? [`${nameOf('access')} (a record user) and ${nameOf('authLevel')} exclude each other. Use one of them.`]
      : []),
    ...(auth === 'basic' && (access !== undefined || level !== undefined)
      ? [`${nameOf('auth')} basic takes a root user. Use ${nameOf('auth')} bearer.`]
      : []),
    ...(variables !== undefined && access === undefined
      ? [`${nameOf('accessVariables')} needs ${nameOf('access')}: they are those of its SIGNIN.`]
      : []),
  ];
  if (problems.length > 0) throw new SettingsError([...new Set(problems)].join('\n'));
  return {
    user,
    pass,
    ...given('level', level),
    ...given('namespace', namespace),
    ...given('database', database),
    ...given('access', access),
    ...given('variables', variables),
  };
}

/** What to correct if a node refuses the user. */
export const signInSettings = (credentials: Credentials): string =>
  kindOf(credentials) === 'record'
    ? "SURREAL_ACCESS_VARIABLES, or SURREAL_USER and SURREAL_PASS, to what the access method's SIGNIN takes"
    : `SURREAL_USER and SURREAL_PASS to a ${kindOf(credentials)} user's, and SURREAL_AUTH_LEVEL to what it is defined on`;

/** The body of `POST /signin`. */
export function signInBody(credentials: Credentials): Readonly<Record<string, unknown>> {
  const { user, pass, namespace: ns, database: db, access: ac, variables = { user, pass } } = credentials;
  switch (kindOf(credentials)) {
    case 'root':
      return { user, pass };
    case 'namespace':
      return { ns, user, pass };
    case 'database':
      return { ns, db, user, pass };
    case 'record':
      return { ...variables, ns, db, ac };
  }
}
