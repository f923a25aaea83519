import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { checkK6Environment, withoutProxy } from '../../../lib/node/load/generators/prepare-k6.ts';

for (const name of [
  'K6_VUS',
  'K6_DURATION',
  'K6_ITERATIONS',
  'K6_NO_THRESHOLDS',
  'K6_DISCARD_RESPONSE_BODIES',
  'K6_NEW',
])
  test(`an exported ${name} is refused by name, because it changes the load or its verdict`, () => {
    assert.throws(
      () => checkK6Environment({ PATH: '/bin', K6_OUT: 'json=x', [name]: '1' }),
      (error) => error instanceof UsageError && error.message.startsWith(`${name} would replace settings`),
    );
  });

test('variables of k6 for outputs, dashboard and logs are left to the user, and empty ones are unset', () => {
  const outputs = { K6_OUT: 'json=x', K6_PROMETHEUS_RW_SERVER_URL: 'http://x', K6_CSV_FILENAME: 'x' };
  checkK6Environment({ ...outputs, K6_BIN: '/k6', K6_LOG_LEVEL: 'debug', K6_WEB_DASHBOARD_OPEN: '1', K6_VUS: '' });
});

test('k6 sends to nodes without a proxy, and to its outputs as the user has it', () => {
  const nodes = ['http://db.example:8000', 'http://[::1]:8001'];
  assert.deepEqual(withoutProxy(nodes, {}), {});
  const direct = 'metrics.example,db.example,::1';
  assert.deepEqual(withoutProxy(nodes, { https_proxy: 'http://proxy:3128', NO_PROXY: 'metrics.example' }), {
    NO_PROXY: direct,
    no_proxy: direct,
  });
});
