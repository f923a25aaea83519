// Live queries of a real server, and behind servers that tell what is wrong.
// Exclusive use of the machine: its two loads at once take both cores.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkHistory } from '../../lib/node/load/checks.ts';
import { LIVE_FAULTS } from '../faulty/live-faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { load, SHORT } from '../support/commands.ts';
import { recordRun } from '../support/recorded-run.ts';
import { credentialsOf, NO_SHARED_STORE, NO_SURREAL, startServers, startSharedStore } from '../support/servers.ts';

describe('live queries behind faulty servers', { concurrency: 2, skip: NO_SURREAL }, () => {
  for (const [name, [finds, make]] of Object.entries(LIVE_FAULTS))
    test(`a server that does "${name}" is found: ${finds || 'nothing'}`, async () => {
      await using server = await startServers();
      const { fault, notify } = make();
      const liar = await startFaultyServer(server.nodes[0]?.url ?? '', fault, 0, notify);
      const { history, output } = await recordRun('live', {
        LOAD_RATE: '100',
        LOAD_PROFILE: 'round',
        LOAD_DURATION: '2s',
        LOAD_SEED: '7',
        SURREAL_NODES: liar.url,
        ...credentialsOf(server),
      });
      await liar.close();
      const kinds = checkHistory(history).flatMap(({ anomalies }) => anomalies.map(({ kind }) => String(kind)));
      if (finds === '') assert.deepEqual(kinds, [], output);
      else assert.ok(kinds.includes(finds), `${finds} among ${kinds}\n${output}`);
    });
});

test('three nodes over one store: each tells of its own changes; none of those on the others', {
  skip: NO_SHARED_STORE,
}, async () => {
  await using store = await startSharedStore();
  const { code, stdout, stderr } = await load(['live', '--store', store.address, '--expect', 'cluster', ...SHORT]);
  assert.equal(code, 99, stdout + stderr);
  assert.match(
    stdout,
    /^checker live: invalid\. Found \d+ × dropped; the first: Subscriber surreal-\d\/.* never got this change: /m,
  );
  for (const reader of ['surreal-1', 'surreal-2', 'surreal-3'])
    assert.match(stdout, new RegExp(`^${reader} +${reader} +\\d+ +\\d+ +0 `, 'm'), 'all of its own');
});
