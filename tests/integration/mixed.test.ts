// Several scenarios in one run: each with its share, its own operations, limits and checkers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROTOCOLS } from '../../lib/core/protocols/protocols.ts';
import { SIMPLE_SCENARIOS } from '../../lib/node/catalog/catalog.ts';
import { findK6 } from '../../lib/node/programs/find-program.ts';
import { FAULTS } from '../faulty/faults.ts';
import { startFaultyServer } from '../faulty/proxy.ts';
import { assertNothingWrong } from '../support/answers.ts';
import { load, startCommand, startScript } from '../support/commands.ts';
import { credentialsOf, NO_SHARED_STORE, NO_SURREAL, startServers, startSharedStore } from '../support/servers.ts';

const SHORT = ['--duration', '4s', '--port', '0', '--seed', '7'];

test('one server: each part has its share of the iterations, and its own operations, limits and checkers', {
  skip: NO_SURREAL,
}, async () => {
  const mix = ['--mix', 'bank=2,writes=6,register=1', '--rate', '90'];
  const result = await load(['mixed', '--target', 'native', ...mix, ...SHORT]);
  const { stdout, results = '' } = result;
  assert.match(stdout, /^checker bank\/bank: valid/m);
  assert.match(stdout, /^checker register\/register: valid/m);
  assert.match(stdout, /^checker writes\/writes: valid/m);
  assert.match(stdout, /✓ {2}SC-003 +bank: negative balances/);
  assert.match(stdout, /✓ {2}VAL-002 +writes: acknowledged records not verified on every node/);
  for (const operation of ['bank/transfer', 'bank/read', 'writes/create', 'register/read', 'register/write'])
    assert.match(stdout, new RegExp(`^${operation} `, 'm'));

  const again = await startScript('check', [results]).result;
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.match(again.stdout, /^checker bank\/bank: valid/m);
});

const PARTS = SIMPLE_SCENARIOS.filter(({ alone }) => !alone).map(({ name }) => name);

test('one server: all scenarios take part at once', { skip: NO_SURREAL }, async () => {
  const mix = ['--mix', PARTS.map((name) => `${name}=1`).join(','), '--rate', '70', '--records', '100'];
  const summary = await assertNothingWrong(await load(['mixed', '--target', 'native', ...mix, ...SHORT]));
  assert.deepEqual(Object.keys(summary.phases[0]?.byScenario ?? {}), PARTS);
  for (const [part, { outcomes }] of Object.entries(summary.phases[0]?.byScenario ?? {}))
    assert.ok(outcomes.ok > 0, `${part} had its share`);
});

test('three servers over one store: parts keep the protocols that they know, each on every node', {
  skip: NO_SHARED_STORE,
}, async () => {
  await using store = await startSharedStore();
  const mix = ['--mix', 'crud=4,bank=1', '--protocol', 'all', '--rate', '60'];
  const { phases } = await assertNothingWrong(await load(['mixed', '--store', store.address, ...mix, ...SHORT]));
  const { byOperation = {} } = phases[0] ?? {};
  assert.deepEqual(Object.keys(byOperation['bank/transfer']?.byProtocol ?? {}), ['sql', 'rpc']);
  for (const protocol of PROTOCOLS)
    for (const node of ['surreal-1', 'surreal-2', 'surreal-3'])
      assert.ok((byOperation['crud/read']?.byProtocolAndNode[protocol]?.[node]?.outcomes.ok ?? 0) > 0, protocol + node);
});

test('a part behind a server that answers with other records fails the run and is named; the others are valid', {
  skip: NO_SURREAL,
}, async () => {
  await using server = await startServers();
  const liar = await startFaultyServer(server.nodes[0]?.url ?? '', FAULTS['wrong-record'](10));
  const args = [
    'mixed',
    '--nodes',
    liar.url,
    '--mix',
    'crud=3,bank=1',
    '--vus',
    '4',
    '--duration',
    '3s',
    '--seed',
    '7',
  ];
  const { code, stdout } = await load(args, credentialsOf(server));
  assert.equal(code, 99, stdout);
  assert.match(stdout, /wrong record \(checker crud\/answers\): (post|user):v\d{4}n\d{7}/);
  assert.match(stdout, /✗ {2}SC-003 +crud: answers with wrong content/);
  assert.match(stdout, /^checker bank\/bank: valid/m);

  const k6 = await findK6({ say: () => {} });
  const env = { SURREAL_NODES: liar.url, LOAD_MIX: 'crud=3,bank=1', LOAD_VUS: '4', LOAD_DURATION: '3s' };
  const [program = '', ...words] = [...k6.command({ env }), 'run', '--quiet', '--no-color', 'dist/mixed.js'];
  const alone = await startCommand(program, words, { ...env, ...credentialsOf(server) }).result;
  await liar.close();
  assert.equal(alone.code, 99, alone.stdout + alone.stderr);
  assert.match(alone.stdout, /✗ {2}SC-003 +crud: answers with wrong content/);
});

test('settings of other scenarios are refused, by the suite and by k6 alone', async () => {
  const { code, stderr } = await load(['writes', '--workload', 'b']);
  assert.equal(code, 2);
  assert.match(stderr, /--workload applies only to ycsb, not to writes\./);
  const k6 = await findK6({ say: () => {} });
  const [program = '', ...words] = [...k6.command({ env: {} }), 'run', '--quiet', '--no-color', 'dist/writes.js'];
  const alone = await startCommand(program, words, { LOAD_MIX: 'crud=1' }).result;
  assert.notEqual(alone.code, 0);
  assert.match(alone.stderr, /LOAD_MIX does not apply to writes\./);
});
