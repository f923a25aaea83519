import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { checkNames, parseNodePrograms } from '../../../lib/node/targets/node-programs.ts';
import { checkRequest } from '../../../lib/node/targets/resolve.ts';

const FLAG = '--node-program';

test('programs by node', () => {
  assert.deepEqual(parseNodePrograms(FLAG, ['surreal-2=/bin/sh', 'surreal-3=/bin/cat']), {
    'surreal-2': '/bin/sh',
    'surreal-3': '/bin/cat',
  });
  assert.deepEqual(parseNodePrograms(FLAG, ['surreal-2=surrealdb/surrealdb:v3.3.4']), {
    'surreal-2': 'surrealdb/surrealdb:v3.3.4',
  });
});

for (const [text, says] of [
  ['/bin/sh', /must be NAME=PATH/],
  ['tikv-1=/bin/sh', /must be NAME=PATH/],
] as const)
  test(`"${text}" is refused with what would be right`, () => {
    assert.throws(() => parseNodePrograms(FLAG, [text]), says);
  });

test('another program needs nodes that the run starts', () => {
  const request = { nodes: undefined, store: undefined, nodeCount: undefined, port: undefined };
  const nodePrograms = { 'surreal-1': '/bin/sh' };
  assert.throws(() => checkRequest({ ...request, choice: 'embedded', nodePrograms }), UsageError);
  for (const choice of ['native', 'compose'] as const) checkRequest({ ...request, choice, nodePrograms });
});

test('native nodes need a file that can be started, containers an image', () => {
  const request = { nodes: undefined, store: undefined, nodeCount: undefined, port: undefined };
  const nodePrograms = { 'surreal-1': 'surrealdb/surrealdb:v3.3.4' };
  assert.throws(
    () => checkRequest({ ...request, choice: 'native', nodePrograms }),
    /--node-program surreal-1: surrealdb\/surrealdb:v3.3.4 is not a program/,
  );
  checkRequest({ ...request, choice: 'compose', nodePrograms });
});

test('a program for a node that there is not is refused with those that there are', () => {
  const names = ['surreal-1', 'surreal-2'];
  checkNames({ 'surreal-2': '/bin/sh' }, names);
  assert.throws(() => checkNames({ 'surreal-3': '/bin/sh' }, names), /surreal-3: the nodes are surreal-1, surreal-2\./);
});
