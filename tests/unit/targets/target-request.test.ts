import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { checkRequest } from '../../../lib/node/targets/resolve.ts';
import type { TargetRequest } from '../../../lib/node/targets/target.ts';

const NOTHING: TargetRequest = {
  choice: 'auto',
  nodes: undefined,
  store: undefined,
  nodeCount: undefined,
  port: undefined,
};

// What is wrong on a machine that has `surreal` is wrong on one that has not, and there it must not be "surreal was not found".
const WRONG: [request: Partial<TargetRequest>, says: RegExp][] = [
  [{ store: 'redis' }, /--store must be memory, rocksdb:PATH.* \(got "redis"\)/],
  [{ choice: 'native', store: 'tikv://nowhere' }, /--store must be .*got "tikv:\/\/nowhere"/],
  [{ store: 'memory', nodeCount: 3 }, /needs a store that nodes can share/],
  [{ choice: 'native', nodeCount: 2 }, /needs a store that nodes can share/],
  [{ choice: 'embedded', store: 'memory' }, /--store goes with --target native, not embedded/],
  [{ nodeSettings: { SURREAL_A: 'b' } }, /--setting goes with .* --target native or compose, not auto/],
];
for (const [request, says] of WRONG)
  test(`a request is refused before anything is looked for: ${JSON.stringify(request)}`, () => {
    assert.throws(
      () => checkRequest({ ...NOTHING, ...request }),
      (error) => error instanceof UsageError && says.test(error.message),
    );
  });

test('a request that can be met passes, whatever is installed', () => {
  checkRequest(NOTHING);
  checkRequest({ ...NOTHING, nodeCount: 3 });
  checkRequest({ ...NOTHING, choice: 'native' });
  const store = 'tikv://127.0.0.1:2379';
  checkRequest({ ...NOTHING, store, nodeCount: 3 });
  checkRequest({ ...NOTHING, store, nodeSettings: { SURREAL_A: 'b' } });
});
