// RPC over WebSocket: scenarios of SurrealQL by it, connections that break, a server that lies, and `k6 run` alone.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { $ } from 'zx';
import { readHistory } from '../../lib/node/load/history/history-file.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { FAULTS, isCreate } from '../faulty/faults.ts';
import { DROP, startFaultyServer } from '../faulty/proxy.ts';
import { assertRight, assertWritten, summaryOf } from '../support/answers.ts';
import { load, SHORT, startCommand } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const BY_RPC = ['--protocol', 'rpc', ...SHORT];

test('embedded: transactions and records by RPC in CBOR', async () => {
  const result = await load([
    'mixed',
    '--mix',
    'crud=1,bank=1',
    '--target',
    'embedded',
    '--rpc-format',
    'cbor',
    ...BY_RPC,
  ]);
  await assertRight(result);
  assert.match(result.stdout, /^checker bank\/bank: valid/m);
});

test('native: records by RPC in CBOR, in the closed model', { skip: NO_SURREAL }, async () => {
  const closed = [
    'writes',
    '--target',
    'native',
    '--protocol',
    'rpc',
    '--rpc-format',
    'cbor',
    '--vus',
    '4',
    '--duration',
    '2s',
    '--port',
    '0',
  ];
  const result = await load(closed);
  await assertWritten(result);
  assert.equal((await summaryOf(result)).model, 'closed');
});

test('behind a server that loses writes by RPC: the run fails, and so does k6 alone', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['lose-write'](100));
  const { code, stdout, stderr } = await load(['writes', '--nodes', liar.url, ...BY_RPC], credentialsOf(server));
  assert.equal(code, 99, stdout + stderr);
  assert.match(stdout, /^FAIL: A create was acknowledged, but a node lacks the record/m);

  await $({ cwd: PROJECT_ROOT, quiet: true })`node build.mjs writes`;
  const k6 = await findK6({ say: () => {} });
  const env = { SURREAL_NODES: liar.url, LOAD_PROTOCOL: 'rpc', LOAD_RATE: '150', LOAD_DURATION: '2s' };
  const run = (script: string) => {
    const [program = '', ...args] = [...k6.command({ env }), 'run', '--quiet', '--no-color', script];
    return startCommand(program, args, { ...env, ...credentialsOf(server) }).result;
  };
  const alone = await run('dist/writes.rpc.js');
  assert.equal(alone.code, 99, alone.stdout + alone.stderr);
  assert.match(alone.stderr, /lost on surreal-1: writes:v\d{4}n\d{7}/);
  const other = await run('dist/writes.js');
  await liar.close();
  assert.notEqual(other.code, 0);
  assert.match(other.stderr, /Run dist\/writes\.rpc\.js/);
});

test('native: transfers as transactions of several messages; functions, upserts and edges by their methods', {
  skip: NO_SURREAL,
}, async () => {
  const mix = 'bank=2,counter=1,register=1,blog=1';
  const messages = ['--rpc-transactions', 'messages', '--rpc-format', 'cbor', '--generators', '2'];
  const result = await load(['mixed', '--mix', mix, '--target', 'native', '--port', '0', ...messages, ...BY_RPC]);
  await assertRight(result);
  for (const checker of ['bank/bank', 'counter/counter', 'register/register'])
    assert.match(result.stdout, new RegExp(`^checker ${checker}: valid`, 'm'));
});

test('connections that break leave what was under way unknown, and are opened again', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  let calls = 0;
  const breaking = await startFaultyServer(server.nodes[0]?.url ?? '', async (exchange, forward) => {
    const reply = await forward();
    return isCreate(exchange) && ++calls % 50 === 0 ? DROP : reply;
  });
  const result = await load(['writes', '--nodes', breaking.url, ...BY_RPC], credentialsOf(server));
  await breaking.close();
  const { operations } = await readHistory(join(result.results ?? '', 'history.ndjson.gz'));
  const broken = operations.filter(({ outcome }) => outcome !== 'ok');
  assert.ok(broken.length > 0, result.stdout + result.stderr);
  for (const { outcome, error } of broken) assert.deepEqual([outcome, error], ['unknown', 'reset']);
  assert.ok(operations.length > 20 * broken.length, 'the next request of a user had an answer again');
  assert.match(result.stdout, /^checker writes: valid/m);
});
