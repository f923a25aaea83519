import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { systemProblem } from '../../../lib/node/cli/command-line.ts';
import { sharedAddresses } from '../../../lib/node/targets/external-target.ts';

test('a full disk is one line with the file and the cause, and other errors keep their trace', async () => {
  const full = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  assert.match(systemProblem(full) ?? '', /^\S+: the disk is full\.$/);
  assert.equal(systemProblem(new TypeError('x is undefined')), undefined);
  assert.equal(systemProblem(undefined), undefined);
});

test('one server under two names is named', async () => {
  assert.deepEqual(await sharedAddresses(['http://127.0.0.1:8000', 'http://localhost:8000', 'http://127.0.0.1:8001']), [
    'surreal-1 and surreal-2 have the same address, 127.0.0.1 port 8000: they may be one server.',
  ]);
});
