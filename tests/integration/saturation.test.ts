// Rates that no server keeps up: the run says so, and the search for the highest rate ends above it.
// Exclusive use of the machine: these loads take all CPU there is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryOf } from '../support/answers.ts';
import { load } from '../support/commands.ts';
import { NO_SURREAL } from '../support/servers.ts';

test('embedded: a load that cannot be kept up is invalid, not passed', async () => {
  const { code, stdout } = await load([
    'writes',
    '--target',
    'embedded',
    '--rate',
    '8000',
    '--duration',
    '2s',
    '--port',
    '0',
  ]);
  assert.equal(code, 98, stdout);
  assert.match(stdout, /^INVALID: /m);
  assert.match(stdout, /VAL-001 broken|k6 fell behind its schedule/);
});

test('native: breakpoint stops sending above the rate that broke, and names the highest that held', {
  skip: NO_SURREAL,
}, async () => {
  const args = [
    'writes',
    '--target',
    'native',
    '--profile',
    'breakpoint',
    '--rate',
    '7200',
    '--duration',
    '12s',
    '--port',
    '0',
  ];
  const result = await load(args);
  const { phases, highestRate = -1 } = await summaryOf(result);
  assert.ok(highestRate < 7200);
  assert.equal(phases.length, 12);
  assert.equal(phases.at(-1)?.outcomes.ok, 0);
  assert.match(result.stdout, /checker writes: valid/);
});
