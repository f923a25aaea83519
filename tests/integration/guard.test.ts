// What the guard does after a process that was killed: a process of its own stands in for the suite.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCommand, temporaryFolder, untilSaid } from '../support/commands.ts';
import { untilNoProcess } from '../support/processes.ts';

const GUARD = new URL('../../lib/node/process/guard.ts', import.meta.url).href;
const CHILD = new URL('../../lib/node/process/run-to-end.ts', import.meta.url).href;

/** Runs a module's text until it says `ready`, kills it, and waits until a file is there, which its guard is to make. */
async function killed(text: string, folder: string, file: string): Promise<void> {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', text];
  const suite = startCommand(process.execPath, args, { FOLDER: folder });
  await untilSaid(suite, /ready/);
  process.kill(suite.pid, 'SIGKILL');
  await suite.result;
  while (!existsSync(join(folder, file))) await sleep(50);
}

const LIMIT = { timeout: 60_000 };

test(
  'a killed process has the commands that it entrusted run, the last first, without those that it called off',
  LIMIT,
  async () => {
    await using folder = await temporaryFolder();
    await killed(
      `import { entrust } from '${GUARD}';
    const folder = process.env.FOLDER;
    entrust({ run: ['mv', folder + '/second', folder + '/first of two words'] });
    entrust({ run: ['touch', folder + '/called off'] })();
    entrust({ run: ['no such program'] });
    entrust({ run: ['touch', folder + '/second'] });
    console.error('ready');
    setInterval(() => {}, 1000);`,
      folder.path,
      'first of two words',
    );
    assert.deepEqual(await readdir(folder.path), ['first of two words']);
  },
);

test('a killed process leaves no command running, and cleans up only when that has ended', LIMIT, async () => {
  await using folder = await temporaryFolder();
  await killed(
    `import { entrust } from '${GUARD}';
    import { run } from '${CHILD}';
    const file = process.env.FOLDER + '/after';
    entrust({ run: ['touch', file] });
    const endure = "trap 'sleep 1; rm -f $0; exit' TERM; echo $0; while :; do sleep 0.1; done";
    await run(['/bin/sh', '-c', endure, file], { env: process.env, onLine: () => console.error('ready') });`,
    folder.path,
    'after',
  );
  await untilNoProcess(new RegExp(folder.path));
  assert.deepEqual(await readdir(folder.path), ['after'], 'made when the command had ended, which removes it');
});
