import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { settleStores } from '../../../lib/node/cluster/settle-stores.ts';

const STARTED = '2026-11-30T08:00:00Z';
const at = (seconds: number) => () => Date.parse(STARTED) + seconds * 1000;

/** A PD with some stores. @returns what it was asked to change, and what the function said */
async function settled(stores: number, now: () => number, status = 200, signal = new AbortController().signal) {
  const posts: string[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    health: [],
    members: {},
    regions: { count: 1 },
    stores: {
      stores: Array.from({ length: stores }, (_, index) => ({
        store: { id: index + 1, address: `tikv-${index + 1}:20160`, state_name: 'Up' },
        status: { start_ts: STARTED },
      })),
    },
  };
  const server = createServer(async (request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'POST') posts.push(`${name} ${Buffer.concat(chunks)}`);
    response.writeHead(request.method === 'POST' ? status : 200).end(JSON.stringify(answers[name] ?? 'done'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const problem = await settleStores(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, signal, now);
    return { posts, problem };
  } finally {
    server.close();
  }
}

test('leaders are spread once stores are old enough to vote', async () => {
  const { posts, problem } = await settled(3, at(11));
  assert.deepEqual(posts, ['config {"tolerant-size-ratio":1}']);
  assert.equal(problem, undefined);
});

test('stores that are younger are waited for, and Ctrl-C ends the wait', async () => {
  const controller = new AbortController();
  const waiting = settled(3, at(1), 200, controller.signal);
  setTimeout(() => controller.abort(new Error('Interrupted.')), 200);
  await assert.rejects(waiting, /Interrupted/);
});

test('one store has nothing to spread', async () => {
  assert.deepEqual(await settled(1, at(1)), { posts: [], problem: undefined });
});

test('a PD that refuses is a remark, and no failure', async () => {
  const { problem } = await settled(3, at(20), 404);
  assert.match(problem ?? '', /^Leaders are not spread over the stores: PD at .* HTTP 404 to config/);
});
