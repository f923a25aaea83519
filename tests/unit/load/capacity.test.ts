import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capacityFor, HEADROOM, memoryOf, type RequestCost } from '../../../lib/core/load/capacity.ts';

const COST: RequestCost = { generatorCpu: 200, serverCpu: 100, wire: 1000, history: 150, compressed: 25 };
const MEMORY = { base: 50e6, user: 1e6 };

test('a rate takes what its requests cost, with a fifth of the CPU to spare', () => {
  // 10,000 a second at 200 µs are 2 cores of work, and 2.5 with a fifth to spare: two machines of 2 cores.
  const need = capacityFor(10_000, COST, MEMORY, { cores: 2 });
  assert.deepEqual(need, {
    cores: 2.5,
    generators: 2,
    users: 2000,
    memory: 50e6 + 1000 * 1e6,
    network: 80e6,
    historyPerMinute: 90e6,
    keptPerMinute: 15e6,
    serverCores: 1,
    timestamps: 20_000,
  });
});

test('generators are never short of the cores that their rate takes, and never one too many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2e6 }), fc.integer({ min: 1, max: 64 }), (rate, cores) => {
      const need = capacityFor(rate, COST, MEMORY, { cores });
      const work = (rate * COST.generatorCpu) / 1e6;
      assert.ok(need.generators * cores * HEADROOM >= work - 1e-9);
      assert.ok(need.generators === 1 || (need.generators - 1) * cores * HEADROOM < work + 1e-9);
    }),
  );
});

test('memory of a user and of a process are distinguished', () => {
  assert.deepEqual(memoryOf({ users: 10, bytes: 60e6 }, { users: 200, bytes: 250e6 }), { user: 1e6, base: 50e6 });
  assert.throws(() => memoryOf({ users: 10, bytes: 1 }, { users: 10, bytes: 2 }), /two different numbers/);
});
