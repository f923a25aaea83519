// Clusters of others, without a root user: each kind of user loads where it may, leaves what was there alone, and learns before
// the load what it may not do.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from '../../lib/node/cluster/sql.ts';
import { cacheFolder, PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { signIn } from '../../lib/node/targets/http.ts';
import { assertRight } from '../support/answers.ts';
import { type Result, SHORT, startCommand, startScript, temporaryFolder } from '../support/commands.ts';
import { NO_SURREAL, type Server, startServers } from '../support/servers.ts';

/** What the owner of the cluster has: a database with its data, and users. */
const THEIRS = `
DEFINE NAMESPACE shop; USE NS shop; DEFINE DATABASE prod; DEFINE DATABASE test;
DEFINE USER ns_editor ON NAMESPACE PASSWORD 'pw' ROLES EDITOR;
DEFINE USER ns_viewer ON NAMESPACE PASSWORD 'pw' ROLES VIEWER;
USE DB prod;
DEFINE USER db_editor ON DATABASE PASSWORD 'pw' ROLES EDITOR;
DEFINE USER db_viewer ON DATABASE PASSWORD 'pw' ROLES VIEWER;
DEFINE TABLE customer PERMISSIONS NONE;
CREATE customer:ann SET user = 'ann', pass = crypto::argon2::generate('pw');
DEFINE ACCESS customer ON DATABASE TYPE RECORD
  SIGNIN (SELECT * FROM customer WHERE user = $user AND crypto::argon2::compare(pass, $pass));
DEFINE TABLE note PERMISSIONS FULL;
DEFINE TABLE secret PERMISSIONS FOR select FULL FOR create, update, delete NONE;`;

const workload = (table: string): string => `
schema: DEFINE TABLE ${table} SCHEMALESS;
operations:
  write:
    weight: 100
    with: { note: { new: ${table} }, text: { string: 20 } }
    query: CREATE $note SET text = $text
verify: written
`;

describe('users of external clusters', { skip: NO_SURREAL, concurrency: false }, () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let before_: string;

  before(async () => {
    server = await startServers();
    folder = await temporaryFolder();
    await ask('', THEIRS);
    for (const table of ['note', 'secret']) await writeFile(join(folder.path, `${table}.yaml`), workload(table));
    before_ = await definitions();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function ask(database: string, text: string): Promise<unknown> {
    const url = server.nodes[0]?.url ?? '';
    const token = await signIn(url, server.credentials);
    return sql({ url, token, ...(database === '' ? {} : { namespace: 'shop', database }) }, text);
  }

  /** Everything that is defined in the cluster, and its data. */
  const definitions = async (): Promise<string> =>
    JSON.stringify(
      await ask(
        'prod',
        `LET $root = INFO FOR ROOT; LET $ns = INFO FOR NS; LET $db = INFO FOR DB;
        RETURN [$root.namespaces, $ns.databases, $db, SELECT * FROM customer, note, secret]`,
      ),
    );

  function load(what: string, user: string, ...flags: string[]): Promise<Result> {
    const args = [what, '--nodes', server.nodes[0]?.url ?? '', ...SHORT, ...flags];
    return startScript('load', args, { SURREAL_USER: user, SURREAL_PASS: 'pw' }).result;
  }
  const inProd = ['--namespace', 'shop', '--database', 'prod'];

  async function passes(result: Result): Promise<void> {
    await assertRight(result);
    assert.equal(await definitions(), before_, 'only what the run created is removed, and all of it');
  }

  async function refused(result: Result, message: RegExp): Promise<void> {
    assert.match(result.stderr, message);
    assert.notEqual(result.code, 0);
    assert.doesNotMatch(result.stderr, /^\s+at /m);
    assert.equal(await definitions(), before_);
  }

  test('a namespace user works in a database of the run', async () => {
    await passes(await load('writes', 'ns_editor', '--auth-level', 'namespace', '--namespace', 'shop'));
  });

  test("a database user works in its database, as .env in the user's folder says", async () => {
    const user = { SURREAL_USER: 'db_editor', SURREAL_PASS: 'pw', SURREAL_AUTH_LEVEL: 'database' };
    const env = Object.entries({ ...user, SURREAL_NAMESPACE: 'shop', SURREAL_DATABASE: 'prod' });
    await writeFile(join(folder.path, '.env'), env.map(([name, value]) => `${name}=${value}\n`).join(''));
    const program = join(PROJECT_ROOT, 'bin', 'surrealdb-load.mjs');
    const args = [program, 'load', 'writes', '--nodes', server.nodes[0]?.url ?? '', ...SHORT];
    const result = await startCommand(process.execPath, args, { SURREALDB_LOAD_CACHE: cacheFolder() }, folder.path)
      .result;
    await passes({ ...result, results: join(folder.path, result.results ?? '') });
    assert.equal((await readdir(join(folder.path, 'results'))).length, 1);
  });

  test('a record user works in tables that let it', async () => {
    await passes(await load(join(folder.path, 'note.yaml'), 'ann', '--access', 'customer', ...inProd));
  });

  test('what a user may not do is said before the load', async () => {
    const viewer = await load('writes', 'ns_viewer', '--auth-level', 'namespace', '--namespace', 'shop');
    await refused(viewer, /namespace user "ns_viewer" could not create database .* in namespace shop: .*role EDITOR/);
    const reader = await load('writes', 'db_viewer', '--auth-level', 'database', ...inProd);
    await refused(reader, /database user "db_viewer" may not define anything in database prod.*role EDITOR/);
    const writer = await load(join(folder.path, 'secret.yaml'), 'ann', '--access', 'customer', ...inProd);
    await refused(writer, /record user cannot do write: secret:u0n0, which it creates, is not there.*PERMISSIONS/);
    const scenario = await load('writes', 'ann', '--access', 'customer', ...inProd);
    await refused(scenario, /record user of access method "customer" may not define the tables of this scenario/);
  });

  test('a run changes no table that is there, and no user signs in by the wrong level', async () => {
    const note = await load(join(folder.path, 'note.yaml'), 'db_editor', '--auth-level', 'database', ...inProd);
    await refused(note, /Database prod of namespace shop has note \(tables\) already/);
    await refused(await load('writes', 'db_editor', ...inProd), /refused root user "db_editor" .*SURREAL_AUTH_LEVEL/);
    const missing = ['--namespace', 'nowhere'];
    const url = server.nodes[0]?.url ?? '';
    const root = startScript('load', ['writes', '--nodes', url, ...missing], {
      SURREAL_USER: server.credentials.user,
      SURREAL_PASS: server.credentials.pass,
    });
    await refused(await root.result, /There is no namespace nowhere/);
  });
});
