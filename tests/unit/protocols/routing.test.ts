import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOK_BACK_EVERY, Router, type Routing } from '../../../lib/core/protocols/routing.ts';

const NODES = ['a', 'b', 'c'];

/** A user among nodes whose state the test sets. */
function userOf(routing: Routing, user = 1) {
  const world = { now: 0, well: new Set<string>() };
  const router = new Router(routing, NODES, user, { now: () => world.now, isBack: (node) => world.well.has(node) });
  return { router, world };
}

test('round-robin takes the nodes in turn, also those that give no answer', () => {
  const { router } = userOf('round-robin');
  router.markSilent('b');
  assert.deepEqual([1, 2, 3, 4].map((turn) => router.nodeFor(turn)).join(''), 'bcab');
});

test('pinned stays with one node; users are spread over nodes', () => {
  const { router } = userOf('pinned');
  router.markSilent('b');
  assert.deepEqual([1, 2, 3, 4].map((turn) => router.nodeFor(turn)).join(''), 'bbbb');
  assert.deepEqual([1, 2, 3, 4].map((user) => userOf('pinned', user).router.nodeFor(9)).join(''), 'bcab');
});

test('failover goes on to the next node after a request without an answer, around the ring', () => {
  const { router } = userOf('failover');
  assert.equal(router.nodeFor(0), 'b');
  router.markSilent('b');
  assert.equal(router.nodeFor(1), 'c');
  router.markSilent('c');
  assert.equal(router.nodeFor(2), 'a');
  router.markSilent('a');
  assert.equal(router.nodeFor(3), 'b');
});

test('failover does not mind a node that it did not choose', () => {
  const { router } = userOf('failover');
  router.markSilent('c');
  assert.equal(router.nodeFor(0), 'b');
});

test('failover returns to its own node when that is back, and looks for it now and then only', () => {
  const { router, world } = userOf('failover');
  router.markSilent('b');
  world.well.add('b');
  world.now = LOOK_BACK_EVERY - 1;
  assert.equal(router.nodeFor(1), 'c');
  world.now = LOOK_BACK_EVERY;
  assert.equal(router.nodeFor(2), 'b');

  router.markSilent('b');
  world.well.clear();
  world.now *= 2;
  assert.equal(router.nodeFor(3), 'c');
  world.well.add('b');
  world.now += LOOK_BACK_EVERY - 1;
  assert.equal(router.nodeFor(4), 'c');
  world.now += 1;
  assert.equal(router.nodeFor(5), 'b');
});

test('hopping ignores the routing', () => {
  const { router } = userOf('pinned');
  assert.equal([0, 1, 2, 3].map((turn) => router.at(turn)).join(''), 'abca');
});
