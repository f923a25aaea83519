import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import type { LevelOptions, LevelVerdict } from '../../../lib/core/checkers/transactions/level-verdict.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { operation } from '../../support/operations.ts';
import { concurrent, sequential, transaction } from '../../support/transactions.ts';

const kindsOf = ({ anomalies, tolerated }: LevelVerdict): string[] =>
  [...anomalies, ...tolerated].map(({ kind }) => kind).sort();

function assertFinds(
  operations: Operation[],
  kinds: readonly string[],
  levels: readonly string[],
  options?: LevelOptions,
) {
  const verdict = checkAppend(operations, options);
  assert.deepEqual(kindsOf(verdict), [...kinds].sort(), verdict.explanation);
  assert.deepEqual(verdict.levels, levels);
}

/** An operation of its own outcome among concurrent ones. */
const withOutcome = (outcome: Operation['outcome'], text: string): Operation =>
  operation({ ...transaction(text), process: 99, start: 0, end: 200, outcome });

test('transactions that one order explains are serializable', () => {
  assertFinds(concurrent('ax1ay1', 'rx1ay2', 'ry12rx1', 'rx'), [], ['serializable']);
});

// The histories and names of Elle's own tests (test/elle/list_append_test.clj), in our notation.
for (const { name, operations, kinds, levels } of [
  {
    name: 'G0: writes in opposite orders',
    operations: concurrent('ax1ay1', 'ax2ay2', 'rx12ry21'),
    kinds: ['G0'],
    levels: [],
  },
  {
    name: 'G1a: a read of an aborted append',
    operations: [withOutcome('failed', 'ax1'), ...concurrent('rx1')],
    kinds: ['G1a'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'G1a beneath a later append',
    operations: [withOutcome('conflict', 'ax1'), ...concurrent('ax2', 'rx12')],
    kinds: ['G1a'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'G1b: a read within a transaction',
    operations: concurrent('ax1ax2', 'rx1'),
    kinds: ['G-single', 'G1b'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'G1c: information flows in a circle',
    operations: concurrent('ax1ry1', 'ax2ay1', 'rx12ry1'),
    kinds: ['G1c'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'G-single: read skew',
    operations: concurrent('ax1ay1', 'ax2ry', 'rx12'),
    kinds: ['G-single'],
    levels: ['read-committed'],
  },
  {
    name: 'G-nonadjacent: two anti-dependencies apart (a long fork)',
    operations: concurrent('ax1', 'rx1ry', 'ay1', 'ry1rx'),
    kinds: ['G-nonadjacent'],
    levels: ['read-committed'],
  },
  {
    name: 'G2-item: write skew',
    operations: concurrent('ax1ry', 'ay1rx'),
    kinds: ['G2-item'],
    levels: ['snapshot-isolation'],
  },
  {
    name: 'a lost update',
    operations: concurrent('ax0', 'rx0ax1', 'rx0ax2'),
    kinds: ['G2-item', 'lost update'],
    levels: ['read-committed'],
  },
  {
    name: 'a lost update of which one append was overwritten',
    operations: concurrent('ax0', 'rx0ax1', 'rx0ax2', 'rx02'),
    kinds: ['G-single', 'lost update'],
    levels: ['read-committed'],
  },
  {
    name: 'reads that contradict each other',
    operations: concurrent('ax1ry1', 'ax2', 'ax3ay1', 'rx13', 'rx123'),
    kinds: ['G1c', 'incompatible order'],
    levels: ['read-uncommitted'],
  },
  { name: 'an element twice', operations: concurrent('ax1', 'ax2', 'rx12', 'rx121'), kinds: ['duplicate'], levels: [] },
  {
    name: 'an element of nobody',
    operations: concurrent('ax1', 'rx1', 'rx17'),
    kinds: ['unexpected'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'a transaction that does not see its own append',
    operations: concurrent('ax1rx', 'rx1'),
    kinds: ['internal'],
    levels: ['read-committed'],
  },
  {
    name: 'a transaction that reads something else the second time',
    operations: concurrent('ax1', 'rxrx1'),
    kinds: ['G-single', 'internal'],
    levels: ['read-committed'],
  },
  {
    name: 'a transaction that reads what it will append',
    operations: concurrent('rx1ax1'),
    kinds: ['G1c'],
    levels: ['read-uncommitted'],
  },
  {
    name: 'appends that nobody saw come after those that were seen',
    operations: concurrent('ax1ay1', 'ax2ay2', 'ax3ay3', 'rx12', 'ry2'),
    kinds: ['G0'],
    levels: [],
  },
])
  test(`Elle's anomalies: ${name}`, () => assertFinds(operations, kinds, levels));

for (const { name, operations } of [
  { name: 'one transaction that reads and appends twice', operations: concurrent('rxax1ax2', 'rx12') },
  { name: 'adjacent anti-dependencies only', operations: concurrent('rx5ay1', 'ryaz2', 'rzat3', 'rt3au4', 'ruax5') },
  { name: 'a reader whose own append nobody saw', operations: concurrent('rxax1', 'rxay1', 'ry1') },
])
  test(`no anomaly: ${name}`, () => assertAnomalies(checkAppend(operations), []));

test('snapshot isolation allows write skew but no cycle without adjacent anti-dependencies', () => {
  const { valid, tolerated, explanation } = checkAppend(concurrent('ax1ry', 'ay1rx'));
  assert.equal(valid, 'valid');
  assert.deepEqual(
    tolerated.map(({ kind }) => kind),
    ['G2-item'],
  );
  assert.match(explanation, /1 × G2-item, which snapshot-isolation allows/);
  assert.equal(checkAppend(concurrent('ax1ry', 'ay1rx'), { expect: 'serializable' }).valid, 'invalid');
});

for (const { name, operations, kinds, order, levels } of [
  {
    name: 'a read of the past breaks real time',
    operations: sequential('ax1', 'ax2', 'rx1', 'rx12'),
    kinds: ['G-single-realtime'],
    order: 'realtime',
    levels: ['strong-session-serializable'],
  },
  {
    name: 'and the order of its process',
    operations: sequential('0:ax1', '1:ax2', '1:rx1', '2:rx12'),
    kinds: ['G-single-process'],
    order: 'realtime',
    levels: ['serializable'],
  },
  {
    name: 'a long fork with process order',
    operations: sequential('0:rxrz1', '1:ax1', '1:rz', '2:az1'),
    kinds: ['G-nonadjacent-process'],
    order: 'process',
    levels: ['serializable'],
  },
  {
    name: 'information that flows back in a process',
    operations: sequential('1:rx1ay1', '2:ry1', '2:ax1'),
    kinds: ['G1c-process'],
    order: 'process',
    levels: ['serializable'],
  },
  {
    name: 'appends in the wrong order of time',
    operations: sequential('ax1', 'ax2', 'rx21'),
    kinds: ['G0-realtime'],
    order: 'realtime',
    levels: ['strong-session-serializable'],
  },
  {
    name: 'a read of the future',
    operations: sequential('rx1', 'ax1'),
    kinds: ['G1c-realtime'],
    order: 'realtime',
    levels: ['strong-session-serializable'],
  },
] as const)
  test(`order: ${name}`, () => {
    assertFinds([...operations], kinds, levels, { order });
    assertFinds([...operations], [], ['serializable']);
  });

test('a cycle of two adjacent anti-dependencies and real time breaks strict serializability alone', () => {
  const [writer, reader] = sequential('ay1', 'rx') as [Operation, Operation];
  const skewed = operation({ ...transaction('ryax1'), process: 9, start: 0, end: 50 });
  const levels = ['strong-snapshot-isolation', 'strong-session-serializable'];
  assertFinds([writer, reader, skewed], ['G2-item-realtime'], levels, { order: 'realtime' });
});

test('an acknowledged append that the final read lacks is lost, whatever the level', () => {
  const history = [
    ...sequential('ax1', 'ax2', 'rx2'),
    operation({ ...transaction('rx2'), f: 'final-read', start: 90, end: 91 }),
  ];
  const verdict = checkAppend(history, { expect: 'read-uncommitted' });
  assertAnomalies(verdict, ['lost']);
  assert.deepEqual(verdict.levels, []);
});

test('an append that had not ended when the final read began, or is of unknown outcome, may be missing', () => {
  const final = operation({ ...transaction('rx'), f: 'final-read', start: 90, end: 91 });
  assertAnomalies(checkAppend([operation({ ...transaction('ax1'), end: 95 }), final]), []);
  assertAnomalies(checkAppend([operation({ ...transaction('ax1'), end: 5, outcome: 'unknown' }), final]), []);
});

test('a transaction of unknown outcome counts where its append was seen, and its own reads say nothing', () => {
  const unknown = withOutcome('unknown', 'ax2ry');
  assertFinds([unknown, ...concurrent('ax1ay1', 'rx12ry1')], [], ['serializable']);
  assertFinds([withOutcome('unknown', 'ax1ay2'), ...concurrent('ax2ay1', 'rx12', 'ry12')], ['G0'], []);
  assertFinds([withOutcome('unknown', 'ax1ay2'), ...concurrent('ax2ay1', 'rx12', 'ry21')], [], ['serializable']);
});

test('of a transaction of unknown outcome that one append was seen of, all appends took effect', () => {
  assertFinds([withOutcome('unknown', 'ax1az1'), ...concurrent('rx1rz')], ['G-single'], ['read-committed']);
});

test('a retry of an aborted transaction with the same element is not a dirty read', () => {
  assertFinds([withOutcome('conflict', 'ax1'), ...concurrent('ax1', 'rx1')], [], ['serializable']);
});

test('elements that were appended twice leave everything unknown', () => {
  const verdict = checkAppend(concurrent('ax1', 'ax1', 'rx1'));
  assert.equal(verdict.valid, 'unknown');
  assert.match(verdict.explanation, /element 1 to list x/);
});

test('without any transaction that succeeded nothing is known', () => {
  assert.equal(checkAppend([withOutcome('failed', 'ax1')]).valid, 'unknown');
});

test('evidence of a cycle says who precedes whom and why', () => {
  const [anomaly] = checkAppend(concurrent('ax1ay1', 'ax2ry', 'rx12')).anomalies;
  const why =
    'T1 precedes T2, because T2 appended 2 to list x after T1 had appended 1; T2 precedes T1, because T2 did not read the 1 that T1 appended to list y: a contradiction.';
  assert.ok(anomaly?.first.message.startsWith(why), anomaly?.first.message);
  assert.deepEqual(
    anomaly?.first.operations.map(({ process }) => process),
    [0, 1],
  );
});

test('one cycle with one anti-dependency is found in a sea of write skew', () => {
  // Elle's `unfindable-g-single`: its search times out here; the graph of moments decides in linear time.
  const ring = 1000;
  const noise = 10;
  const texts: Operation['value'][] = [];
  for (let index = 0; index < ring; index++) {
    const other =
      index === 0 ? ['append', 'anti', 1] : index === ring - 1 ? ['r', 'anti', []] : ['append', `n${index}`, 0];
    texts.push([['append', 'ring', index], other]);
  }
  texts.push([['r', 'ring', Array.from({ length: ring }, (_, index) => index)]]);
  for (let index = 1; index < ring - 1; index++) {
    const prefix = Array.from({ length: noise - 2 }, (_, element) => element);
    for (let link = 1; link < noise; link++)
      if (link < noise - 2) texts.push([['append', `n${index}`, link]]);
      else if (link === noise - 2)
        texts.push([
          ['r', `n${index}`, prefix],
          ['r', `anti${index}`, []],
        ]);
      else
        texts.push([
          ['append', `anti${index}`, 0],
          ['r', 'ring', []],
        ]);
  }
  const history = texts.map((value, process) =>
    operation({ f: 'txn', value, process, start: process, end: 1e6 + process }),
  );
  const verdict = checkAppend(history);
  assertAnomalies(verdict, ['G-single']);
  assert.equal(verdict.anomalies[0]?.first.operations.length, ring);
});
