import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { checkFaultCommands, commandActions, parseFaultCommands } from '../../../lib/node/faults/fault-commands.ts';

test('a command has two halves, whatever is in them', () => {
  const commands = parseFaultCommands(['net:start=a=b:c', 'net:stop=echo "x\ny"']);
  assert.deepEqual([...commands], [['net', { start: 'a=b:c', stop: 'echo "x\ny"' }]]);
});

const WRONG: [texts: string[], says: RegExp][] = [
  [['net=x'], /must be NAME:start=COMMAND or NAME:stop=COMMAND/],
  [['net:start='], /must be NAME:start=COMMAND/],
  [['net:start=x'], /net has no stop: a fault has to be undone as well/],
  [['net:stop=x'], /net has no start/],
];
for (const [texts, says] of WRONG)
  test(`${texts.join(' ')} is refused`, () => {
    assert.throws(
      () => parseFaultCommands(texts),
      (error) => error instanceof UsageError && says.test(error.message),
    );
  });

test('faults and commands belong together', () => {
  const commands = parseFaultCommands(['net:start=x', 'net:stop=y']);
  checkFaultCommands([parseFault('command:net@1s+1s')], commands);
  assert.throws(() => checkFaultCommands([parseFault('command:disk@1s+1s')], commands), /no --fault-command disk/);
  assert.throws(() => checkFaultCommands([], commands), /--fault-command net is in no fault/);
});

test('the shell runs them with the environment, and a failure says what the command said', async () => {
  const command = { start: 'test "$GREETING" = hello', stop: 'echo no luck >&2; exit 3' };
  const { actions } = commandActions(new Map([['net', command]]), { GREETING: 'hello' });
  const prepared = await actions.command?.prepare('net', parseFault('command:net@1s+1s').options);
  const { undo } = (await prepared?.begin()) ?? assert.fail('command is an action');
  await assert.rejects(undo(), /exit code 3: no luck/);
});
