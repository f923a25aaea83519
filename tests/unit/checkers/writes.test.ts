import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareFinalReads } from '../../../lib/core/checkers/writes/final-reads.ts';
import { checkWrites } from '../../../lib/core/checkers/writes/writes.ts';
import type { History, Operation } from '../../../lib/core/history/history.ts';
import { OUTCOMES, type Outcome } from '../../../lib/core/protocols/outcome.ts';
import { clientPrefix, payloadOf, recordsOf } from '../../../lib/core/workloads/written-records.ts';

const SEED = 7;
const NODES = ['surreal-1', 'surreal-2'];

/** A history in which each write is there or not as its outcome and `coin` say, on every node. */
function historyOf(writes: readonly { outcome: Outcome; coin: boolean }[], clients: number): History {
  const operations: Operation[] = [];
  const there = new Map<number, [string, unknown][]>();
  for (const [index, { outcome, coin }] of writes.entries()) {
    const process = 1 + (index % clients);
    const written = recordsOf(SEED, process);
    const [id, content] = [written.id(index), written.content(index)];
    operations.push({
      process,
      f: 'create',
      key: id,
      node: 'surreal-1',
      protocol: 'sql',
      start: index,
      end: index + 1,
      outcome,
    });
    const records = there.get(process) ?? [];
    there.set(process, records);
    if (outcome === 'ok' || (outcome === 'unknown' && coin)) records.push([id, JSON.parse(content).payload]);
  }
  for (const node of NODES)
    for (const [process, value] of there)
      operations.push({
        process,
        f: 'final-read',
        value,
        node,
        protocol: 'sql',
        start: 1e6,
        end: 1e6 + 1,
        outcome: 'ok',
      });
  return { header: { history: 1, scenario: 'writes', seed: SEED, nodes: NODES }, operations, damaged: 0 };
}

const writes = fc.array(fc.record({ outcome: fc.constantFrom(...OUTCOMES), coin: fc.boolean() }), { maxLength: 60 });

test('a correct history never raises an alarm', () => {
  fc.assert(
    fc.property(writes, fc.integer({ min: 1, max: 5 }), (given, clients) => {
      assert.equal(checkWrites(historyOf(given, clients)).valid, 'valid');
    }),
  );
});

/** Changes the first final read that holds a record. */
function mutate(history: History, change: (records: [string, unknown][]) => [string, unknown][]): History {
  let done = false;
  const operations = history.operations.map((operation) => {
    const records = operation.value as [string, unknown][];
    if (done || operation.f !== 'final-read' || records.length === 0) return operation;
    done = true;
    return { ...operation, value: change(records) };
  });
  return { ...history, operations };
}

const acknowledged = historyOf(
  [
    { outcome: 'ok', coin: true },
    { outcome: 'ok', coin: true },
  ],
  1,
);
const MUTATIONS: [kind: string, change: (records: [string, unknown][]) => [string, unknown][]][] = [
  ['lost', (records) => records.slice(1)],
  ['corrupted', (records) => records.map(([id]) => [id, 'other'])],
  ['corrupted', (records) => records.map(([id]) => [id, null])],
  ['unexpected', (records) => [...records, ['v0001n9999999', payloadOf(SEED, 'v0001n9999999')]]],
  ['unexpected', (records) => [...records, ['somebody else', 'x']]],
  ['unexpected', (records) => [...records, records[0] as [string, unknown]]],
];
for (const [index, [kind, change]] of MUTATIONS.entries())
  test(`mutation ${index + 1} is found as "${kind}" and names the record`, () => {
    const { valid, anomalies } = checkWrites(mutate(acknowledged, change));
    assert.equal(valid, 'invalid');
    assert.deepEqual(
      anomalies.map((anomaly) => anomaly.kind),
      [kind],
    );
    assert.match(anomalies[0]?.first.message ?? '', /writes:.* on surreal-1/);
  });

test('a refused write that is there is unexpected', () => {
  const records = recordsOf(SEED, 1);
  const [id, content] = [records.id(0), records.content(0)];
  const refused = new Map<string, Outcome>([[id, 'failed']]);
  assert.deepEqual(
    compareFinalReads(refused, [[id, JSON.parse(content).payload]], () => JSON.parse(content).payload).unexpected,
    [id],
  );
});

test('writes that were not read back leave the verdict open', () => {
  const { header, operations } = acknowledged;
  const unread = operations.filter(({ f, node }) => f !== 'final-read' || node !== 'surreal-2');
  const { valid, counts } = checkWrites({ header, operations: unread, damaged: 0 });
  assert.equal(valid, 'unknown');
  assert.equal(counts['not read back'], 2);
});

test('a record follows from seed, client and number', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.integer({ min: 1, max: 9999 }), fc.nat(99_999_999), (seed, client, number) => {
      const records = recordsOf(seed, client);
      const [id, payload, content] = [records.id(number), records.payload(number), records.content(number)];
      assert.equal(payloadOf(seed, id), payload);
      assert.deepEqual(JSON.parse(content), { client, number, payload });
      assert.ok(id >= clientPrefix(client) && (client === 9999 || id < clientPrefix(client + 1)));
      assert.match(payload, /^[0-9a-f]{16}[0-9]+$/);
    }),
  );
  assert.equal(payloadOf(SEED, 'v1n1'), undefined);
});
