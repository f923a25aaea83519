import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { checkK6Environment, withoutProxy } from '../../../lib/node/load/generators/prepare-k6.ts';
import { checkOpenFiles } from '../../../lib/node/system/open-files.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { startCommand } from '../../support/commands.ts';

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

test('connections that exceed the limit of open files are refused before the load, with the figure to ask for', async () => {
  checkOpenFiles(50, 3, 214);
  checkOpenFiles(50, 3, undefined);
  assert.throws(
    () => checkOpenFiles(50, 3, 64),
    /^Error: 50 users of 3 nodes need up to 214 open files, but this shell allows 64\. /,
  );
  const module = join(PROJECT_ROOT, 'lib/node/system/open-files.ts');
  const script = `import(${JSON.stringify(module)}).then(({ checkOpenFiles }) => checkOpenFiles(50, 3))`;
  const limited = 'ulimit -n 64; exec "$0" --import tsx --eval "$1"';
  const { stderr } = await startCommand('sh', ['-c', limited, process.execPath, script]).result;
  assert.match(stderr, /this shell allows 64/);
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
