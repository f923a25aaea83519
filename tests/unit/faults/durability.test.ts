import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durabilityFaults } from '../../../lib/core/faults/durability.ts';
import { checkFaults, FaultError } from '../../../lib/core/faults/fault-grammar.ts';

test('the faults of a test of durability fit into any load that is long enough, and a shorter one is refused', () => {
  for (let measured = 5000; measured <= 600_000; measured += 777) {
    const faults = durabilityFaults('all', measured);
    checkFaults(faults, measured);
    assert.deepEqual(
      faults.map(({ kind, who }) => `${kind} ${who}`),
      ['stop all', 'kill all'],
    );
  }
  assert.throws(() => durabilityFaults('all', 4999), FaultError);
});
