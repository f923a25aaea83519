import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseGateSuite } from '../../../lib/core/gate/gate-suite.ts';
import { parseArm } from '../../../lib/node/compare/arms.ts';
import { readBaseline, writeBaseline } from '../../../lib/node/gate/baseline.ts';
import { checkGate } from '../../../lib/node/gate/run-gate.ts';
import { fingerprintOf, thisMachine } from '../../../lib/node/system/machine.ts';
import { temporaryFolder } from '../../support/commands.ts';
import { inventRounds } from '../../support/rounds.ts';

const HERE = fingerprintOf(thisMachine());
const KEPT = {
  taken: '2026-11-21T10:00:00.000Z',
  fingerprint: HERE,
  target: { name: 'native', description: 'one node', version: 'surrealdb-3.3.5', settings: {} },
  entries: { crud: inventRounds(1, 6) },
};

test('a baseline is kept and read again', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'baselines', 'gate.json');
  assert.equal(await readBaseline(file, HERE, false), undefined);
  await writeBaseline(file, KEPT);
  assert.deepEqual(await readBaseline(file, HERE, false), { baseline: 1, ...KEPT });
});

test('a baseline of another machine is refused with what differs, unless it is asked for', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'gate.json');
  await writeBaseline(file, { ...KEPT, fingerprint: { ...HERE, cores: HERE.cores + 2, cpu: 'Abacus 1' } });
  await assert.rejects(
    readBaseline(file, HERE, false),
    new RegExp(
      `a different kind of machine \\(cores ${HERE.cores + 2}, here ${HERE.cores}; cpu Abacus 1, here .*--any-machine`,
    ),
  );
  assert.equal((await readBaseline(file, HERE, true))?.fingerprint.cpu, 'Abacus 1');
});

test('the memory that a kernel keeps for itself makes no other machine', () => {
  const { memoryGb: _, ...rest } = fingerprintOf({ ...thisMachine(), memory: 16.1e9 });
  assert.deepEqual(fingerprintOf({ ...thisMachine(), memory: 16.3e9 }), { ...rest, memoryGb: 16 });
});

test('a damaged baseline is reported, not compared with', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'gate.json');
  for (const [content, says] of [
    ['{', /is not JSON/],
    ['{}', /is damaged \(.*Measure it again/],
    ['{"baseline":2}', /must be 1/],
  ] as const) {
    await writeFile(file, content);
    await assert.rejects(readBaseline(file, HERE, false), says);
  }
});

test('a stored baseline has rounds of every scenario that the suite compares', () => {
  const compared = parseGateSuite('gate.json', { suite: [{ scenario: 'crud', compare: {} }] });
  const single = parseGateSuite('gate.json', { suite: [{ scenario: 'bank' }] });
  const request = {
    file: 'gate.json',
    candidate: parseArm('--candidate', 'auto'),
    baseline: undefined,
    kept: undefined,
    update: undefined,
    isFirst: false,
    command: '',
  };
  const kept = { baseline: 1, ...KEPT } as const;
  assert.throws(
    () => checkGate({ ...request, suite: compared, kept: { ...kept, entries: {} } }),
    /has no rounds of crud/,
  );
  assert.throws(() => checkGate({ ...request, suite: single, update: 'x' }), /compares nothing/);
  checkGate({ ...request, suite: compared, kept });
  checkGate({ ...request, suite: compared, baseline: parseArm('--baseline', 'auto') });
  checkGate({ ...request, suite: single });
});
