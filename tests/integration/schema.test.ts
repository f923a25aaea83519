// `npm run schema` against a real server.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { withNode } from '../../lib/node/schema/connection.ts';
import { deploy } from '../../lib/node/schema/schema.ts';
import { type Result, startScript } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, type Server, startServers } from '../support/servers.ts';

const PLACE = ['--namespace', 'schema_test', '--database', 'one'];

describe('schema', { skip: NO_SURREAL }, () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = await startServers();
    url = server.nodes[0]?.url ?? '';
  });
  after(() => server[Symbol.asyncDispose]());
  const schema = (...args: string[]): Promise<Result> =>
    startScript('schema', [...args, '--nodes', url, ...PLACE], credentialsOf(server)).result;
  const query = (text: string) =>
    withNode(url, server.credentials, async (db) => {
      await db.use({ namespace: 'schema_test', database: 'one' });
      return db.query(text);
    });

  test('deploy runs every file with a line each, and verifies; again, it changes nothing', async () => {
    const files = (await readdir('schemas')).filter((file) => file.endsWith('.surql'));
    for (let time = 0; time < 2; time++) {
      const { code, stdout, stderr } = await schema('deploy');
      assert.equal(code, 0, stdout + stderr);
      for (const file of files) assert.match(stderr, new RegExp(`✓ schemas/${file} +\\d+ statements, \\d+ ms`));
      assert.match(stdout, new RegExp(`schema_test\\.one matches ${files.length} schema files on 1 node\\.`));
    }
  });

  test('verify finds what is missing and what is otherwise, and what is in no file is not a fault', async () => {
    await query(
      'REMOVE FIELD payload ON writes; DEFINE FIELD OVERWRITE number ON writes TYPE string; DEFINE TABLE mine;',
    );
    const { code, stdout } = await schema('verify', 'writes');
    assert.equal(code, 99, stdout);
    assert.match(stdout, /✗ field writes\.payload is missing/);
    assert.match(stdout, /✗ field writes\.number differs\s+files: .*TYPE int.*\s+database: .*TYPE string/);
    assert.match(stdout, /– table mine is in no file/);
    const redeployed = await schema('deploy', 'writes');
    assert.equal(redeployed.code, 99, 'IF NOT EXISTS leaves the other type as it is, and verify says so');
    assert.ok(!/payload is missing/.test(redeployed.stdout));
  });

  test('a syntax error names file and line', async () => {
    const files = [{ path: 'schemas/mine.surql', text: 'DEFINE TABLE a;\n\nDEFINE FIELD oops ON ON a TYPE int;\n' }];
    const place = { namespace: 'schema_test', database: 'two' };
    const request = { nodes: [url], credentials: server.credentials, place, files };
    await assert.rejects(deploy(request, { say: () => {} }), /schemas\/mine\.surql:3:\d+: .*Unexpected token/s);
    const refused = [{ path: 'schemas/mine.surql', text: 'DEFINE TABLE a;\nDEFINE TABLE a;\n' }];
    await assert.rejects(
      deploy({ ...request, files: refused }, { say: () => {} }),
      /schemas\/mine\.surql: statement 2 was refused: .*already exists/,
    );
  });

  test('drop asks, and removes that database alone', async () => {
    const asked = await schema('drop');
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /Use --yes/);
    const { code, stdout } = await schema('drop', '--yes');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Removed database schema_test\.one\./);
    const [info] = await withNode(url, server.credentials, async (db) => {
      await db.use({ namespace: 'schema_test' });
      return db.query<[{ databases: Record<string, string> }]>('INFO FOR NS');
    });
    assert.deepEqual(Object.keys(info.databases), ['two']);
    assert.match((await schema('drop', '--yes')).stdout, /Database schema_test\.one does not exist/);
  });

  test('verify leaves no database behind, not even the one it was asked about', async () => {
    const { code, stdout } = await schema('verify', 'bank');
    assert.equal(code, 99);
    assert.match(stdout, /✗ table account is missing/);
    const [root] = await withNode(url, server.credentials, (db) =>
      db.query<[{ namespaces: Record<string, string> }]>('INFO FOR ROOT'),
    );
    assert.deepEqual(Object.keys(root.namespaces).sort(), ['main', 'schema_test']);
  });

  test('wrong names and credentials are reported', async () => {
    const unknown = await schema('deploy', 'blogg');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /There is no schema "blogg"\. Schemas are: .*writes/);
    const env = { ...credentialsOf(server), SURREAL_PASS: 'wrong-one' };
    const refused = await startScript('schema', ['verify', '--nodes', url], env).result;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /refused root user "root".*SURREAL_PASS/);
    assert.ok(!refused.stderr.includes('wrong-one'));
  });
});
