// Tokens expire during a run: users must renew them in time.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunSummary } from '../../lib/core/summary.ts';
import { signIn } from '../../lib/node/targets/http.ts';
import { load } from '../support/commands.ts';
import { NO_SURREAL, startServers } from '../support/servers.ts';

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
  const { stdout, results = '' } = await load(['writes', '--nodes', url, '--rate', '60', '--duration', '6s'], user);
  assert.match(stdout, /checker writes: valid/);
  const { metrics } = JSON.parse(await readFile(join(results, 'summary.json'), 'utf8')) as RunSummary;
  assert.equal(metrics['operation_errors{scenario:writes,outcome:failed}']?.count ?? 0, 0);
  // 20 users over some 12 s: more requests than operations, pages and set-up explain.
  const signIns = (metrics.http_reqs?.count ?? 0) - (metrics.operation_duration?.count ?? 0);
  assert.ok(signIns > 50, `${signIns}`);
});
