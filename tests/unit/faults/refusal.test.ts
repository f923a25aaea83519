import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { actionOf, FAULT_KIND_NAMES, FAULT_KINDS, TIERS } from '../../../lib/core/faults/fault-kinds.ts';
import type { FaultAction, FaultActions } from '../../../lib/node/faults/fault-driver.ts';
import { refusalOf } from '../../../lib/node/faults/refusal.ts';

const prepare: FaultAction['prepare'] = async () => assert.fail('nothing is done');
const available: FaultActions = {
  servers: ['surreal-1', 'surreal-2', 'tikv-1', 'tikv-2', 'tikv-3', 'pd-1'],
  otherwise: 'only kill and pause.',
  actions: {
    kill: {
      tiers: TIERS,
      prepare,
      refusal: ({ text }) => (text.includes('surreal-2') ? 'surreal-2 is precious.' : undefined),
    },
    pause: { tiers: ['surreal'], prepare },
  },
};

const CASES: [fault: string, refusal: RegExp | undefined][] = [
  ['kill:surreal-1@1s+1s', undefined],
  ['kill:all@1s+1s', undefined],
  ['kill:surreal-2@1s+1s', /surreal-2 is precious/],
  ['kill:surreal-3@1s+1s', /there is no surreal-3\. Servers are: surreal-1, surreal-2, tikv-1/],
  ['pause:surreal-2@1s+1s', undefined],
  ['pause:tikv-1@1s+1s', /only kill and pause/],
  ['pause:all@1s+1s', /only kill and pause/],
  ['stop:surreal-1@1s+1s', /only kill and pause/],
  ['rolling-restart@1s+1s', /only kill and pause/],
  ['quorum-loss@1s+1s', undefined],
  ['quorum-loss@1s+1s,by=pause', /only kill and pause/],
  ['quorum-loss:pd@1s+1s', /1 of pd cannot lose a majority/],
  ['clock:surreal-1@1s+1s', /share the clock/],
];
for (const [fault, refusal] of CASES)
  test(`${fault} is ${refusal === undefined ? 'possible' : 'refused with the reason'} if a target can only kill, and pause nodes`, () => {
    const reason = refusalOf(parseFault(fault), available);
    if (refusal === undefined) assert.equal(reason, undefined);
    else assert.match(reason ?? '', refusal);
  });

test('what is done to each server of a whole tier is a kind of its own', () => {
  const { options } = parseFault('kill:surreal-1@1s+1s');
  for (const kind of FAULT_KIND_NAMES.filter((name) => FAULT_KINDS[name].wholeTier !== undefined)) {
    const action = actionOf({ kind, options });
    assert.equal(FAULT_KINDS[action].wholeTier, undefined, kind);
    assert.deepEqual(FAULT_KINDS[action].needs, FAULT_KINDS[kind].needs, kind);
  }
});
