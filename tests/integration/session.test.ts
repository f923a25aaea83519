// Tokens expire or are refused during a run: users must get others.
// Exclusive use of the machine: tokens that live four seconds must be renewed in time.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { signIn } from '../../lib/node/targets/http.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { load } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

test('tokens that live four seconds: every user renews its own, and no operation fails', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const url = server.nodes[0]?.url ?? '';
  const user = { SURREAL_USER: 'short', SURREAL_PASS: 'lived' };
  await fetch(`${url}/sql`, {
    method: 'POST',
    headers: { Accept: 'application/json', Authorization: `Bearer ${await signIn(url, server.credentials)}` },
    body: `DEFINE USER short ON ROOT PASSWORD 'lived' ROLES OWNER DURATION FOR TOKEN 4s`,
  });
  const { stdout, results = '' } = await load(['writes', '--nodes', url, '--rate', '60', '--duration', '10s'], user);
  assert.match(stdout, /checker writes: valid/);
  const { metrics } = JSON.parse(await readFile(join(results, 'summary.json'), 'utf8')) as RunSummary;
  assert.equal(metrics['operation_errors{scenario:writes,outcome:failed}']?.count ?? 0, 0);
  // 20 users over some 12 s: more requests than operations, pages and set-up explain.
  const signIns = (metrics.http_reqs?.count ?? 0) - (metrics.operation_duration?.count ?? 0);
  assert.ok(signIns > 50, `${signIns}`);
});

test('a token that is suddenly refused: every user that gets it signs in again, and its later operations are carried out', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const strict = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['refuse-token'](200));
  const args = ['writes', '--nodes', strict.url, '--vus', '4', '--duration', '4s'];
  const { code, stdout, results = '' } = await load(args, credentialsOf(server));
  await strict.close();
  assert.equal(code, 99, stdout);
  assert.match(stdout, /^FAIL: SC-002 broken: operations that failed\./m);
  assert.match(stdout, /checker writes: valid/);
  const { operations } = await readHistory(join(results, 'history.ndjson.gz'));
  const creates = operations.filter(({ f }) => f === 'create');
  const refused = new Set(creates.filter(({ error }) => error === 'auth').map(({ process }) => process));
  assert.ok(refused.size > 0, stdout);
  for (const user of refused)
    assert.equal(creates.findLast(({ process }) => process === user)?.outcome, 'ok', `user ${user}`);
});
