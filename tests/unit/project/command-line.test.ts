import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemProblem } from '../../../lib/node/cli/command-line.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { sharedAddresses } from '../../../lib/node/targets/external-target.ts';
import { startCommand } from '../../support/commands.ts';

test('a full disk is one line with the file and the cause, and other errors keep their trace', async () => {
  const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  assert.match(systemProblem(full) ?? '', /^\S+: the disk is full\.$/);
  assert.equal(systemProblem(new TypeError('x is undefined')), undefined);
  assert.equal(systemProblem(undefined), undefined);
});

test('output that cannot be written is one line, and never exit code 0', async () => {
  const module = join(PROJECT_ROOT, 'lib/node/cli/command-line.ts');
  const script = `import(${JSON.stringify(module)}).then(({ runCommand }) => runCommand(async () => (console.log('x'), 0)))`;
  const command = 'exec "$0" --import tsx --eval "$1" > /dev/full';
  const { code, stderr } = await startCommand('sh', ['-c', command, process.execPath, script]).result;
  assert.deepEqual([code, stderr], [1, 'Standard output cannot be written. write: the disk is full.\n']);
});

test('one server under two names is named', async () => {
  assert.deepEqual(await sharedAddresses(['http://127.0.0.1:8000', 'http://localhost:8000', 'http://127.0.0.1:8001']), [
    'surreal-1 and surreal-2 have the same address, 127.0.0.1 port 8000: they may be one server.',
  ]);
});
