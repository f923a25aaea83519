import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coresWhile, disturbanceOf } from '../../../lib/node/compare/machine-use.ts';
import type { Sample } from '../../../lib/node/load/measure/sampler.ts';

const node = { name: 'surreal-1', url: 'http://127.0.0.1:8000', pid: 1 };
const target = { kind: 'native', nodes: [node], singleEngine: true } as const;
const phase = { start: 1500, milliseconds: 3000 };

/** A sample every half second, of which k6 is there from the second on. */
const samples = (busy: (at: number) => number): Sample[] =>
  Array.from({ length: 14 }, (_, index) => ({
    at: index * 500,
    usage: index === 0 ? {} : { k6: { cpu: 0.3, memory: 1 }, 'surreal-1': { cpu: 0.2, memory: 1 } },
    busy: busy(index * 500),
  }));

test('what generator, nodes and this program do not use is foreign, while load is measured', () => {
  const quiet = coresWhile(
    phase,
    target,
    samples(() => 0.55),
    0.05,
  );
  assert.equal(quiet.nodes?.toFixed(3), '0.200');
  assert.equal(quiet.foreign?.toFixed(3), '0.000');
  // Busy before and after the measured part only.
  const around = coresWhile(
    phase,
    target,
    samples((at) => (at < 2500 || at > 5500 ? 2 : 0.55)),
    0.05,
  );
  assert.equal(around.foreign?.toFixed(3), '0.000');
  assert.equal(
    coresWhile(
      phase,
      target,
      samples(() => 1.55),
      0.05,
    ).foreign?.toFixed(3),
    '1.000',
  );
});

test('what cannot be seen is not guessed', () => {
  const busy = samples(() => 2);
  const { pid: _, ...hidden } = node;
  assert.deepEqual(coresWhile(phase, { ...target, nodes: [node, hidden] }, busy, 0), {});
  assert.deepEqual(coresWhile(phase, target, [], 0), {});
  assert.deepEqual(Object.keys(coresWhile(phase, { ...target, singleEngine: false }, busy, 0)), ['nodes']);
});

test('a tenth of the machine may be busy with something else', () => {
  assert.deepEqual(disturbanceOf(undefined, 2), []);
  assert.deepEqual(disturbanceOf(0.2, 2), []);
  assert.deepEqual(
    disturbanceOf(0.9, 2).map(({ kind, message }) => [kind, message]),
    [['validity', 'Other processes used 0.9 of 2 cores during the round.']],
  );
});
