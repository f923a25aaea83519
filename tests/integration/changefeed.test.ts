// A run of changefeed as a user starts it: its checker takes most of the history while that is read, the report needs all of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAULTS } from '../faulty/faults.ts';
import { type Fault, startFaultyServer } from '../faulty/proxy.ts';
import { load, SHORT } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

/** Loses entries, and keeps others for too short a time. */
const loses = FAULTS['feed-lose'](50);
const expires = FAULTS['feed-expire']();
const both: Fault = (exchange, forward) =>
  expires(exchange, (changed) => loses({ ...exchange, ...changed }, () => forward(changed)));

/** The server collects garbage often enough for a short run. */
const OFTEN = { SURREAL_CHANGEFEED_GC_INTERVAL: '1s' };

test('a feed that lost entries, or kept them too short a time, fails the run; its report shows their life', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers('memory', 1, undefined, OFTEN);
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', both);
  // A position has to expire within the run.
  const result = await load(['changefeed', '--nodes', liar.url, ...SHORT, '--duration', '8s'], credentialsOf(server));
  await liar.close();
  assert.equal(result.code, 99, result.stdout + result.stderr);
  assert.match(result.stdout, /^checker changefeed: invalid\. .*\d+ × lost/m);
  assert.match(result.stdout, /^checker changefeed: invalid\. .*\d+ × expired early/m);
  assert.doesNotMatch(result.stdout, /not seen: .*expired position/);
  const report = await readFile(join(result.results ?? '', 'report.html'), 'utf8');
  assert.match(report, /lost \(checker changefeed\)/);
  assert.match(report, /Life of t\w+ on each node/);
});
