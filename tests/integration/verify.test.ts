// npm run verify: what it goes through, what it says, and that it leaves nothing behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OF_THE_MACHINE } from '../support/answers.ts';
import { startScript, untilSaid } from '../support/commands.ts';

const SHORT = ['--on', 'embedded', '--duration', '5s'];

test('verify shows what works, and what is unavailable here', async () => {
  const { code, stdout, stderr } = await startScript('verify', [
    ...SHORT,
    '--only',
    'cluster check',
    'schema',
    'writes by sql',
    'crud by graphql',
    '--json',
  ]).result;
  const outcomes = JSON.parse(stdout) as { name: string; state: string; says: string; command?: string }[];
  const writes = outcomes.find(({ name }) => name === 'writes by sql');
  const slow = OF_THE_MACHINE.test(writes?.says ?? '');
  assert.equal(code === 0, !slow, stdout + stderr);
  assert.deepEqual(
    outcomes.map((it) => `${it.name}: ${it === writes && slow ? 'pass' : it.state}`),
    [
      'cluster up: missing',
      'cluster check: pass',
      'schema deploy: missing',
      'schema verify: missing',
      'schema drop: missing',
      'crud by graphql: missing',
      'writes by sql: pass',
      'histories checked again: pass',
      'reports: pass',
    ],
  );
  if (!slow) assert.match(writes?.says ?? '', /operations acknowledged and every limit held/);
  assert.equal(outcomes[7]?.says, 'Checked again and valid: 1 of 1.');
  assert.match(writes?.command ?? '', /^npm run load -- writes --target embedded /);
});

test('verify that is interrupted says what it did not come to, and ends with 1', async () => {
  const running = startScript('verify', [...SHORT, '--only', 'writes by']);
  await untilSaid(running, /writes by sql/);
  await sleep(3000);
  process.kill(running.pid, 'SIGINT');
  const { code, stdout } = await running.result;
  assert.equal(code, 1, stdout);
  assert.match(stdout, /writes by rest +not run +interrupted/);
});

test('verify refuses what there is not', async () => {
  const { code, stderr } = await startScript('verify', ['--on', 'embedded', '--only', 'wrties']).result;
  assert.equal(code, 2);
  assert.match(stderr, /--only "wrties" matches no capability\. Use one of cluster check, schema deploy, /);
});
