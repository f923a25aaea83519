import { randomBytes } from 'node:crypto';
import { type Credentials, kindOf, type UserKind } from '../../core/access/node-user.ts';
import { type Namespace, placeOf } from '../../core/access/run-place.ts';
import type { Progress } from '../cli/progress.ts';
import { withNode } from './connection.ts';
import { definitions, deployFile, enter, quoted } from './deploy.ts';
import { compareDefinitions, type Differences } from './schema-differences.ts';
import type { SchemaFile } from './schema-files.ts';

export interface SchemaRequest {
  /** Base URLs of the nodes; what is written goes to the first. */
  readonly nodes: readonly string[];
  readonly credentials: Credentials;
  readonly place: Namespace;
  readonly files: readonly SchemaFile[];
}

/** Runs the files one after the other; those that are idempotent may be deployed any number of times. @throws Failure */
export function deploy({ nodes, credentials, place, files }: SchemaRequest, progress: Progress): Promise<void> {
  return withNode(firstOf(nodes), credentials, async (db) => {
    await enter(db, place, kindOf(credentials));
    for (const file of files) {
      const started = performance.now();
      const statements = await deployFile(db, file);
      progress.say(`✓ ${file.path}  ${statements} statements, ${Math.round(performance.now() - started)} ms`);
    }
  });
}

/**
 * Compares what each node has with what the files define. What they define is asked of the server itself: they are
 * deployed to a database of their own, which is removed afterwards. So definitions are compared as the server writes them.
 * A database user cannot create that database.
 * @throws Failure
 */
export async function verify(request: SchemaRequest): Promise<Map<string, Differences>> {
  const { nodes, credentials, place, files } = request;
  const user = kindOf(credentials);
  const scratchName = `schema_${randomBytes(8).toString('hex')}`;
  const scratch = placeOf(user === 'root' ? {} : { namespace: place.namespace }, scratchName, 'wanted');
  const wanted = await withNode(firstOf(nodes), credentials, async (db) => {
    try {
      await enter(db, scratch, user);
      for (const file of files) await deployFile(db, file);
      return await definitions(db);
    } finally {
      const [kind, name] = user === 'root' ? ['NAMESPACE', scratch.namespace] : ['DATABASE', scratch.database];
      await db.query(`REMOVE ${kind} IF EXISTS ${quoted(name)}`);
    }
  });
  const found = new Map<string, Differences>();
  for (const url of nodes)
    found.set(
      url,
      await withNode(url, credentials, async (db) => {
        const there = await exists(db, place, user);
        if (there) await db.use(place);
        return compareDefinitions(wanted, there ? await definitions(db) : new Map());
      }),
    );
  return found;
}

/** Removes the database with everything in it, and nothing else. @returns whether it was there @throws Failure */
export function drop({ nodes, credentials, place }: Omit<SchemaRequest, 'files'>): Promise<boolean> {
  return withNode(firstOf(nodes), credentials, async (db) => {
    if (!(await exists(db, place, kindOf(credentials)))) return false;
    await db.use({ namespace: place.namespace });
    await db.query(`REMOVE DATABASE IF EXISTS ${quoted(place.database)}`);
    return true;
  });
}

/** Whether a database is there; to look into one that is not would make it. */
async function exists(
  db: Parameters<typeof definitions>[0],
  { namespace, database }: Namespace,
  user: UserKind,
): Promise<boolean> {
  if (user === 'root') {
    const [root] = await db.query<[{ namespaces: Record<string, string> }]>('INFO FOR ROOT');
    if (!(namespace in root.namespaces)) return false;
  }
  await db.use({ namespace });
  const [info] = await db.query<[{ databases: Record<string, string> }]>('INFO FOR NS');
  return database in info.databases;
}

function firstOf(nodes: readonly string[]): string {
  const [first] = nodes;
  if (first === undefined) throw new Error('there is at least one node');
  return first;
}
