import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Operation } from '../../../lib/core/history/history.ts';
import { type HistoryFilter, HistoryIndex } from '../../../lib/node/report/history/history-index.ts';
import { filterOf, serveRun } from '../../../lib/node/report/history/serve-run.ts';
import { temporaryFolder } from '../../support/commands.ts';

const OUTCOMES = ['ok', 'conflict', 'failed', 'unknown'] as const;
const OPERATIONS = Array.from({ length: 3000 }, (_, index): Operation => {
  const outcome = OUTCOMES[index % 4] as Operation['outcome'];
  return {
    process: index % 7,
    f: index % 3 === 0 ? 'read' : 'write',
    key: `k${index % 11}`,
    value: 'ä'.repeat(index % 2000),
    node: `surreal-${(index % 2) + 1}`,
    protocol: 'sql',
    start: index * 2,
    ...(outcome === 'unknown' ? {} : { end: index * 2 + 5 }),
    outcome,
  };
});
const HEADER = { history: 1, scenario: 'x', seed: 1, nodes: ['surreal-1', 'surreal-2'] };

const folder = await temporaryFolder();
const path = join(folder.path, 'history.ndjson');
await writeFile(path, [HEADER, ...OPERATIONS].map((line) => `${JSON.stringify(line)}\n`).join(''));
await writeFile(join(folder.path, 'report.html'), '<p>report</p>');
after(() => folder[Symbol.asyncDispose]());

const FILTERS: readonly HistoryFilter[] = [
  {},
  { client: 3 },
  { key: 'k4', outcome: 'failed' },
  { node: 'surreal-2', function: 'read' },
  { from: 1000, to: 1003 },
  { client: 3, key: 'k5', node: 'surreal-1', function: 'write', outcome: 'ok', from: 100, to: 5000 },
  { node: 'surreal-9' },
];

const matches = (operation: Operation, { client, key, node, function: f, outcome, from, to }: HistoryFilter): boolean =>
  (client === undefined || operation.process === client) &&
  (key === undefined || operation.key === key) &&
  (node === undefined || operation.node === node) &&
  (f === undefined || operation.f === f) &&
  (outcome === undefined || operation.outcome === outcome) &&
  (to === undefined || operation.start <= to) &&
  (from === undefined || (operation.end ?? Number.POSITIVE_INFINITY) >= from);

test('the index finds what a look at every operation finds, page by page', async () => {
  const index = await HistoryIndex.create();
  await index.build(path);
  for (const filter of FILTERS) {
    const expected = OPERATIONS.filter((operation) => matches(operation, filter));
    for (const skip of [0, 100]) {
      const { total, operations } = await index.find(filter, skip, 100);
      assert.equal(total, expected.length, JSON.stringify(filter));
      assert.deepEqual(operations, expected.slice(skip, skip + 100));
    }
  }
  await index.close();
});

test('the fields of a link become a filter, times in seconds', () => {
  assert.deepEqual(filterOf(new URLSearchParams('client=3&key=a%20b&from=1.5&to=&node=&outcome=ok')), {
    client: 3,
    key: 'a b',
    from: 1500,
    outcome: 'ok',
  });
});

test('a served run answers its pages on loopback, and nothing outside its folder', async () => {
  const served = await serveRun(folder.path);
  const get = async (at: string, host?: string) => {
    const response = await fetch(new URL(at, served.url), host === undefined ? {} : { headers: { host } });
    return { status: response.status, text: await response.text() };
  };
  try {
    assert.deepEqual(await get('/'), { status: 200, text: '<p>report</p>' });
    assert.match((await get('/history?client=3')).text, /<form class="filters"/);
    for (;;) {
      const { total, isComplete } = JSON.parse((await get('/operations?client=3&page=1')).text);
      if (!isComplete) continue;
      assert.equal(total, OPERATIONS.filter(({ process }) => process === 3).length);
      break;
    }
    for (const outside of ['/..%2f..%2fetc%2fpasswd', '/nothing.json']) assert.equal((await get(outside)).status, 404);
  } finally {
    await served.close();
  }
});
