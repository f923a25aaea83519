import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPLORED_FAULTS } from '../../../lib/core/explore/explored-faults.ts';
import { drawTrial } from '../../../lib/core/explore/space.ts';
import { faultTexts, trialArguments, trialEnvironment } from '../../../lib/core/explore/trial.ts';
import { parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { checkApplies } from '../../../lib/core/scenario/composition.ts';
import { SIMPLE_SCENARIOS } from '../../../lib/node/catalog/catalog.ts';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { spaceOf } from '../../../lib/node/explore/space-of.ts';

const REQUEST = {
  target: { choice: 'native', store: 'tikv://127.0.0.1:2379' },
  fixed: {},
  scenarios: undefined,
  faults: '1-3',
} as const;

for (const [ground, faults] of Object.entries(EXPLORED_FAULTS))
  test(`what is drawn on ${ground} is a valid fault, whatever its options`, () => {
    const trial = drawTrial({ ...spaceOf(REQUEST), faults }, 1);
    for (const what of faults)
      for (const onAck of [false, true])
        for (const again of [false, true]) {
          const fault = { what, server: 2, start: 1, duration: 2, onAck, again };
          for (const text of faultTexts({ ...trial, faults: [fault] })) parseFault(text);
        }
  });

test('a setting that the user fixed is not drawn, and not repeated with the trial', () => {
  const space = spaceOf({ ...REQUEST, fixed: { SURREAL_TIKV_ASYNC_COMMIT: 'false' } });
  assert.ok(!('SURREAL_TIKV_ASYNC_COMMIT' in space.settings));
  for (let seed = 0; seed < 50; seed++)
    assert.ok(!trialArguments(drawTrial(space, seed)).join(' ').includes('ASYNC_COMMIT'));
});

test('each setting of a trial applies to its scenario', () => {
  const space = spaceOf(REQUEST);
  for (const definition of SIMPLE_SCENARIOS.filter(({ name }) => space.scenarios.includes(name)))
    for (let seed = 0; seed < 10; seed++) {
      const trial = drawTrial({ ...space, scenarios: [definition.name] }, seed);
      checkApplies({ definition, parts: [{ definition, share: 1 }] }, trialEnvironment(trial), SIMPLE_SCENARIOS);
    }
});

test('half of the draws are of scenarios whose transactions span regions', () => {
  const { scenarios } = spaceOf(REQUEST);
  const wide = scenarios.filter((name) => name === 'transactions').length;
  assert.ok(Math.abs(wide / scenarios.length - 0.5) < 0.1);
});

test('a store in memory has no links to slow down, one node, and no fault that ends its process', () => {
  const space = spaceOf({ ...REQUEST, target: { choice: 'native', store: 'memory' } });
  assert.equal(space.hasLinks, false);
  assert.equal(space.nodes, undefined);
  assert.ok(!space.faults.some((it) => /kill|crash|stop/.test(it)));
});

test('what cannot be drawn is refused with what can', () => {
  assert.throws(() => spaceOf({ ...REQUEST, scenarios: 'blog' }), UsageError);
  for (const faults of ['4', '3-1', 'many', '']) assert.throws(() => spaceOf({ ...REQUEST, faults }), UsageError);
});
