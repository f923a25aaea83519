import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holm, westfallYoung } from '../../../lib/core/comparison/many-metrics.ts';
import { pairedShift } from '../../../lib/core/comparison/rank-tests.ts';
import { randomStream } from '../../../lib/core/random/random.ts';

test('Holm: the published steps, never below the plain p, and in the same order', () => {
  assert.deepEqual(
    holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(3))),
    [0.03, 0.06, 0.06, 0.02],
  );
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (values) => {
      const adjusted = holm(values);
      for (const [index, value] of values.entries()) {
        assert.ok((adjusted[index] ?? 0) >= value && (adjusted[index] ?? 2) <= 1);
        for (const [other, second] of values.entries())
          if (value < second) assert.ok((adjusted[index] ?? 0) <= (adjusted[other] ?? 0));
      }
    }),
  );
});

const differences = (length: number) =>
  fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), {
    minLength: length,
    maxLength: length,
    selector: Math.abs,
  });

test('one metric alone keeps the p of its own test', () => {
  fc.assert(
    fc.property(
      differences(8).filter((values) => !values.includes(0)),
      (values) => {
        const zeros = values.map(() => 0);
        const [adjusted = 0] = westfallYoung([values]);
        assert.ok(Math.abs(adjusted - pairedShift(zeros, values).p) < 1e-9);
      },
    ),
  );
});

test('a metric that is there twice costs nothing, where Holm doubles it', () => {
  const values = [5, 7, -1, 9, 4, 6, 8, 3, 2, 10];
  const [once = 0] = westfallYoung([values]);
  assert.deepEqual(westfallYoung([values, values]), [once, once]);
  assert.deepEqual(holm([once, once]), [2 * once, 2 * once]);
});

test('the order of metrics and the names of the arms change nothing', () => {
  fc.assert(
    fc.property(differences(9), differences(9), differences(9), (x, y, z) => {
      const [px, py, pz] = westfallYoung([x, y, z]);
      assert.deepEqual(westfallYoung([z, x, y]), [pz, px, py]);
      assert.deepEqual(westfallYoung([x, y, z].map((metric) => metric.map((value) => -value))), [px, py, pz]);
    }),
  );
});

test('no differences, no pairs, many pairs', () => {
  assert.deepEqual(westfallYoung([[0, 0, 0, 0, 0, 0]]), [1]);
  assert.deepEqual(westfallYoung([]), []);
  const many = Array.from({ length: 30 }, (_, index) => index + 1);
  assert.ok((westfallYoung([many, many.map((value) => (value % 2 === 0 ? value : -value))])[0] ?? 1) < 0.001);
});

test('of like metrics no more than one family in twenty has a small p', () => {
  const random = randomStream(7);
  const families = 400;
  let small = 0;
  for (let family = 0; family < families; family++) {
    const common = Array.from({ length: 8 }, () => random() - 0.5);
    const metrics = Array.from({ length: 5 }, () => common.map((value) => value + (random() - 0.5) / 2));
    if (Math.min(...westfallYoung(metrics)) <= 0.05) small++;
  }
  assert.ok(small <= families * 0.07, `${small} of ${families}`);
});
