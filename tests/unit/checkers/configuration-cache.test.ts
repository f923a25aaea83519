import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigurationCache } from '../../../lib/core/checkers/register/configuration-cache.ts';

const HASH = 7;
const words = (...items: number[]): Int32Array => Int32Array.from(items);

test('configurations with one hash are distinguished by all that they are', () => {
  const cache = new ConfigurationCache();
  const known = () => cache.add(HASH, 1, words(-1, 5, 0), 1, 2, words(3));
  assert.equal(known(), true);
  assert.equal(known(), false);
  assert.equal(cache.add(HASH, 2, words(-1, 5, 0), 1, 2, words(3)), true, 'state');
  assert.equal(cache.add(HASH, 1, words(-1, 6, 0), 1, 2, words(3)), true, 'steps done');
  assert.equal(cache.add(HASH, 1, words(-1, -1, 5), 2, 3, words(3)), true, 'where the mixed words begin');
  assert.equal(cache.add(HASH, 1, words(-1, 5, 0), 1, 2, words(4)), true, 'optional steps done');
  assert.equal(known(), false);
  assert.equal(cache.size, 5);
});

test('configurations are kept while the cache grows', () => {
  const cache = new ConfigurationCache();
  const add = (number: number): boolean => cache.add(number % 97, number, words(number), 0, 1, words());
  for (let number = 0; number < 5000; number++) assert.equal(add(number), true);
  for (let number = 0; number < 5000; number++) assert.equal(add(number), false);
});
