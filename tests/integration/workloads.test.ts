// Each workload on every target that can carry it; on one server all of them, by every protocol, in workload-faults.test.ts.
// Exclusive use of the machine: its two loads at once take both cores.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNothingWrong } from '../support/answers.ts';
import { load } from '../support/commands.ts';
import { NO_SHARED_STORE, NO_SURREAL, startSharedStore } from '../support/servers.ts';

/** Each user of the blog signs up, which takes the server a password hash. */
const FEW_USERS = ['--vus', '3', '--duration', '5s', '--port', '0', '--seed', '7'];
/** Enough operations for a percentile, at a rate that a busy machine keeps up. */
const SHORT = ['--rate', '40', '--duration', '5s', '--port', '0', '--seed', '7'];

const timed = (args: readonly string[]): string[] => (args.includes('--vus') ? [...args] : [...SHORT, ...args]);

/** Two at once: loads of few operations, which mostly wait. */
describe('workloads', { concurrency: 2 }, () => {
  const EMBEDDED = [['crud', '--protocol', 'rest'], ['ycsb', '--workload', 'f'], ['blog', ...FEW_USERS], ['rest']];
  for (const args of EMBEDDED)
    test(`embedded: ${args.join(' ')}`, async () => {
      await assertNothingWrong(await load(['--target', 'embedded', ...timed(args)]));
    });

  test('one server: ycsb --workload e --records 200', { skip: NO_SURREAL }, async () => {
    const scans = ['ycsb', '--workload', 'e', '--records', '200'];
    await assertNothingWrong(await load(['--target', 'native', ...timed(scans)]));
  });

  const CLUSTER = [
    ['crud', '--protocol', 'all'],
    ['ycsb', '--workload', 'd'],
    ['blog', '--protocol', 'all', ...FEW_USERS],
    ['graphql'],
    ['rest'],
  ];
  for (const args of CLUSTER)
    test(`three servers over one store: ${args.join(' ')}`, { skip: NO_SHARED_STORE }, async () => {
      await using store = await startSharedStore();
      const { phases } = await assertNothingWrong(await load(['--store', store.address, ...timed(args)]));
      for (const node of ['surreal-1', 'surreal-2', 'surreal-3'])
        assert.ok((phases[0]?.byNode[node]?.outcomes.ok ?? 0) > 20, `${node} had its share`);
    });
});
