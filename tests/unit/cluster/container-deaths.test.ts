import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DockerEvent } from '../../../lib/node/cluster/compose-cli.ts';
import { unaskedDeaths } from '../../../lib/node/cluster/container-deaths.ts';

let time = 1_796_090_000_000_000_000;
const event = (Action: string, service: string, exitCode?: number): DockerEvent => {
  time += 1_000_000_000;
  const Attributes = {
    'com.docker.compose.service': service,
    ...(exitCode === undefined ? {} : { exitCode: String(exitCode) }),
  };
  return { Action, timeNano: time, Actor: { ID: `id of ${service}`, Attributes } };
};

test('a server that ended without a command of Docker has died by itself, by signal or exit code', () => {
  const events = [
    event('kill', 'surreal-2'),
    event('die', 'surreal-2', 137),
    event('die', 'surreal-3', 134),
    event('die', 'tikv-1', 1),
    event('die', 'volume-owner', 0),
    event('die', 'surreal-2', 137),
  ];
  const deaths = unaskedDeaths(events.toReversed());
  assert.deepEqual(
    deaths.map(({ name, code, signal }) => [name, code, signal]),
    [
      ['surreal-3', null, 'SIGABRT'],
      ['tikv-1', 1, null],
      ['surreal-2', null, 'SIGKILL'],
    ],
  );
  assert.deepEqual(unaskedDeaths([]), []);
});
