// The guides for contributors, followed to the letter in a copy of the project: a checker, a scenario, a fault.
// Exclusive use of the machine: faults strike once in a thousand operations, of which there must be enough.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { blocksOf } from '../support/page-blocks.ts';
import { NO_SURREAL } from '../support/servers.ts';
import { copyTree } from '../support/tree-copy.ts';

const tree = await copyTree();
after(() => tree[Symbol.asyncDispose]());

/** Without a home folder, as some services of CI run. */
const node = (...args: string[]) => tree.run('env', ['-u', 'HOME', process.execPath, '--import', 'tsx', ...args]);

async function assertTestsPass(file: string): Promise<void> {
  const { code, stdout, stderr } = await node('--test', file);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^# pass [1-9]/m);
}

test('a checker is its file, its test and its entry in the list; it finds what the page says', async () => {
  const { written, changed } = await tree.follow('how-to/add-a-checker.md');
  assert.deepEqual(written, ['lib/core/checkers/queue.ts', 'tests/unit/checkers/queue.test.ts', 'queue.ndjson']);
  assert.deepEqual(changed, ['lib/core/checkers/index.ts']);
  await assertTestsPass('tests/unit/checkers/queue.test.ts');
  const { code, stdout } = await node('scripts/check.ts', 'queue.ndjson', '--checker', 'queue');
  assert.equal(code, 99);
  const blocks = await blocksOf('how-to/add-a-checker.md');
  assert.equal(stdout, blocks.find(({ language }) => language === 'text')?.text);
});

test('a scenario is its own files, and runs; nothing else of the suite changes', async () => {
  const { written, changed } = await tree.follow('how-to/add-a-scenario.md');
  assert.deepEqual(written, ['schemas/queue.surql', 'scenarios/queue.ts', 'thresholds/queue.json']);
  assert.deepEqual(changed, ['tests/integration/faulty-consistency.test.ts']);
  const { stdout, stderr } = await node('scripts/load.ts', 'queue', '--target', 'embedded', '--duration', '5s');
  assert.match(stdout, /^checker queue: valid\. None of [1-9]\d* jobs was lost or handed out twice\.$/m, stderr);
  assert.match(stdout, /✓ +SC-003 +jobs missing at the end/);
});

test('behind servers that misbehave the scenario finds what they do', { skip: NO_SURREAL }, async () => {
  process.env.ONLY_SCENARIO = 'queue';
  await assertTestsPass('tests/integration/faulty-consistency.test.ts');
});

test('a fault is its kind and its action, and is done to a server', { skip: NO_SURREAL }, async () => {
  const { written, changed } = await tree.follow('how-to/add-a-fault.md');
  assert.deepEqual(written, ['tests/unit/faults/stutter.test.ts']);
  assert.deepEqual(changed, ['lib/core/faults/fault-kinds.ts', 'lib/node/faults/native-driver.ts']);
  await assertTestsPass('tests/unit/faults/stutter.test.ts');
  const load = [
    'scripts/load.ts',
    'writes',
    '--duration',
    '5s',
    '--timeout',
    '2s',
    '--fault',
    'stutter:surreal-1@1s+2s',
  ];
  const { stdout, stderr } = await node(...load, '--target', 'native', '--store', 'memory', '--port', '0');
  assert.match(stdout, /^stutter:surreal-1@1s\+2s /m, stderr);
  assert.match(stdout, /^checker writes: valid\./m);
  const refused = await node(...load, '--target', 'embedded');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is not possible here/);
});

test('what the pages add is typed and formatted as the rest', async () => {
  const types = await tree.run('npx', ['tsc', '--noEmit']);
  assert.equal(types.code, 0, types.stdout);
  const biome = await tree.run('npx', ['biome', 'check', '--vcs-enabled=false', 'lib', 'scenarios', 'tests']);
  assert.equal(biome.code, 0, biome.stdout + biome.stderr);
});
