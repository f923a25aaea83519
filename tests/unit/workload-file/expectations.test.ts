import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contentText, fieldOf, rowReader, wrongAnswer } from '../../../lib/core/workload-file/expectations.ts';
import type { Expectation, Step } from '../../../lib/core/workload-file/workload.ts';

const step = (query: string, expect: Partial<Expectation> = {}): Step => ({
  f: 'step',
  query,
  with: {},
  keep: {},
  expect: { refused: [], equals: {}, ...expect },
});

test('the rows are those of the last statement, in a transaction of the last before COMMIT', () => {
  assert.deepEqual(rowReader(step('RETURN 1; SELECT * FROM a'))([1, [{ id: 'a:1' }]]), [{ id: 'a:1' }]);
  for (const end of ['COMMIT', 'COMMIT;', 'commit transaction ;\n', 'COMMIT; -- done'])
    assert.deepEqual(
      rowReader(step(`BEGIN; SELECT * FROM a; ${end}`))([null, [{ id: 'a:1' }], null]),
      [{ id: 'a:1' }],
      end,
    );
});

test('one value is one row, and none is not a row', () => {
  assert.deepEqual(rowReader(step('RETURN { a: 1 }'))([{ a: 1 }]), [{ a: 1 }]);
  assert.deepEqual(rowReader(step('RETURN NONE'))([null]), []);
});

test('a field is found by its path, and what is not there is undefined', () => {
  const row = { customer: { name: 'Ann' } };
  assert.equal(fieldOf(row, 'customer.name'), 'Ann');
  assert.equal(fieldOf(row, 'order.name'), undefined);
  assert.equal(fieldOf(undefined, 'a'), undefined);
  assert.equal(fieldOf(row, '$'), row);
});

test('an answer is wrong if it has another number of rows, or another value than a constant or a parameter', () => {
  const drawn = { count: { value: 2, text: '2' } };
  const wrong = (expect: Partial<Expectation>, rows: Record<string, unknown>[]) =>
    wrongAnswer(step('RETURN 1', expect), rows, drawn);
  assert.equal(wrong({ rows: 1, equals: { n: '$count' } }, [{ n: 2 }]), undefined);
  assert.equal(wrong({ rows: 1 }, []), '0 rows, must be 1');
  assert.equal(wrong({ equals: { n: '$count' } }, [{ n: 3 }]), 'n is 3, must be 2');
  assert.equal(wrong({ equals: { n: null } }, [{}]), undefined);
  assert.equal(wrong({ equals: { n: 'a' } }, []), 'n is undefined, must be "a"');
});

test('equal records have equal texts, in whatever order their fields come; a field that may change does not count', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.integer()), fc.integer(), (row, other) => {
      const turned = Object.fromEntries(Object.entries(row).toReversed());
      assert.equal(contentText(row, []), contentText(turned, []));
      assert.equal(contentText({ ...row, paid: other }, ['paid']), contentText(row, ['paid']));
      assert.notEqual(contentText({ ...row, paid: 1 }, []), contentText({ ...row, paid: 2 }, []));
    }),
  );
});
