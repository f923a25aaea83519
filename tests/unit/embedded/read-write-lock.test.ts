import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ReadWriteLock } from '../../../lib/node/embedded/read-write-lock.ts';

test('what is alone has nothing beside it; all of it is done, whatever fails', async () => {
  const works = fc.array(fc.record({ alone: fc.boolean(), turns: fc.nat(3), fails: fc.boolean() }), { maxLength: 20 });
  const property = fc.asyncProperty(works, async (list) => {
    const lock = new ReadWriteLock(60_000);
    const inside = new Set<object>();
    const outcomes = list.map((item) => {
      const work = async () => {
        inside.add(item);
        for (let left = item.turns; left > 0; left -= 1) {
          assert.ok(inside.size === 1 || ![...inside].some((one) => (one as typeof item).alone));
          await turn();
        }
        inside.delete(item);
        if (item.fails) throw new Error('failed');
        return item;
      };
      return item.alone ? lock.exclusive(work) : lock.shared(work);
    });
    const settled = await Promise.allSettled(outcomes);
    assert.deepEqual(
      settled.map(({ status }) => status === 'rejected'),
      list.map(({ fails }) => fails),
    );
  });
  await fc.assert(property);
});

test('what takes too long does not hold up what wants to be alone', async () => {
  const lock = new ReadWriteLock(1);
  void lock.shared(() => new Promise(() => undefined));
  const alone = lock.exclusive(async () => 'alone');
  // The lock's timer alone would not keep this process running.
  const keepAlive = setInterval(() => undefined, 1000);
  assert.equal(await alone, 'alone');
  assert.equal(await lock.shared(async () => 'beside'), 'beside');
  clearInterval(keepAlive);
});
