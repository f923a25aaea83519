import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownRegions, regionsOfNamespace, regionsText, tableKey } from '../../../lib/core/faults/region-keys.ts';

// First keys as a stand-in for PD tells them: of a store that was split within two tables of namespace 2.
const STARTS = [
  '',
  '2F2A000000022A00FF0000012A74002A02FF800000000000015CFF0000000000000000F7',
  '2F2A000000022A00FF0000012A75002A02FF800000000000016BFF0000000000000000F7',
];

test('regions of a namespace: the one that it begins in, and those that begin within it', () => {
  assert.equal(regionsOfNamespace(STARTS, 2), 3);
  assert.equal(regionsOfNamespace(STARTS, 1), 1);
  assert.equal(regionsOfNamespace(STARTS, 0x20000000), 1);
  assert.equal(regionsOfNamespace([''], 2), 1);
  assert.equal(regionsOfNamespace(['', '2f2a00ab00cd2a00ff'], 0xab00cd), 2);
});

test('one region is a warning, and so is not knowing', () => {
  assert.match(regionsText([]), /^NOT KNOWN/);
  assert.match(regionsText([1, 1]), /^WARNING: all data were in one region/);
  assert.match(regionsText([1, 4, 6]), /in 1 to 6 regions\. WARNING: in one region in 1 of 3 runs/);
  assert.equal(regionsText([4]), 'The data were in 4 regions, so that transactions took the path over several.');
});

test("a table's records begin after its key, and before the key of the next table", () => {
  const [, inT = '', inU = ''] = STARTS;
  assert.equal(tableKey(2, 1, 't'), '2F2A000000022A00FF0000012A74000000FC');
  assert.ok(tableKey(2, 1, 't') < inT && inT < tableKey(2, 1, 'u') && tableKey(2, 1, 'u') < inU);
  assert.equal(regionsOfNamespace(['', tableKey(7, 0, 'part_a'), tableKey(7, 0, 'part_b')], 7), 3);
});

test("the run's regions are those that begin in its namespace; without one, that which holds it", () => {
  const [first, second] = [tableKey(7, 0, 'part_a'), tableKey(7, 0, 'part_b')];
  const whole = [
    { start: '', end: first },
    { start: second, end: '' },
    { start: first, end: second },
  ];
  assert.deepEqual(ownRegions(whole, 7), [whole[2], whole[1]]);
  assert.deepEqual(ownRegions(whole, 3), [whole[0]]);
  assert.deepEqual(ownRegions(whole, 9), [whole[1]]);
});
