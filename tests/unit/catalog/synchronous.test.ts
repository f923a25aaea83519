import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { withoutAwaits } from '../../../lib/node/catalog/synchronous.ts';

const ASYNC = `
const later = (value) => value;
export async function declared(x) { return (await later(x)) + 1; }
const arrow = async (x) => await declared(x);
const object = { async method(x) { return await arrow(x); }, async: false, await_: 'async await' };
class Counter {
  async #inner(x) { const a = await object.method(x); return a; }
  async outer(x) { for (const y of [x]) if (!(await this.#inner(y))) return 0; return this.#inner(x); }
  static async make() { return new Counter(); }
}
async function later2() { return { value: (await later({ x: [1] })).x }; }
const result = [(await_ => await_)(object.await_), object.async];
`;

test('every async and await goes, and what looks like one stays', () => {
  const text = withoutAwaits(ASYNC);
  assert.equal(text.length, ASYNC.length, 'all else stays in its place');
  const script = `${text.replace('export ', '')}; JSON.stringify([Counter.make().outer(2), later2(), result])`;
  assert.deepEqual(JSON.parse(runInNewContext(script)), [3, { value: [1] }, ['async await', false]]);
});

test('code without any stays as it is', () => {
  const text = 'const a = { async: 1 }; a.async; a["await"];';
  assert.equal(withoutAwaits(text), text);
});
