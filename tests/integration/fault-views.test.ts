// What clients see of faults: the ways of users between nodes, servers that hang or forget, and what outlives a restart.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { ObservedFault } from '../../lib/core/faults/effects.ts';
import type { Operation } from '../../lib/core/history/history.ts';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startForgetfulServer } from '../faulty/forgetful.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertRight } from '../support/answers.ts';
import { load, temporaryFolder } from '../support/commands.ts';
import { recordRun } from '../support/recorded-run.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const SHORT_LOAD = { LOAD_RATE: '200', LOAD_DURATION: '3s', LOAD_SEED: '7' };

const createsOf = (operations: readonly Operation[]): Map<number, Operation[]> => {
  const byUser = new Map<number, Operation[]>();
  for (const operation of operations.filter(({ f }) => f === 'create'))
    byUser.set(operation.process, [...(byUser.get(operation.process) ?? []), operation]);
  return byUser;
};

/** Runs `writes` on two nodes, of which the first breaks every connection after a hundred creates. */
async function runOnBroken(routing: string): Promise<readonly Operation[]> {
  await using server = await startServers();
  const real = server.nodes[0]?.url ?? '';
  const liar = await startFaultyServer(real, FAULTS.drop(100));
  const env = { ...SHORT_LOAD, ...credentialsOf(server), LOAD_ROUTING: routing, SURREAL_NODES: `${liar.url},${real}` };
  const { history } = await recordRun('writes', env);
  await liar.close();
  return history.operations;
}

const FAILED = ({ outcome, error }: Operation): boolean => outcome === 'unknown' && error === 'reset';

describe('routing', { skip: NO_SURREAL }, () => {
  test('pinned users stay with their node, though it gives no answer', async () => {
    const users = [...createsOf(await runOnBroken('pinned')).values()];
    for (const creates of users) assert.equal(new Set(creates.map(({ node }) => node)).size, 1);
    assert.ok(users.some((creates) => creates.filter(FAILED).length > 1));
  });

  test('failover: after a request without an answer the next one goes to the next node, and nothing is sent twice', async () => {
    const operations = await runOnBroken('failover');
    let moved = 0;
    for (const creates of createsOf(operations).values())
      for (const [index, create] of creates.entries()) {
        const next = creates[index + 1];
        if (!FAILED(create) || next === undefined) continue;
        assert.notEqual(next.node, create.node);
        moved++;
      }
    assert.ok(moved > 0);
    const keys = operations.filter(({ f }) => f === 'create').map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
  });
});

test('a server that hangs for ever: each request ends in a time-out, and the run in exit code 99', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['hang-for-ever'](250));
  const flags = ['--rate', '40', '--duration', '8s', '--timeout', '1s', '--patience', '2s', '--seed', '7'];
  const { code, stdout, results = '' } = await load(['writes', '--nodes', liar.url, ...flags], credentialsOf(server));
  await liar.close();
  assert.equal(code, 99, stdout);
  assert.match(stdout, /^FAIL: SC-002 broken: operations with an unknown outcome\. Measured \d/m);
  const { operations } = await readHistory(join(results, 'history.ndjson.gz'));
  const hung = operations.filter(({ error }) => error === 'timeout');
  assert.ok(hung.length > 0);
  for (const { key, outcome } of hung) assert.match(`${key} ${outcome}`, /^v\d{4}n\d{7} unknown$/);
});

/** A command line that asks a server for something, without a program that a machine may lack. */
const asking = (url: string): string => `'${process.execPath}' -e "fetch('${url}', { method: 'POST' })"`;

test('a server that forgets acknowledged writes when it restarts is caught, and the records are named', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const liar = await startForgetfulServer(server.nodes[0]?.url ?? '', 3);
  const restart = ['--fault', 'command:restart@2s+1s']
    .concat('--fault-command', `restart:start=${asking(`${liar.control}/down`)}`)
    .concat('--fault-command', `restart:stop=${asking(`${liar.control}/up`)}`);
  const flags = ['--rate', '100', '--duration', '5s', '--seed', '7', ...restart];
  const { code, stdout, results = '' } = await load(['writes', '--nodes', liar.url, ...flags], credentialsOf(server));
  await liar.close();
  assert.equal(code, 99, stdout);
  assert.match(
    stdout,
    /^FAIL: A create was acknowledged, but a node lacks the record at the end: 3 of \d+ writes, first/m,
  );
  assert.equal(liar.forgotten.length, 3);
  for (const record of liar.forgotten) assert.ok(stdout.includes(record), `${record} is named in:\n${stdout}`);
  const [fault] = await faultsOf(results);
  assert.ok((fault?.effects?.errors.reset ?? 0) > 0, 'clients saw broken connections');
  assert.equal(fault?.effects?.silentNodes.length, 0);
});

const faultsOf = async (results: string): Promise<readonly ObservedFault[]> =>
  (JSON.parse(await readFile(join(results, 'faults.json'), 'utf8')) as { windows: ObservedFault[] }).windows;

test('durability: what a node on a file acknowledged is there after a stop and after a kill under load', {
  skip: NO_SURREAL,
}, async () => {
  await using folder = await temporaryFolder();
  const env = { SURREAL_USER: 'root', SURREAL_PASS: 'durability-test' };
  const store = ['--store', `surrealkv:${join(folder.path, 'data')}`, '--port', '0'];
  const load12s = ['--rate', '100', '--duration', '12s', '--seed', '7'];
  const result = await load(['durability', ...store, ...load12s], env);
  await assertRight(result);
  const { stdout, results = '' } = result;
  for (const checker of ['writes/writes', 'unique/unique', 'bank/bank'])
    assert.match(stdout, new RegExp(`^checker ${checker}: valid\\.`, 'm'));
  const faults = await faultsOf(results);
  assert.deepEqual(
    faults.map(({ kind }) => kind),
    ['stop', 'kill'],
  );
  for (const { effects } of faults) {
    assert.ok((effects?.errorWindow?.last ?? 0) > 0, 'clients saw it');
    assert.notEqual(effects?.firstSuccess, undefined);
  }
});

test('durability by default ends everything, and refuses where that would lose the data by design', {
  skip: NO_SURREAL,
}, async () => {
  const { code, stderr } = await load(['durability', '--target', 'native', '--port', '0', '--duration', '5s']);
  assert.equal(code, 2);
  assert.match(stderr, /stop:surreal-all@.* is not possible here: the data are in the memory of the node/);
});
