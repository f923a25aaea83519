import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { afterEach, test } from 'node:test';
import { goRuntime } from '../../../lib/node/load/generators/go-runtime.ts';

const VARIABLES = ['GOGC', 'GOMEMLIMIT', 'GOMAXPROCS'] as const;
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

test('one k6 has all cores, several share cores and memory, and nobody is left without a core', () => {
  for (const name of VARIABLES) delete process.env[name];
  const [one, two, many] = [goRuntime(1), goRuntime(2), goRuntime(1000)];
  assert.equal(one.GOMAXPROCS, undefined);
  assert.equal(Number(two.GOMAXPROCS), Math.max(1, Math.floor(availableParallelism() / 2)));
  assert.equal(many.GOMAXPROCS, '1');
  const bytes = ({ GOMEMLIMIT = '' }: Record<string, string>) => Number.parseInt(GOMEMLIMIT, 10);
  assert.ok(Math.abs(bytes(one) - 2 * bytes(two)) <= 1);
});

test("somebody's own settings of Go are left alone", () => {
  Object.assign(process.env, { GOGC: '50', GOMEMLIMIT: '1GiB', GOMAXPROCS: '7' });
  assert.deepEqual(goRuntime(2), { GOGC: '50', GOMEMLIMIT: '1GiB', GOMAXPROCS: '7' });
});
