import { setTimeout as sleep } from 'node:timers/promises';
import { type Surreal, surql } from 'surrealdb';
import type { UserKind } from '../../core/access/node-user.ts';
import type { Namespace } from '../../core/access/run-place.ts';
import { Failure } from '../cli/errors.ts';
import type { SchemaFile } from './schema-files.ts';

/** Definitions meet conflicts with the engine's own bookkeeping; where they are idempotent they may be repeated. */
const ATTEMPTS = 10;
const PAUSE_MS = 20;

/** Goes into a database, and creates it if the user may: users of a namespace or database are in one that exists. @throws Failure */
export async function enter(db: Surreal, { namespace, database }: Namespace, user: UserKind): Promise<void> {
  await settled(async () => {
    if (user === 'root') await db.query(`DEFINE NAMESPACE IF NOT EXISTS ${quoted(namespace)};`);
    await db.use({ namespace });
    if (user !== 'database') await db.query(`DEFINE DATABASE IF NOT EXISTS ${quoted(database)};`);
    await db.use({ namespace, database });
  });
}

/** A name of whatever letters, safe in a statement. @throws Failure where it could end the quotes */
export function quoted(name: string): string {
  if (/[`\\]/.test(name))
    throw new Failure(`"${name}" is no name for a namespace or database: it has a backtick or backslash.`);
  return `\`${name}\``;
}

/**
 * Runs the statements of a file.
 * @returns how many there were
 * @throws Failure naming the file, and the line of a syntax error or the number of the statement that was refused
 */
export async function deployFile(db: Surreal, { path, text }: SchemaFile): Promise<number> {
  return settled(async () => {
    const responses = await db
      .query(text)
      .responses()
      .catch((error: Error) => {
        throw new Failure(parseFailure(path, error.message));
      });
    for (const [index, response] of responses.entries())
      if (!response.success)
        throw new Failure(`${path}: statement ${index + 1} was refused: ${response.error.message}`);
    return responses.length;
  });
}

/** The server gives the place of a syntax error as `--> [LINE:COLUMN]`. */
export function parseFailure(path: string, message: string): string {
  const [, line, column] = /-->\s*\[(\d+):(\d+)\]/.exec(message) ?? [];
  return line === undefined ? `${path}: ${message}` : `${path}:${line}:${column}: ${message}`;
}

async function settled<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const retryable = error instanceof Error && /conflict/i.test(error.message);
      if (!retryable || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** All definitions of the database that the connection is in, by what they define: `table post`, `field post.title`. */
export async function definitions(db: Surreal): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const add = (info: Info, suffix: string) => {
    for (const [kind, entries] of Object.entries(info))
      for (const [name, definition] of Object.entries(entries ?? {}))
        found.set(`${SINGULAR[kind] ?? kind} ${suffix}${name}`, String(definition));
  };
  const [database] = await db.query<[Info]>(surql`INFO FOR DB`);
  add(database, '');
  for (const table of Object.keys(database.tables ?? {})) {
    // Views of a table are listed as its tables; they are tables of the database as well.
    const [{ lives: _lives, tables: _tables, ...info }] = await db.query<[Info]>(`INFO FOR TABLE ${quoted(table)}`);
    add(info, `${table}.`);
  }
  return found;
}

type Info = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

const SINGULAR: Readonly<Record<string, string>> = {
  accesses: 'access',
  analyzers: 'analyzer',
  functions: 'function',
  params: 'param',
  tables: 'table',
  users: 'user',
  fields: 'field',
  indexes: 'index',
  events: 'event',
  configs: 'config',
};
