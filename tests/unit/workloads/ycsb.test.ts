import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dealer,
  FIELD_COUNT,
  fieldValue,
  recordContent,
  USERTABLE,
  WORKLOADS,
  type Workload,
  wrongRow,
  ycsbId,
} from '../../../lib/core/workloads/ycsb.ts';

test('mixes are those of the YCSB paper, and add up to a hundred', () => {
  const mixes = Object.fromEntries(Object.entries(WORKLOADS).map(([name, { mix }]) => [name, mix]));
  assert.deepEqual(mixes, {
    a: { read: 50, update: 50 },
    b: { read: 95, update: 5 },
    c: { read: 100 },
    d: { read: 95, insert: 5 },
    e: { scan: 95, insert: 5 },
    f: { read: 50, 'read-modify-write': 50 },
  });
  for (const { mix } of Object.values<Workload>(WORKLOADS))
    assert.equal(
      Object.values(mix).reduce((sum, share) => sum + share, 0),
      100,
    );
  assert.throws(() => dealer({ read: 99 }), /add up to a hundred, not 99/);
});

test('every hundred iterations have exactly the mix, and inserts are counted before each', () => {
  for (const { mix } of Object.values<Workload>(WORKLOADS)) {
    const deal = dealer(mix);
    let inserts = 0;
    for (let hundred = 0; hundred < 3; hundred++) {
      const counts: Record<string, number> = {};
      for (let at = 0; at < 100; at++) {
        const iteration = hundred * 100 + at;
        assert.equal(deal.insertsBefore(iteration), inserts);
        const operation = deal.operation(iteration);
        if (operation === 'insert') inserts++;
        counts[operation] = (counts[operation] ?? 0) + 1;
      }
      assert.deepEqual(counts, { ...mix });
    }
  }
});

test('ids of a million records differ, and are not in the order of their numbers', () => {
  const ids = Array.from({ length: 10_000 }, (_, number) => ycsbId(number));
  assert.equal(new Set(ids).size, ids.length);
  assert.notDeepEqual([...ids].sort(), ids);
  for (const id of ids) assert.match(id, /^user[0-9a-f]{8}n\d+$/);
});

test('a record has ten fields of the length that was asked for, and damage to any of them shows', () => {
  const id = ycsbId(42);
  const row = { id, ...recordContent(7, id, 100) };
  assert.deepEqual(Object.keys(row).slice(1), USERTABLE.fields);
  for (const field of USERTABLE.fields) assert.equal(String(row[field as keyof typeof row]).length, 100);
  assert.equal(wrongRow(7, row, id, 100), undefined);
  for (let field = 0; field < FIELD_COUNT; field++) {
    const name = `field${field}`;
    assert.equal(wrongRow(7, { ...row, [name]: fieldValue(7, id, field, 33, 100) }, id, 100), undefined);
    for (const wrong of ['', fieldValue(8, id, field, 0, 100), fieldValue(7, ycsbId(43), field, 0, 100), undefined])
      assert.match(wrongRow(7, { ...row, [name]: wrong }, id, 100) ?? '', new RegExp(`nobody wrote ${name}`));
  }
  assert.match(wrongRow(7, row, ycsbId(43), 100) ?? '', /another record came/);
});
