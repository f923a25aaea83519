import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { parseNodePrograms } from '../../../lib/node/targets/node-programs.ts';
import { checkRequest } from '../../../lib/node/targets/resolve.ts';

const FLAG = '--node-program';

test('programs by node', () => {
  assert.deepEqual(parseNodePrograms(FLAG, ['surreal-2=/bin/sh', 'surreal-3=/bin/cat']), {
    'surreal-2': '/bin/sh',
    'surreal-3': '/bin/cat',
  });
});

for (const [text, says] of [
  ['/bin/sh', /must be NAME=PATH/],
  ['tikv-1=/bin/sh', /must be NAME=PATH/],
  ['surreal-1=/nowhere/surreal', /--node-program surreal-1: \/nowhere\/surreal is not a program/],
] as const)
  test(`"${text}" is refused with what would be right`, () => {
    assert.throws(() => parseNodePrograms(FLAG, [text]), says);
  });

test('another program needs nodes that the run starts', () => {
  const request = { nodes: undefined, store: undefined, nodeCount: undefined, port: undefined };
  const nodePrograms = { 'surreal-1': '/bin/sh' };
  assert.throws(() => checkRequest({ ...request, choice: 'compose', nodePrograms }), UsageError);
  checkRequest({ ...request, choice: 'native', nodePrograms });
});
