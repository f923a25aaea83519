// What is asked of PD, by a server that answers as PD does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parseFault } from '../../../lib/core/faults/fault-grammar.ts';
import { actionOf } from '../../../lib/core/faults/fault-kinds.ts';
import type { Placement } from '../../../lib/node/cluster/pd.ts';
import type { DataRegions } from '../../../lib/node/faults/data-regions.ts';
import { PdActions } from '../../../lib/node/faults/pd-actions.ts';
import { refusalOf } from '../../../lib/node/faults/refusal.ts';
import { applyUndo } from '../../../lib/node/faults/undo.ts';

const store = (id: number) => ({ id, address: `10.0.0.${id}:20160`, state: 'Up', leaders: 1, regions: 3 });
const member = (name: string) => ({ name, url: '', healthy: true, leader: name === 'pd-1' });
const THREE: Placement = {
  members: ['pd-1', 'pd-2', 'pd-3'].map(member),
  stores: [4, 1, 5].map(store),
  regions: 3,
};
const region = (id: number, leader: number) => ({ id, start: `0${id}`, end: `0${id + 1}`, leader, peers: [1, 4, 5] });
const OWN = { own: async () => [region(10, 1), region(11, 5), region(12, 4)] } as unknown as DataRegions;

/** Does a fault, and undoes it. @returns what PD was asked, before and after */
async function asked(text: string, status = 200): Promise<{ begin: string[]; undo: string[] }> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push(`${request.method} ${request.url?.replace('/pd/api/v1/', '')} ${Buffer.concat(chunks)}`.trim());
    response.writeHead(request.method === 'DELETE' ? 404 : status).end('"done"');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const fault = parseFault(text);
    const actions = new PdActions(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, THREE, OWN);
    assert.equal(refusalOf(fault, actions), undefined);
    const server0 = typeof fault.who === 'object' && 'tier' in fault.who ? `tikv-${fault.who.which}` : 'regions';
    const action = actions.actions[actionOf(fault)] ?? assert.fail(`${text} is an action`);
    const prepared = await action.prepare(server0, fault.options);
    const active = await prepared.begin();
    const begin = requests.splice(0);
    await active.undo();
    // A later process does the same, and finds that nothing is left to do.
    if (prepared.undo !== undefined) await applyUndo(prepared.undo, {}, { say: () => {} });
    return { begin, undo: requests };
  } finally {
    server.close();
  }
}

const operator = (fields: object) => `POST operators ${JSON.stringify(fields)}`;
const remove = (name: string) => [`DELETE schedulers/${name}`, `DELETE schedulers/${name}`];

const CASES: [fault: string, begin: string[], undo: string[]][] = [
  [
    'leader-transfer@1s+1s',
    [
      operator({ name: 'transfer-leader', region_id: 10, to_store_id: 4 }),
      operator({ name: 'transfer-leader', region_id: 11, to_store_id: 1 }),
      operator({ name: 'transfer-leader', region_id: 12, to_store_id: 5 }),
    ],
    [],
  ],
  [
    'region-split@1s+1s',
    [10, 11, 12].map((id) => operator({ name: 'split-region', region_id: id, policy: 'approximate' })),
    [],
  ],
  ['region-merge@1s+1s', [operator({ name: 'merge-region', source_region_id: 10, target_region_id: 11 })], []],
  ['leader-shuffle@1s+1s', ['POST schedulers {"name":"shuffle-leader-scheduler"}'], remove('shuffle-leader-scheduler')],
  [
    'evict-leader:tikv-2@1s+1s',
    ['POST schedulers {"name":"evict-leader-scheduler","store_id":1}'],
    remove('evict-leader-scheduler-1'),
  ],
  ['pd-leader-resign@1s+1s', ['POST leader/resign'], []],
];
for (const [fault, begin, undo] of CASES)
  test(`${fault} asks PD, and takes it back`, async () => {
    const seen = await asked(fault);
    assert.deepEqual(seen.begin.toSorted(), begin.toSorted());
    assert.deepEqual(seen.undo, undo);
  });

test('what PD refuses is not a fault that was done', async () => {
  await assert.rejects(asked('leader-transfer@1s+1s', 500), /answered HTTP 500 to operators/);
  await assert.rejects(asked('region-split@1s+1s', 400), /PD split none of the regions/);
});

test('one store, or one member of PD, has nowhere to move what it leads', () => {
  const alone = new PdActions('http://127.0.0.1:1', { members: [member('pd-1')], stores: [store(1)], regions: 1 }, OWN);
  const reason = (text: string) => refusalOf(parseFault(text), alone) ?? '';
  for (const text of ['leader-transfer@1s+1s', 'leader-shuffle@1s+1s', 'evict-leader:tikv-1@1s+1s'])
    assert.match(reason(text), /there is one store/);
  assert.match(reason('pd-leader-resign@1s+1s'), /PD has one member/);
  assert.equal(reason('region-split@1s+1s'), '');
});
