// What the gate promises, on rounds that were measured: a fifth slower is found, no change is left alone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCompared, parseGateSuite } from '../../../lib/core/gate/gate-suite.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { GATE_ROUNDS, simulatedPower, type Trial } from '../../support/power.ts';

const recorded = await readFile(join(PROJECT_ROOT, 'tests/fixtures/gate-trials.ndjson'), 'utf8');
const unchanged = recorded
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Trial)
  .filter(({ slower }) => slower === 0);
const TRIALS = 200;

test('the project’s own gate has as many rounds as the simulation', async () => {
  const content = JSON.parse(await readFile(join(PROJECT_ROOT, 'gate.json'), 'utf8'));
  const rounds = parseGateSuite('gate.json', content)
    .suite.filter(isCompared)
    .map(({ compare }) => compare.rounds);
  assert.ok(rounds.length > 0);
  assert.deepEqual(new Set(rounds), new Set([GATE_ROUNDS]));
});

test('a server that is slower by a fifth is found at 95 % or more', () => {
  for (const slower of [20, 50]) {
    const { flagged, trials } = simulatedPower(unchanged, slower, Math.ceil(TRIALS / unchanged.length));
    assert.ok(flagged >= 0.95 * trials, `${slower} %: ${flagged} of ${trials}`);
  }
});

test('an unchanged server is flagged at 5 % or less', () => {
  const { flagged, trials } = simulatedPower(unchanged, 0, Math.ceil(TRIALS / unchanged.length));
  assert.ok(flagged <= 0.05 * trials, `${flagged} of ${trials}`);
});
