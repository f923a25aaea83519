import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkChangefeed } from '../../../lib/core/checkers/changefeed/changefeed.ts';
import type { ChangefeedAnomaly } from '../../../lib/core/checkers/changefeed/feed-reader.ts';
import {
  type Entry,
  entriesOf,
  olderBy,
  quoteVersionstamps,
  since,
} from '../../../lib/core/workloads/change-records.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { readHistory } from '../../../lib/node/load/history/history-file.ts';
import { type FeedHistory, historyOf, type Pick, simulateFeed } from '../../support/change-feed.ts';
import { operation } from '../../support/operations.ts';
import { RUNS } from '../../support/simulations.ts';

const anyPicks = fc.infiniteStream(fc.nat({ max: 2 ** 31 - 1 })).map(
  (numbers): Pick =>
    (limit) =>
      (numbers.next().value as number) % limit,
);

test('finds nothing wrong with what a right changefeed shows, whatever the schedule', () => {
  fc.assert(
    fc.property(anyPicks, (pick) => {
      const { anomalies, valid } = checkChangefeed(historyOf(simulateFeed(pick)));
      assert.deepEqual([anomalies, valid], [[], 'valid']);
    }),
    RUNS,
  );
});

/** The same numbers every time. */
function numbers(seed: number): Pick {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** What is done to a right history, and what must be found then. */
const DAMAGES: readonly {
  readonly name: string;
  readonly finds: ChangefeedAnomaly;
  readonly damage: (its: FeedHistory) => void;
}[] = [
  {
    name: 'a consumer never gets an entry',
    finds: 'skipped',
    damage: ({ deliveries }) => void batchOf(deliveries).shift(),
  },
  {
    name: 'a feed and its consumers lack an entry',
    finds: 'lost',
    damage: ({ feeds, deliveries, writes }) => {
      const [entry] = acknowledged(feeds, writes);
      for (const [table, entries] of feeds)
        feeds.set(
          table,
          entries.filter((it) => it !== entry),
        );
      for (const byTable of deliveries.values())
        for (const batches of byTable.values())
          for (const batch of batches)
            if (batch.includes(entry as Entry)) batch.splice(batch.indexOf(entry as Entry), 1);
    },
  },
  {
    name: 'a consumer gets an entry twice',
    finds: 'duplicate',
    damage({ deliveries }) {
      const batch = batchOf(deliveries);
      const [versionstamp, changes] = batch.at(-1) as Entry;
      batch.push([String(BigInt(versionstamp) + 1n), changes]);
    },
  },
  {
    name: 'a consumer gets two entries in the wrong order',
    finds: 'out of order',
    damage({ deliveries }) {
      batchOf(deliveries).reverse();
    },
  },
  {
    name: 'an entry comes without one of its changes',
    finds: 'torn',
    damage({ deliveries }) {
      for (const byTable of deliveries.values())
        for (const batches of byTable.values())
          for (const batch of batches)
            for (const [index, [versionstamp, changes]] of batch.entries())
              if (changes.length > 1) {
                batch[index] = [versionstamp, changes.slice(1)];
                return;
              }
    },
  },
  {
    name: 'a transaction has two versionstamps',
    finds: 'torn',
    damage({ feeds, writes }) {
      const spread = writes.find(
        ({ outcome, value }) =>
          outcome === 'ok' &&
          new Set((value as { changes: [string, string][] }).changes.map(([, record]) => record.split(':')[0])).size >
            1,
      );
      const { tx } = (spread ?? assert.fail('no transaction spans two tables')).value as { tx: string };
      for (const entries of feeds.values()) {
        const at = entries.findIndex(([, changes]) => changes.some((change) => change[3] === tx));
        if (at < 0) continue;
        const [versionstamp, changes] = entries[at] as Entry;
        entries[at] = [String(BigInt(versionstamp) + 1n), changes];
        return;
      }
    },
  },
  {
    name: 'a refused transaction is delivered',
    finds: 'dirty',
    damage({ writes, deliveries }) {
      const refused = writes.find(
        ({ outcome, value }) => outcome === 'failed' && /"create","item0/.test(JSON.stringify(value)),
      );
      const { tx, changes } = (refused ?? assert.fail('no transaction was refused')).value as {
        tx: string;
        changes: [string, string, number][];
      };
      const [, record = '', version = 0] = changes.find(([f, id]) => f === 'create' && id.startsWith('item0')) ?? [];
      const batch = batchOf(deliveries);
      batch.push([String(BigInt((batch.at(-1) as Entry)[0]) + 1n), [['put', record, version, tx]]]);
    },
  },
  {
    name: 'an entry shows what nobody wrote',
    finds: 'phantom',
    damage({ deliveries }) {
      const batch = batchOf(deliveries);
      batch.push([String(BigInt((batch.at(-1) as Entry)[0]) + 1n), [['put', 'item0:c0n0', 999, 't0']]]);
    },
  },
  {
    name: 'a table holds what its feed does not lead to',
    finds: 'diverged',
    damage: ({ tables, writes }) => {
      const open = JSON.stringify(writes.filter(({ outcome }) => outcome === 'unknown').map(({ value }) => value));
      const [record = ''] = [...tables.keys()].filter((id) => !open.includes(`"${id}"`));
      tables.delete(record);
    },
  },
  {
    name: 'a change shows a wrong version as the one before',
    finds: 'wrong original',
    damage({ feeds }) {
      for (const [index, [versionstamp, changes]] of (feeds.get('item2') ?? []).entries()) {
        const [change] = changes;
        if (change?.[0] !== 'put' || change[4] === undefined) continue;
        const [f, record, version, tx, previous] = change;
        (feeds.get('item2') as Entry[])[index] = [
          versionstamp,
          [[f, record, version, tx, previous + 7], ...changes.slice(1)],
        ];
        return;
      }
    },
  },
];

for (const { name, finds, damage } of DAMAGES)
  test(`${name}: ${finds}`, () => {
    const damaged = simulateFeed(numbers(3), 300);
    damage(damaged);
    const kinds = checkChangefeed(historyOf(damaged)).anomalies.map(({ kind }) => kind);
    assert.ok(kinds.includes(finds), `found ${kinds.join(', ') || 'nothing'}`);
  });

/** What consumer `a` got of the first table in its first poll that brought several entries. */
function batchOf(deliveries: FeedHistory['deliveries']): Entry[] {
  const batches = deliveries.get('a')?.get('item0') ?? [];
  return batches.find(({ length }) => length > 2) ?? assert.fail('no poll brought several entries');
}

/** Entries of transactions that were acknowledged. */
const acknowledged = (feeds: FeedHistory['feeds'], writes: FeedHistory['writes']): Entry[] => {
  const ok = new Set(writes.filter(({ outcome }) => outcome === 'ok').map(({ value }) => (value as { tx: string }).tx));
  return (feeds.get('item0') ?? []).filter(([, [change]]) => change?.[0] === 'put' && ok.has(change[3]));
};

test('a consumer that asks since a time must get all that begins later, and nothing that was before', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const begin = history.operations.findIndex(({ f, start }) => f === 'write' && start > 60);
  const start = history.operations[begin]?.start ?? 0;
  const opening = operation({
    process: 99,
    f: 'poll',
    key: 'late',
    value: { after: "d'2026-11-30T12:00:00.000Z'", entries: [] },
    start,
  });
  const { anomalies } = checkChangefeed({ ...history, operations: [...history.operations, opening] });
  assert.deepEqual(
    anomalies.map(({ kind }) => kind),
    ['skipped'],
  );
  assert.match(anomalies[0]?.first.message ?? '', /^Consumer late asked since d'2026.*' for entry \d+ of item/);
  const last = { ...opening, start: Number.MAX_SAFE_INTEGER };
  assert.deepEqual(checkChangefeed({ ...history, operations: [...history.operations, last] }).anomalies, []);
});

test('a skipped entry shows how far behind the newest one it became visible at least', () => {
  const damaged = simulateFeed(numbers(3), 300);
  const batch = batchOf(damaged.deliveries);
  const [versionstamp] = batch.shift() as Entry;
  const newest = batch.at(-1)?.[0] ?? '0';
  const { counts } = checkChangefeed(historyOf(damaged));
  assert.equal(counts['entries that became visible behind newer ones'], 1);
  assert.ok((counts['behind by versionstamps, max'] ?? 0) >= Number(BigInt(newest) - BigInt(versionstamp)));
});

test('a consumer that fell behind is named, though it caught up', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const operations = history.operations.map((it) => (it.f === 'poll' ? { ...it, end: it.start + 5000 } : it));
  const { explanation, counts } = checkChangefeed({ ...history, operations });
  assert.match(explanation, /Consumer hop fell behind by up to \d\.\d s\./);
  assert.ok((counts['delivered after ms, max'] ?? 0) > 1000);
});

test('a consumer that skipped a change is not told a wrong original by the next one of that record', () => {
  const damaged = simulateFeed(numbers(3), 300);
  for (const batch of damaged.deliveries.get('a')?.get('item2') ?? []) batch.splice(0, 1);
  assert.deepEqual(
    checkChangefeed(historyOf(damaged)).anomalies.map(({ kind }) => kind),
    ['skipped'],
  );
});

test('a history is checked while it is read: the verdict is the same, and deliveries are not kept', async (context) => {
  const damaged = simulateFeed(numbers(3), 300);
  batchOf(damaged.deliveries).shift();
  const { header, operations } = historyOf(damaged);
  // A client prints what it wrote after a consumer has got it.
  const lines = [...operations.filter(({ f }) => f === 'poll'), ...operations.filter(({ f }) => f !== 'poll')];
  const folder = await mkdtemp(join(tmpdir(), 'changefeed-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'history.ndjson');
  const texts = [{ ...header, checkers: ['changefeed'] }, ...lines].map((line) => JSON.stringify(line));
  await writeFile(path, texts.join('\n'));
  const read = await readHistory(path);
  assert.deepEqual(checkHistory(read), checkHistory({ header, operations, damaged: 0 }));
  assert.ok(read.operations.every(({ f, value }) => f !== 'poll' || value === null));
});

test('an acknowledged transaction that a consumer has not come to is not skipped, but the consumer is behind', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const first = history.operations.findIndex(({ f, key }) => f === 'poll' && key === 'hop');
  const operations = history.operations.filter(({ f, key }, index) => f !== 'poll' || key !== 'hop' || index === first);
  const { valid, anomalies, explanation } = checkChangefeed({ ...history, operations });
  assert.deepEqual([valid, anomalies], ['unknown', []]);
  assert.match(explanation, /^hop fell behind/);
});

test('the consumer of a node that got nothing is behind', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const operations = history.operations.filter(({ f, key }) => f !== 'poll' || key !== 'b');
  const { valid, explanation } = checkChangefeed({ ...history, operations });
  assert.equal(valid, 'unknown');
  assert.match(explanation, /^b fell behind/);
});

test('a consumer that reads some again may get an entry late, and the observer measures how late', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const polls = history.operations.filter(({ f, key }) => f === 'poll' && key === 'a');
  const [
    {
      after,
      entries: [first, ...others],
    },
  ] = polls.map(({ value }) => value) as [{ after: string; entries: Entry[] }];
  const values = [{ after, entries: others }, ...polls.slice(1).map(({ value }) => value)];
  const newest = BigInt(first?.[0] ?? 0) + 65_536n * 30n;
  const observed = [...values, { after: String(newest), entries: [first] }].map((value, start) =>
    operation({ process: 99, f: 'poll', key: 'observer', value, start }),
  );
  const { anomalies, counts } = checkChangefeed({ ...history, operations: [...history.operations, ...observed] });
  assert.deepEqual(anomalies, []);
  assert.equal(counts['entries that became visible behind newer ones'], 1);
  assert.ok((counts['behind by ms, max'] ?? 0) >= 30);
});

test('versionstamps keep their digits', () => {
  const json =
    '[{"versionstamp":117703021281476609,"changes":[{"update":{"id":"item0:u1n1","version":1,"tx":"t1n1"}}]}]';
  assert.deepEqual(entriesOf(JSON.parse(quoteVersionstamps(json))), [
    ['117703021281476609', [['put', 'item0:u1n1', 1, 't1n1']]],
  ]);
});

test('changes are read as SurrealDB 3.3.5 writes them, with and without the original', () => {
  const changes = [
    { define_table: { name: 'item2' } },
    { update: { id: 'item2:a', version: 1, tx: 't1' } },
    { current: { id: 'item2:a', version: 2, tx: 't2' }, update: [{ op: 'replace', path: '/version', value: 1 }] },
    { delete: { id: 'item2:a', original: { id: 'item2:a', version: 2, tx: 't2' } } },
    { delete: { id: 'item0:a' } },
  ];
  assert.deepEqual(entriesOf([{ versionstamp: '7', changes }]), [
    [
      '7',
      [
        ['put', 'item2:a', 1, 't1'],
        ['put', 'item2:a', 2, 't2', 1],
        ['delete', 'item2:a', 2],
        ['delete', 'item0:a'],
      ],
    ],
  ]);
});

test('a consumer goes on after the newest versionstamp, at it, or some time before it', () => {
  const resume = (kind: 'exclusive' | 'inclusive' | 'overlap') =>
    since('117703021281476609', { kind, milliseconds: 2000 });
  assert.deepEqual(
    [resume('exclusive'), resume('inclusive'), resume('overlap'), olderBy('5', 1)],
    ['117703021281476610', '117703021281476609', String(117703021281476609n - 131_072_000n), '0'],
  );
});

test('a poll that was printed twice, because k6 interrupted its consumer, is taken once', () => {
  const history = historyOf(simulateFeed(numbers(3), 60));
  const operations = history.operations.flatMap((it) => (it.f === 'poll' ? [it, it] : [it]));
  assert.deepEqual(checkChangefeed({ ...history, operations }).anomalies, []);
});
