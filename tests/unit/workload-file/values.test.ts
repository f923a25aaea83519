import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../../../lib/core/random/random.ts';
import { castOf, type DrawingContext, drawer, NothingToDraw } from '../../../lib/core/workload-file/values.ts';
import type { ValueSource } from '../../../lib/core/workload-file/workload.ts';

const context = (seed = 1, fields: Partial<DrawingContext> = {}): DrawingContext => ({
  user: 1,
  users: () => 4,
  random: randomStream(seed),
  seeded: () => 10,
  created: new Map(),
  kept: new Map(),
  now: () => '2026-01-01T00:00:00.000Z',
  people: { names: ['Ann', 'Bo'], emails: ['ann@example.com'] },
  ...fields,
});
const many = (source: ValueSource, from = context()) => {
  const draw = drawer(source, from);
  return Array.from({ length: 50 }, () => draw().value);
};
const isSame = (one: readonly unknown[], other: readonly unknown[]) => assert.deepEqual(one, other);

/** Each kind of generator, and whether a value may come from it. */
const KINDS: readonly {
  readonly source: ValueSource;
  readonly cast: string;
  readonly may: (value: unknown) => boolean;
}[] = [
  { source: { int: [-2, 3] }, cast: 'int', may: (it) => Number.isInteger(it) && Number(it) >= -2 && Number(it) <= 3 },
  { source: { float: [0.5, 1.5] }, cast: 'float', may: (it) => Number(it) >= 0.5 && Number(it) < 1.5 },
  { source: { string: 8 }, cast: '', may: (it) => /^[a-z0-9]{8}$/.test(String(it)) },
  { source: { 'one-of': ['a', 'b'] }, cast: '', may: (it) => it === 'a' || it === 'b' },
  { source: { 'one-of': [true, false] }, cast: 'bool', may: (it) => typeof it === 'boolean' },
  { source: { person: 'name' }, cast: '', may: (it) => it === 'Ann' || it === 'Bo' },
  { source: { person: 'email' }, cast: '', may: (it) => it === 'ann@example.com' },
  { source: { record: 'product' }, cast: 'record', may: (it) => /^product:s\d$/.test(String(it)) },
  {
    source: { record: 'product', distribution: 'uniform' },
    cast: 'record',
    may: (it) => /^product:s\d$/.test(String(it)),
  },
  { source: { time: 'now' }, cast: 'datetime', may: (it) => it === '2026-01-01T00:00:00.000Z' },
  { source: 'constant', cast: '', may: (it) => it === 'constant' },
  { source: 7, cast: 'int', may: (it) => it === 7 },
  { source: 0.5, cast: 'float', may: (it) => it === 0.5 },
  { source: true, cast: 'bool', may: (it) => it === true },
];

for (const { source, cast, may } of KINDS)
  test(`${JSON.stringify(source)} draws values of its kind, the same for the same seed`, () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const values = many(source, context(seed));
        assert.ok(values.every(may), String(values));
        isSame(values, many(source, context(seed)));
      }),
      { numRuns: 20 },
    );
    assert.equal(castOf(source), cast);
  });

test('a whole range of integers is drawn, its ends included', () => {
  isSame([...new Set(many({ int: [1, 3] }))].toSorted(), [1, 2, 3]);
});

test('new records of all users are distinct', () => {
  const all = [1, 2, 3].flatMap((user) => many({ new: 'order' }, context(1, { user })));
  assert.equal(new Set(all).size, all.length);
});

test('a written record is one that this user created before', () => {
  const created = new Map();
  const from = context(1, { created });
  assert.throws(() => drawer({ written: 'order' }, from)(), NothingToDraw);
  const orders = many({ new: 'order' }, from);
  assert.ok(many({ written: 'order' }, from).every((it) => orders.includes(it)));
});

test('a written record of another user is never one of this user', () => {
  const from = context(1, { created: new Map([['order', 5]]), user: 2 });
  assert.ok(many({ written: 'order', by: 'another' }, from).every((it) => /^order:u[134]n[0-4]$/.test(String(it))));
});

test('a kept value is what a step kept, and nothing before', () => {
  const kept = new Map();
  const draw = drawer({ kept: 'total' }, context(1, { kept }));
  assert.throws(draw, NothingToDraw);
  kept.set('total', { text: '12', value: 12 });
  assert.equal(draw().value, 12);
});
