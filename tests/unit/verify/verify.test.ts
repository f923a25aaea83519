import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { scenarioNamed, scenarioSettings } from '../../../lib/node/catalog/catalog.ts';
import { capabilitiesOn } from '../../../lib/node/verify/capabilities.ts';
import { exitCodeOf, type Outcome, type State } from '../../../lib/node/verify/verify.ts';
import type { Environment } from '../../../lib/node/verify/verify-environment.ts';

const environment = (rest: Partial<Environment>): Environment => ({
  kind: 'compose',
  description: 'a cluster',
  isUp: false,
  hasData: false,
  missed: [],
  ...rest,
});

const commandsOn = (rest: Partial<Environment>) =>
  capabilitiesOn(environment(rest), ['writes', 'bank', 'rest', 'mixed'].map(scenarioNamed), {}).flatMap(
    ({ commands }) => commands.map((command) => command.join(' ')),
  );

test('a cluster that it brought up is wiped, and one with data is only taken down', () => {
  assert.deepEqual(commandsOn({}).at(-1), 'cluster wipe --yes --target compose');
  assert.deepEqual(commandsOn({ hasData: true }).at(-1), 'cluster down --target compose');
});

test('a cluster that is up is used, and left as it is', () => {
  const commands = commandsOn({ isUp: true, hasData: true });
  assert.equal(commands[0], 'cluster check');
  assert.deepEqual(
    commands.filter((command) => /cluster (up|down|wipe)/.test(command)),
    [],
  );
});

test('every scenario is run over every protocol that fits it', () => {
  const commands = commandsOn({});
  assert.ok(commands.some((command) => command.startsWith('load failover --target compose')));
  const loads = commands.filter((command) => /^load (?!failover)/.test(command));
  const said = loads.map((it) => it.replace(/^load (\S+) --profile smoke(?: --protocol)?/, '$1'));
  assert.deepEqual(said, [
    'writes sql',
    'writes rest',
    'writes graphql',
    'writes rpc',
    'bank sql',
    'bank rpc',
    'rest',
    'mixed all',
  ]);
  // A setting that does not apply to a scenario is refused.
  for (const load of loads) {
    const [, scenario = '', ...args] = load.split(' ');
    const { values } = parseArgs({ args, options: { profile: { type: 'string' }, protocol: { type: 'string' } } });
    const env = { LOAD_PROFILE: values.profile, LOAD_PROTOCOL: values.protocol };
    assert.doesNotThrow(() => scenarioSettings(scenario, env));
  }
});

test('durability runs only on targets whose data outlive the processes', () => {
  const durability = (kind: Environment['kind']) =>
    capabilitiesOn(environment({ kind, isUp: true }), [scenarioNamed('durability')], {}).filter(({ name }) =>
      name.startsWith('durability'),
    );
  assert.deepEqual(
    durability('compose').map(({ commands }) => commands),
    [[['load', 'durability', '--profile', 'smoke', '--protocol', 'all', '--duration', '90s']]],
  );
  assert.match(durability('memory')[0]?.missing ?? '', /lost with the process/);
  assert.match(durability('embedded')[0]?.missing ?? '', /lost with the process/);
});

test('the gravest outcome gives the exit code', () => {
  const codeOf = (...states: State[]) =>
    exitCodeOf(states.map((state): Outcome => ({ name: state, state, seconds: 1, says: '' })));
  assert.equal(codeOf('pass', 'missing'), 0);
  assert.equal(codeOf('pass', 'invalid'), 98);
  assert.equal(codeOf('invalid', 'error'), 1);
  assert.equal(codeOf('error', 'fail', 'not run'), 99);
});
