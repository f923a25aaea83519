// No false alarm: every consistency scenario on three real nodes over one store, seen by k6 alone and by its checker; behind
// the servers of faulty-consistency.test.ts, which pass everything on here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkHistory } from '../../lib/node/load/checks.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertRight } from '../support/answers.ts';
import { load, SHORT } from '../support/commands.ts';
import { BROKEN_INVARIANT, recordRun } from '../support/recorded-run.ts';
import { credentialsOf, NO_SHARED_STORE, startServers, startSharedStore } from '../support/servers.ts';

const SCENARIOS = ['bank', 'register', 'counter', 'set', 'unique', 'session', 'append', 'read-after-write'];

test('consistency scenarios on three nodes over one store', { skip: NO_SHARED_STORE }, async (context) => {
  await using store = await startSharedStore();
  await using server = await startServers(store.address, 3);
  const honest = await Promise.all(server.nodes.map(({ url }) => startFaultyServer(url, FAULTS.none())));
  const env = {
    ...credentialsOf(server),
    SURREAL_NODES: honest.map(({ url }) => url).join(','),
    LOAD_PROFILE: 'round',
    LOAD_VUS: '4',
    LOAD_DURATION: '2s',
  };
  for (const scenario of SCENARIOS)
    await context.test(scenario, async () => {
      const { output, history } = await recordRun(scenario, env);
      assert.match(output, /✓ +SC-003/);
      assert.doesNotMatch(output, BROKEN_INVARIANT);
      for (const { valid, explanation } of checkHistory(history)) assert.equal(valid, 'valid', explanation);
    });
  await Promise.all(honest.map((proxy) => proxy.close()));
});

test('embedded: a run of the suite shows the verdict, and each pair of nodes', async () => {
  const result = await load(['read-after-write', '--target', 'embedded', ...SHORT]);
  await assertRight(result);
  const { stdout } = result;
  assert.match(stdout, /^surreal-1 +surreal-2 +\d+ +\d+ +0 /m);
  assert.match(stdout, /^checker read-after-write: valid\. All \d+ reads saw/m);
});

for (const protocol of ['rest', 'graphql'])
  test(`a transfer cannot be sent by ${protocol}`, async () => {
    const { code, stderr } = await load(['bank', '--target', 'embedded', '--protocol', protocol]);
    assert.equal(code, 2);
    assert.match(stderr, /^Scenario bank cannot be sent by .* Use --protocol sql or rpc\.$/m);
  });
