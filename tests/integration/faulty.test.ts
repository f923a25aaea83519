// Proof that the checks bite: behind a server that misbehaves now and then, the same run fails. Once in a thousand operations is
// found as well: faulty-consistency.test.ts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Verdict } from '../../lib/core/verdict/run-verdict.ts';
import { FAULTS, type FaultName } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertWritten } from '../support/answers.ts';
import { load, type Result, SHORT } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

/** Loads `writes` by way of a server with the fault. */
async function loadBehind(fault: FaultName): Promise<Result> {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS[fault](200));
  try {
    return await load(['writes', '--nodes', liar.url, ...SHORT, '--duration', '4s'], credentialsOf(server));
  } finally {
    await liar.close();
  }
}

test('writes behind a server without a fault: everything is right', { skip: NO_SURREAL }, async () => {
  await assertWritten(await loadBehind('none'));
});

test('writes behind a server that hangs: the outcome is unknown, and the run fails', { skip: NO_SURREAL }, async () => {
  const { stdout, results = '' } = await loadBehind('hang');
  assert.match(stdout, /✗ {2}SC-002 +operations with an unknown outcome/, stdout);
  const { state } = JSON.parse(await readFile(join(results, 'verdict.json'), 'utf8')) as Verdict;
  assert.notEqual(state, 'pass');
});

const EXPECTED: [fault: FaultName, says: RegExp][] = [
  [
    'lose-write',
    /^FAIL: A create was acknowledged, but a node lacks the record at the end: \d+ of \d+ writes, first v\d{4}n\d{7} at [\d.]+ s on .*\n {2}lost \(checker writes\): writes:v\d{4}n\d{7} was acknowledged/m,
  ],
  [
    'corrupt-write',
    /^FAIL: A node holds a record with another value.*\n {2}corrupted \(checker writes\): writes:v\d{4}n\d{7} is there with another value/m,
  ],
  [
    'refuse-but-apply',
    /^FAIL: A node holds a record that nobody wrote.*\n {2}unexpected \(checker writes\): writes:v\d{4}n\d{7} is there, but nobody wrote it or/m,
  ],
];

for (const [fault, says] of EXPECTED)
  test(`writes behind a server with the fault "${fault}" fails`, { skip: NO_SURREAL }, async () => {
    const { code, stdout, results = '' } = await loadBehind(fault);
    assert.equal(code, 99, stdout);
    assert.match(stdout, says);
    const { state } = JSON.parse(await readFile(join(results, 'verdict.json'), 'utf8')) as Verdict;
    assert.equal(state, 'fail');
  });
