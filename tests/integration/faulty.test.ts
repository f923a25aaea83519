// Proof that the checks bite: behind a server that misbehaves once in a thousand writes, the same run fails.
// Exclusive use of the machine: 500 operations a second through a proxy in this process.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAULTS, type FaultName } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { load } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const LENGTH = ['--duration', '4s', '--seed', '7'];
/** The control must pass, whatever else the machine does for a moment; the others need a thousand writes. */
const rateFor = (fault: FaultName): string[] => ['--rate', fault === 'none' ? '150' : '500'];

const EXPECTED: [fault: FaultName, exitCode: number, says: RegExp][] = [
  ['none', 0, /^PASS/m],
  [
    'lose-write',
    99,
    /^FAIL: A create was acknowledged, but a node lacks the record at the end: \d+ of \d+ writes, first v\d{4}n\d{7} at [\d.]+ s on .*\n {2}lost \(checker writes\): writes:v\d{4}n\d{7} was acknowledged/m,
  ],
  [
    'corrupt-write',
    99,
    /^FAIL: A node holds a record with another value.*\n {2}corrupted \(checker writes\): writes:v\d{4}n\d{7} is there with another value/m,
  ],
  [
    'refuse-but-apply',
    99,
    /^FAIL: A node holds a record that nobody wrote.*\n {2}unexpected \(checker writes\): writes:v\d{4}n\d{7} is there, but nobody wrote it or/m,
  ],
  ['hang', 99, /^FAIL: SC-002 broken: operations with an unknown outcome\. Measured \d/m],
];

for (const [fault, exitCode, says] of EXPECTED)
  test(`writes behind a server with the fault "${fault}" ends with ${exitCode}`, { skip: NO_SURREAL }, async () => {
    await using server = await startServers();
    const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS[fault](1000));
    const {
      code,
      stdout,
      results = '',
    } = await load(['writes', '--nodes', liar.url, ...rateFor(fault), ...LENGTH], credentialsOf(server));
    await liar.close();
    assert.equal(code, exitCode, stdout);
    assert.match(stdout, says);
    const { state } = JSON.parse(await readFile(join(results, 'verdict.json'), 'utf8'));
    assert.equal(state, exitCode === 0 ? 'pass' : 'fail');
  });
