import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkLive } from '../../../lib/core/checkers/live.ts';
import type { Operation } from '../../../lib/core/history/history.ts';
import type { Delivered, LiveChange, LivePromise } from '../../../lib/core/workloads/live-records.ts';
import { liveHistory as history, NODES, liveOperation as operation, simulateLive } from '../../support/live-queries.ts';

const kinds = (operations: readonly Operation[], expect?: LivePromise): string[] =>
  checkLive(history(operations), expect)
    .anomalies.map(({ kind }) => kind)
    .toSorted();

const change = (
  action: LiveChange['action'],
  version: number,
  start: number,
  more: Partial<LiveChange> = {},
): Operation =>
  operation('change', 'surreal-1', 'item:a', { action, version, even: true, shared: true, ...more }, start, start + 5);
const subscribed = (name: string, at = 0): Operation =>
  operation('subscribe', 'surreal-1', `surreal-1/${name}`, '', at, at + 1);
const notified = (name: string, delivered: Delivered, at: number): Operation =>
  operation('notify', 'surreal-1', `surreal-1/${name}`, delivered, at);
const ended = (name: string, at = 5000): Operation =>
  operation('unsubscribe', 'surreal-1', `surreal-1/${name}`, 'KILL', at, at + 1);

const RIGHT = [
  subscribed('all'),
  change('create', 1, 10),
  notified('all', ['create', 'item:a', 1], 16),
  change('update', 2, 20),
  notified('all', ['update', 'item:a', 2], 26),
  change('delete', 2, 30),
  notified('all', ['delete', 'item:a', null], 36),
  ended('all'),
];

test('each change once, in order, and nothing else, is valid', () => {
  assert.deepEqual(kinds(RIGHT), []);
  const verdict = checkLive(history(RIGHT));
  assert.equal(verdict.valid, 'valid');
  assert.match(verdict.explanation, /on their own node \(--expect same-node\)/);
  assert.deepEqual(
    verdict.pairs.map(({ writer, reader, writes, neverSeen }) => [writer, reader, writes, neverSeen]),
    [['surreal-1', 'surreal-1', 3, 0]],
  );
});

test('without a change that is due nothing is known', () => {
  assert.equal(checkLive(history([subscribed('all'), ended('all')])).valid, 'unknown');
});

test('each anomaly by its name', () => {
  const without = (at: number) => RIGHT.filter((_, index) => index !== at);
  assert.deepEqual(kinds(without(4)), ['dropped']);
  assert.deepEqual(kinds([...RIGHT, notified('all', ['update', 'item:a', 2], 40)]), ['duplicate']);
  const swapped = RIGHT.with(2, notified('all', ['create', 'item:a', 1], 27));
  assert.deepEqual(kinds(swapped), ['out of order']);
  const refused = RIGHT.map((it, at): Operation => (at === 3 ? { ...it, outcome: 'failed', error: 'no' } : it));
  assert.deepEqual(kinds(refused), ['dirty']);
  assert.deepEqual(kinds([...RIGHT, notified('all', ['update', 'item:b', 1], 40)]), ['phantom']);
  assert.deepEqual(kinds([...RIGHT, notified('all', ['update', 'item:a', 3], 40)]), ['phantom']);
  const late = [
    ...RIGHT,
    { ...change('create', 1, 6000), key: 'item:b' },
    notified('all', ['create', 'item:b', 1], 6006),
  ];
  assert.deepEqual(kinds(late), ['after kill']);
});

test('a change that began while KILL was under way may still arrive', () => {
  const meeting = [
    ...RIGHT,
    { ...change('create', 1, 5000.5), key: 'item:b' },
    notified('all', ['create', 'item:b', 1], 5006),
  ];
  assert.deepEqual(kinds(meeting), []);
});

test('a deletion shows the version that it ended, not that of a refused change', () => {
  const refused: Operation = { ...change('update', 3, 28), outcome: 'failed', error: 'refused on purpose' };
  const operations = (version: number) => [
    ...RIGHT.slice(0, 5),
    refused,
    change('delete', 3, 35),
    notified('all', ['delete', 'item:a', version], 41),
    ended('all'),
  ];
  assert.deepEqual(kinds(operations(2)), []);
  assert.deepEqual(kinds(operations(1)), ['dropped', 'phantom']);
});

test('what a condition or a permission excludes is leaked if it comes, and not missed if it does not', () => {
  const excluded = { where: { even: false }, permitted: { shared: false } };
  for (const [name, more] of Object.entries(excluded)) {
    const quiet = [subscribed(name), change('create', 1, 10, more), ended(name)];
    assert.deepEqual(kinds(quiet), []);
    assert.deepEqual(kinds([...quiet, notified(name, ['create', 'item:a', 1], 16)]), ['leaked']);
  }
});

test('a linked record that is not as the transaction left it is wrong', () => {
  const got = (linked: number | null) => [
    subscribed('fetch'),
    change('update', 2, 10),
    notified('fetch', ['update', 'item:a', 2, linked], 16),
    ended('fetch'),
  ];
  assert.deepEqual(kinds(got(2)), []);
  assert.deepEqual(kinds(got(1)), ['wrong link']);
  assert.deepEqual(kinds(got(null)), ['wrong link']);
});

test('what was changed on another node is due only if the cluster is promised', () => {
  const elsewhere = [subscribed('all'), { ...change('create', 1, 10), node: 'surreal-2' }, ended('all')];
  assert.deepEqual(kinds(elsewhere), []);
  assert.deepEqual(kinds(elsewhere, 'cluster'), ['dropped']);
  const { pairs } = checkLive(history(elsewhere));
  assert.deepEqual([pairs[0]?.writer, pairs[0]?.reader, pairs[0]?.neverSeen], ['surreal-2', 'surreal-1', 1]);
});

test('a change in the gap of a connection that broke is not due', () => {
  const name = 'all reconnecting';
  const gap = [subscribed(name), ended(name, 600), change('create', 1, 700), subscribed(name, 800), ended(name)];
  assert.deepEqual(kinds(gap), []);
  const { counts } = checkLive(history(gap));
  assert.deepEqual([counts['gap ms, max'], counts['changes missed in gaps']], [201, 1]);
});

const anySteps = fc.array(
  fc.record({
    record: fc.integer({ min: 0, max: 4 }),
    deletes: fc.boolean(),
    node: fc.constantFrom(...NODES),
    outcome: fc.constantFrom('ok', 'ok', 'ok', 'failed', 'unknown'),
    isApplied: fc.boolean(),
    lag: fc.double({ min: 0, max: 400, noNaN: true }),
  }),
  { maxLength: 30 },
);

test('no false alarm in histories of a server that tells of everything', () => {
  fc.assert(
    fc.property(anySteps, (steps) => assert.deepEqual(kinds(simulateLive(steps), 'cluster'), [])),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  );
});
