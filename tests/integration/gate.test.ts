// The gate from the command line: what its exit code says of a good, a slow and a lying server.
// Exclusive use of the machine: its loads are compared with each other, and a busy machine voids a comparison.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GateRecord } from '../../lib/node/gate/gate-record.ts';
import { FAULTS } from '../faulty/faults.ts';
import { type Fault, startFaultyServer } from '../faulty/proxy.ts';
import { heldBack } from '../faulty/slowness.ts';
import { type Result, startScript, temporaryFolder } from '../support/commands.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const SHORT = { rate: 150, duration: '1s' };
const ONCE = { scenario: 'writes', profile: 'smoke', settings: SHORT };
const COMPARED = { scenario: 'crud', settings: SHORT, compare: { rounds: 6, metrics: ['p50', 'errors'] } };

const gate = (args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  startScript('gate', args, env).result;

async function suiteFile(folder: string, suite: readonly unknown[]): Promise<string> {
  const file = join(folder, 'gate.json');
  await writeFile(file, JSON.stringify({ suite }));
  return file;
}

const recordOf = async ({ results = '' }: Result): Promise<GateRecord> =>
  JSON.parse(await readFile(join(results, 'gate.json'), 'utf8'));

test('a slower candidate fails, with every result that a pipeline reads', { skip: NO_SURREAL }, async () => {
  await using folder = await temporaryFolder();
  await using server = await startServers();
  const url = server.nodes[0]?.url ?? '';
  const slow = await startFaultyServer(
    url,
    heldBack(() => 150),
  );
  const summary = join(folder.path, 'summary.md');
  const suite = await suiteFile(folder.path, [ONCE, COMPARED]);
  const sides = ['--baseline', `external=${url}`, '--candidate', `external=${slow.url}`];
  const env = { ...credentialsOf(server), GITHUB_STEP_SUMMARY: summary };
  const result = await gate(['--suite', suite, ...sides], env);
  await slow.close();
  assert.equal(result.code, 99, result.stdout + result.stderr);
  assert.match(result.stdout, /^FAIL: crud rate=150 duration=1s: p50.* against the baseline: /m);
  const { entries, state } = await recordOf(result);
  assert.equal(state, 'fail');
  assert.deepEqual(
    entries[0]?.cases.filter((one) => one.state === 'fail'),
    [],
    'what it answers is right',
  );
  assert.match(await readFile(join(result.results ?? '', 'junit.xml'), 'utf8'), /<failure message="[\d.]+ ms → /);
  assert.match(await readFile(summary, 'utf8'), /✗ Performance and consistency gate: Failed/);
});

const lying = FAULTS['lose-write'](20);

test('a candidate that lies fails, however fast it is', { skip: NO_SURREAL }, async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await gateOn(lying, ['--suite', await suiteFile(folder.path, [ONCE])]);
  assert.equal(code, 99, stdout + stderr);
  assert.match(stdout, /^FAIL: writes smoke .*: every answer was right: A create was acknowledged/m);
});

async function gateOn(fault: Fault, args: readonly string[]): Promise<Result> {
  await using server = await startServers();
  const candidate = await startFaultyServer(server.nodes[0]?.url ?? '', fault);
  try {
    return await gate([...args, '--candidate', `external=${candidate.url}`], credentialsOf(server));
  } finally {
    await candidate.close();
  }
}

test('the first gate measures noise and stores a baseline, which later candidates on this machine are compared with', {
  skip: NO_SURREAL,
}, async () => {
  await using folder = await temporaryFolder();
  const kept = join(folder.path, 'kept.json');
  const args = ['--suite', await suiteFile(folder.path, [COMPARED]), '--baseline-file', kept];
  const honest: Fault = (_exchange, forward) => forward();

  const first = await gateOn(honest, args);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.match(first.stderr, /No baseline in .*kept\.json: the candidate is compared with itself to measure noise/);
  assert.match(first.stdout, /p50: noise: .* between two measurements of the candidate/);
  assert.match(first.stderr, /The baseline was stored in .*kept\.json/);

  const slower = await gateOn(
    heldBack(() => 150),
    args,
  );
  assert.equal(slower.code, 99, slower.stdout + slower.stderr);
  assert.match(slower.stdout, /p50 against the baseline: /);

  const baseline = JSON.parse(await readFile(kept, 'utf8'));
  await writeFile(kept, JSON.stringify({ ...baseline, fingerprint: { ...baseline.fingerprint, cpu: 'Abacus 1' } }));
  const elsewhere = await gateOn(honest, args);
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /from a different kind of machine \(cpu Abacus 1, here .*--any-machine/);
});
