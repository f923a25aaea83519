import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCreated } from '../../../lib/core/checkers/created.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, historyOn, inTurn } from '../../support/operations.ts';

const NODES = ['a', 'b'];

const create = (
  id: string,
  outcome: Outcome = 'ok',
  content: string | null = `{"of":"${id}"}`,
  process = 1,
): Fields => ({
  f: 'order',
  process,
  outcome,
  value: { with: {}, created: { [id]: content } },
});
/** What a node holds of a VU's records at the end. */
const read = (node: string, ids: readonly string[], process = 1): Fields => ({
  f: 'final-read',
  node,
  process,
  value: ids.map((id) => [id, `{"of":"${id.split('!')[0]}"}`]),
});
const check = (...operations: Fields[]) => checkCreated(historyOn(NODES, inTurn(...operations)));
const onBoth = (...ids: string[]): Fields[] => NODES.map((node) => read(node, ids));

test('records that are there with their content are right', () => {
  assertAnomalies(check(create('t:1'), create('t:2'), ...onBoth('t:1', 't:2')), []);
});

test('a record of an unknown outcome may be there on one node, or on none', () => {
  assertAnomalies(check(create('t:1', 'unknown', null), read('a', ['t:1']), read('b', [])), []);
});

test('a refused record that is nowhere is right', () => {
  assertAnomalies(check(create('t:1', 'failed'), create('t:2', 'conflict'), ...onBoth()), []);
});

test('a record whose content no answer showed may have any', () => {
  assertAnomalies(check(create('t:1', 'ok', null), ...onBoth('t:1')), []);
});

for (const { name, operations, kinds } of [
  {
    name: 'a record that one node lacks',
    operations: [create('t:1'), read('a', ['t:1']), read('b', [])],
    kinds: ['lost'],
  },
  {
    name: 'another content than was returned',
    operations: [create('t:1', 'ok', '{"of":"other"}'), ...onBoth('t:1')],
    kinds: ['corrupted'],
  },
  { name: 'a record that was refused', operations: [create('t:1', 'failed'), ...onBoth('t:1')], kinds: ['unexpected'] },
  {
    name: 'a record that met a conflict',
    operations: [create('t:1', 'conflict'), ...onBoth('t:1')],
    kinds: ['unexpected'],
  },
  {
    name: 'a record twice',
    operations: [create('t:1'), read('a', ['t:1', 't:1']), read('b', ['t:1'])],
    kinds: ['unexpected'],
  },
])
  test(`finds ${name}, and names the record`, () => {
    const verdict = check(...operations);
    assertAnomalies(verdict, kinds);
    assert.match(JSON.stringify(verdict.anomalies), /t:1/);
  });

test('a node that was not read leaves the verdict unknown', () => {
  const verdict = check(create('t:1'), read('a', ['t:1']));
  assert.equal(verdict.valid, 'unknown');
  assert.equal(verdict.counts['not read back'], 1);
});

test('each lost record of several users is found, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ user: fc.integer({ min: 1, max: 3 }), isLost: fc.boolean() }), { minLength: 1 }),
      (records) => {
        const all = records.map((it, number) => ({ ...it, id: `t:u${it.user}n${number}` }));
        const reads = NODES.flatMap((node) =>
          [1, 2, 3].map((user) => {
            const there = all.filter((it) => it.user === user && !(it.isLost && node === 'b'));
            return read(
              node,
              there.map(({ id }) => id),
              user,
            );
          }),
        );
        const verdict = check(...all.map(({ id, user }) => create(id, 'ok', `{"of":"${id}"}`, user)), ...reads);
        const lost = all.filter(({ isLost }) => isLost).length;
        assert.equal(verdict.anomalies.find(({ kind }) => kind === 'lost')?.count ?? 0, lost);
        assert.equal(verdict.valid, lost === 0 ? 'valid' : 'invalid');
      },
    ),
  );
});
