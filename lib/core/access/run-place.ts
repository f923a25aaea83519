import type { Definition } from './definitions.ts';
import { type Credentials, kindOf } from './node-user.ts';

/** A database by its names. */
export interface Namespace {
  readonly namespace: string;
  readonly database: string;
}

/** The database that a run uses for a scenario. */
export interface RunDatabase {
  /** Name of what the run creates. */
  readonly run: string;
  readonly place: Namespace;
}

type Given = Pick<Credentials, 'namespace' | 'database'>;

const quoted = (name: string): string => `\`${name}\``;

/**
 * The database that a run uses for one of its scenarios: in a namespace of its own; in a namespace that is given, a database of
 * its own; or the database that is given.
 * @param run a name that no other run has
 */
export function placeOf({ namespace, database }: Given, run: string, part: string): Namespace {
  if (namespace === undefined) return { namespace: run, database: part };
  return { namespace, database: database ?? `${run}_${part}` };
}

/** A database of a run beside that of a scenario, which is removed with it. Where the database is given, a run creates no other one. */
export const databaseBeside = (database: string, name: string): string => `${database}_${name}`;

/**
 * How to look for what is given, which a run must find: SurrealDB creates a namespace or database by its mere use. A user of a
 * namespace or database cannot sign in if that does not exist.
 */
export function looksForGiven(credentials: Credentials): readonly GivenLook[] {
  const { namespace, database } = credentials;
  const kind = kindOf(credentials);
  const of = (what: GivenLook['what'], name: string | undefined, look: string, key: string): GivenLook[] =>
    name === undefined
      ? []
      : [
          {
            what,
            look,
            missing: (seen) =>
              (seen as Record<string, Record<string, string>>)[key]?.[name] === undefined
                ? `There is no ${what} ${name}. Define it first, or leave it out: a run creates one of its own.`
                : undefined,
          },
        ];
  return [
    ...(kind === 'root' ? of('namespace', namespace, 'INFO FOR ROOT', 'namespaces') : []),
    ...(kind === 'root' || kind === 'namespace' ? of('database', database, 'INFO FOR NS', 'databases') : []),
  ];
}

interface GivenLook {
  readonly what: 'namespace' | 'database';
  readonly look: string;
  /** @param seen result of `look` @returns what is wrong, and what to do; undefined if it is there */
  readonly missing: (seen: unknown) => string | undefined;
}

/** Statements that create a new database, and its namespace unless that is given. They may be repeated. */
export function creationOf(given: Given, { namespace, database }: Namespace): string {
  const createDatabase = `DEFINE DATABASE IF NOT EXISTS ${quoted(database)};`;
  if (given.namespace !== undefined) return createDatabase;
  return `DEFINE NAMESPACE IF NOT EXISTS ${quoted(namespace)}; USE NS ${quoted(namespace)}; ${createDatabase}`;
}

/** A parameter of a given database that keeps what the run removes, so that it is known also after the run was killed. */
const noteOf = (run: string): string => `$${run}`;

/** In a given database, the table by which faults look when all nodes answer the same. */
export const probeTable = (run: string): string => `${run}_probe`;

/** Statement that notes in a given database what a run is about to define there. */
export const noteStatement = (run: string, definitions: readonly Definition[]): string =>
  `DEFINE PARAM OVERWRITE ${noteOf(run)} VALUE ${JSON.stringify(definitions.map(({ removal }) => removal))} PERMISSIONS NONE;`;

/** How a run removes what it created, in two requests: the second depends on the answer of the first. */
export interface Removal {
  readonly look: string;
  /** @param seen result of `look` @returns statements; empty if there is nothing to remove */
  readonly remove: (seen: unknown) => string;
}

/** Removes what the run created, and nothing that was given. It may be repeated. */
export function removalOf({ namespace, database }: Given, run: string): Removal {
  if (namespace === undefined)
    return { look: 'RETURN NONE', remove: () => `REMOVE NAMESPACE IF EXISTS ${quoted(run)};` };
  if (database === undefined)
    return {
      look: 'INFO FOR NS',
      remove: (seen) =>
        Object.keys((seen as { databases?: Record<string, string> } | null)?.databases ?? {})
          .filter((name) => name.startsWith(`${run}_`))
          .map((name) => `REMOVE DATABASE IF EXISTS ${quoted(name)};`)
          .join(' '),
    };
  return {
    look: `RETURN ${noteOf(run)}`,
    remove: (seen) =>
      Array.isArray(seen)
        ? [...seen, `REMOVE TABLE IF EXISTS ${probeTable(run)}`, `REMOVE PARAM IF EXISTS ${noteOf(run)}`]
            .map((text) => `${text};`)
            .join(' ')
        : '',
  };
}
