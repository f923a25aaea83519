// Nodes behind https, with a certificate that only a CA file vouches for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { load, startScript } from '../support/commands.ts';
import { type HttpsNode, NO_OPENSSL, startHttps } from '../support/https.ts';
import { credentialsOf, NO_SURREAL, type Server, startServers } from '../support/servers.ts';

describe('https nodes with a CA file', { skip: NO_SURREAL || NO_OPENSSL }, () => {
  let server: Server;
  let node: HttpsNode;
  let credentials: Record<string, string>;
  before(async () => {
    server = await startServers();
    node = await startHttps(server.nodes[0]?.url ?? '');
    credentials = credentialsOf(server);
  });
  after(async () => {
    await node[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('load: the suite and k6 trust it, by --ca or SURREAL_CA', async () => {
    const args = ['writes', '--nodes', node.url, '--rate', '50', '--duration', '2s'];
    const byFlag = await load([...args, '--ca', node.ca], credentials);
    assert.match(byFlag.stdout, /checker writes: valid/, byFlag.stdout + byFlag.stderr);
    assert.match(byFlag.stderr, /run .* --ca /);
    assert.match(byFlag.stdout, /[✓✗] +PR-004 .* MB/, 'memory by way of /metrics');
    const byVariable = await load(args, { ...credentials, SURREAL_CA: node.ca });
    assert.match(byVariable.stdout, /checker writes: valid/, byVariable.stdout + byVariable.stderr);
  });

  test('without it, the cause is named', async () => {
    const { code, stderr } = await load(['writes', '--nodes', node.url], credentials);
    assert.equal(code, 1);
    assert.match(stderr, /https:\/\/127\.0\.0\.1:\d+ cannot be reached: .*certificate/);
  });

  test('a CA file that is none is wrong usage', async () => {
    for (const [file, says] of [
      ['/nowhere.pem', /CA file \/nowhere\.pem cannot be read: ENOENT/],
      ['package.json', /CA file package\.json contains no certificate/],
    ] as const) {
      const { code, stderr } = await load(['writes', '--nodes', node.url, '--ca', file], credentials);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    }
  });

  test('cluster check', async () => {
    const args = ['check', '--nodes', `${node.url},${server.nodes[0]?.url}`, '--ca', node.ca];
    const { code, stdout, stderr } = await startScript('cluster', args, credentials).result;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /One cluster: 12 operations on 2 pairs/);
  });

  test('schema deploy', async () => {
    const args = ['deploy', 'writes', '--nodes', node.url, '--ca', node.ca];
    const { code, stdout, stderr } = await startScript('schema', args, credentials).result;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /✓ https:/);
  });
});
