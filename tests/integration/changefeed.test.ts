// A run of changefeed as a user starts it: its checker takes most of the history while that is read, the report needs all of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { load, SHORT } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

test('a feed that lost entries fails the run, and its report shows their life', { skip: NO_SURREAL }, async () => {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['feed-lose'](50));
  const result = await load(['changefeed', '--nodes', liar.url, ...SHORT], credentialsOf(server));
  await liar.close();
  assert.equal(result.code, 99, result.stdout + result.stderr);
  assert.match(result.stdout, /^checker changefeed: invalid\. .*\d+ × lost/m);
  const report = await readFile(join(result.results ?? '', 'report.html'), 'utf8');
  assert.match(report, /lost \(checker changefeed\)/);
  assert.match(report, /Life of t\w+ on each node/);
});
