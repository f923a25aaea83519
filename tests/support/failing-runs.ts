import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LISTED_AGAIN } from '../../lib/core/checkers/bank.ts';
import { CHECKERS } from '../../lib/core/checkers/index.ts';
import type { HistoryHeader, Operation } from '../../lib/core/history/history.ts';
import { findingsOfChecks } from '../../lib/core/verdict/check-findings.ts';
import { type Change, type Entry, FEED_TABLES } from '../../lib/core/workloads/change-records.ts';
import { EXPIRING_POLL, EXPIRING_WRITE } from '../../lib/core/workloads/expiring-records.ts';
import { LETTERS, lettersOf, recent, transactionId } from '../../lib/core/workloads/scattered.ts';
import type { RunRecord, VerdictRecord } from '../../lib/node/report/report-data.ts';
import { concurrent, concurrentRegisters, sequential } from './transactions.ts';

/** A history that one checker finds one kind of anomaly in, among others perhaps. */
export interface FailingRun {
  readonly checker: string;
  readonly kind: string;
  readonly operations: readonly Operation[];
  readonly options?: Readonly<Record<string, unknown>>;
}

type Short = readonly [
  process: number,
  f: string,
  key: string | undefined,
  value: unknown,
  start: number,
  end: number | undefined,
  outcome?: Operation['outcome'] | undefined,
];

/** Operations whose client n talks to node (n mod 3) + 1. Times are milliseconds. */
const history = (...operations: readonly Short[]): Operation[] =>
  operations.map(([process, f, key, value, start, end, outcome = 'ok']) => ({
    process,
    f,
    ...(key === undefined ? {} : { key }),
    value,
    node: `surreal-${(process % 3) + 1}`,
    protocol: 'sql',
    start,
    ...(end === undefined ? {} : { end }),
    outcome,
    ...(outcome === 'ok' ? {} : { error: outcome === 'unknown' ? 'timeout' : 'overdrawn' }),
  }));

const pay = (process: number, id: string, start: number, outcome?: Operation['outcome']): Short => [
  process,
  'transfer',
  undefined,
  { id, from: 'a1', to: 'a2', amount: 5 },
  start,
  start + 4,
  outcome,
];
const row = (id: string) => [id, 'a1', 'a2', 5];
const balances = (process: number, start: number, a1: number, a2: number, more = {}): Short => [
  process,
  'read',
  undefined,
  { a1, a2, ...more },
  start,
  start + 2,
];
const books = (process: number, a1: number, ids: readonly string[], rows = ids.map(row)): Short => [
  process,
  'final-read',
  undefined,
  { balances: { a1, a2: 200 - a1 }, ledger: rows },
  30_000 + process,
  30_003 + process,
];
const bank = (kind: string, ...operations: readonly Short[]): FailingRun => ({
  checker: 'bank',
  kind,
  operations: history(
    ...Array.from({ length: 20 }, (_, index): Short => balances(5 + (index % 3), index * 12, 100, 100)),
    ...operations,
  ),
  options: { initial: { a1: 100, a2: 100 } },
});

const T1 = pay(1, 't1n0', 190);
const BANK = [
  bank('duplicate', T1, books(0, 95, ['t1n0']), books(1, 95, ['t1n0', 't1n0']), books(2, 95, ['t1n0', 't1n0'])),
  bank('lost', T1, books(0, 100, []), books(1, 95, ['t1n0'])),
  bank('wrong total', T1, balances(3, 191, 95, 100), balances(3, 300, 95, 105)),
  bank('negative balance', balances(3, 250, -5, 205)),
  bank('missing account', [3, 'read', undefined, { a1: 200 }, 250, 252]),
  bank('duplicate account', balances(3, 250, 100, 100, { [`a1${LISTED_AGAIN}`]: 100 })),
  bank('unexpected account', balances(3, 250, 100, 100, { a9: 0 })),
  bank('ledger mismatch', T1, books(0, 100, ['t1n0'])),
  bank('refused but booked', pay(1, 't1n0', 190, 'failed'), books(0, 95, ['t1n0'])),
  bank('unexpected', books(0, 95, ['t9n9'])),
  bank('corrupted', T1, books(0, 94, ['t1n0'], [['t1n0', 'a1', 'a2', 6]])),
];

const write = (
  process: number,
  value: unknown,
  start: number,
  end: number | undefined,
  outcome?: Operation['outcome'] | undefined,
) => [process, 'write', 'x', value, start, end, outcome] as Short;
const read = (process: number, value: unknown, start: number, end = start + 3): Short => [
  process,
  'read',
  'x',
  value,
  start,
  end,
];
const keyed = (checker: string, kind: string, ...operations: readonly Short[]): FailingRun => ({
  checker,
  kind,
  operations: history(...operations),
});

const REGISTERS = [
  keyed(
    'register',
    'not linearizable',
    write(1, 1, 100, 105),
    write(2, 2, 110, 118),
    [3, 'cas', 'x', [2, 3], 120, 127],
    read(4, 3, 128),
    read(5, 2, 133, 139),
    write(1, 4, 141, undefined, 'unknown'),
    read(4, 4, 150),
  ),
  keyed(
    'read-after-write',
    'stale read',
    write(1, 1, 100, 104),
    write(1, 2, 110, 114),
    read(2, 1, 120),
    read(2, 2, 130),
  ),
  keyed('read-after-write', 'dirty read', write(1, 1, 100, 104), write(2, 2, 110, 114, 'failed'), read(3, 2, 120)),
  keyed('read-after-write', 'unexpected', write(1, 1, 100, 104), read(2, 9, 120)),
  {
    ...keyed('read-after-write', 'not converged', write(1, 1, 100, 104), write(1, 2, 110, 114), read(2, 1, 2120)),
    options: { mode: 'eventual', window: 500 },
  },
];

const SESSIONS = [
  keyed('session', 'read your writes', write(1, 1, 100, 104), write(2, 2, 110, 114), read(2, 1, 120)),
  keyed(
    'session',
    'non-monotonic read',
    write(1, 1, 100, 104),
    write(2, 2, 110, 114),
    read(3, 2, 120),
    read(3, 1, 130),
  ),
  keyed('session', 'non-monotonic write', write(1, 2, 100, 104), write(1, 1, 110, 114)),
  keyed('session', 'writes follow reads', write(1, 2, 100, 104), read(2, 2, 110), write(2, 1, 120, 124)),
  keyed('session', 'commit order', write(1, 2, 100, 104), write(2, 1, 120, 124)),
  keyed('session', 'stale read', write(1, 1, 100, 104), write(2, 2, 110, 114), read(3, 1, 120)),
  keyed('session', 'lost update', write(1, 1, 100, 104), write(2, 1, 110, 114)),
  keyed('session', 'dirty read', write(1, 1, 100, 104), read(3, 7, 120)),
  keyed('session', 'unexpected', read(3, 1, 80), write(1, 1, 100, 104)),
  keyed('session', 'corrupted', write(1, 1, 100, 104), read(3, 'x', 120)),
];

const add = (process: number, value: number, start: number, outcome?: Operation['outcome']): Short => [
  process,
  'add',
  'x',
  value,
  start,
  start + 4,
  outcome,
];
const COUNTERS = [
  keyed('counter', 'lost update', add(1, 1, 100), add(2, 1, 102), read(3, 1, 120), [
    3,
    'final-read',
    'x',
    1,
    9000,
    9002,
  ]),
  keyed('counter', 'stale read', add(1, 1, 100), add(2, 1, 110), read(3, 1, 120), read(3, 2, 130)),
  keyed('counter', 'duplicate', add(1, 1, 100), [3, 'final-read', 'x', 2, 9000, 9002]),
  keyed('counter', 'dirty read', add(1, 1, 100), read(3, 2, 110), read(3, 1, 120)),
  keyed('counter', 'non-monotonic read', add(1, 1, 100), add(2, 1, 110, 'unknown'), read(3, 2, 120), read(3, 1, 130)),
  keyed('counter', 'corrupted', add(1, 1, 100), read(3, 'x', 120)),
];

const element = (process: number, value: number, start: number, outcome?: Operation['outcome']): Short => [
  process,
  'add',
  undefined,
  value,
  start,
  start + 4,
  outcome,
];
const elements = (process: number, runs: readonly number[], start: number, more = {}): Short => [
  process,
  'read',
  undefined,
  { runs, ...more },
  start,
  start + 5,
];
const set = (kind: string, ...operations: readonly Short[]): FailingRun => keyed('set', kind, ...operations);
const ADDS = [element(1, 1, 100), element(2, 2, 110), element(1, 3, 120)];
const SETS = [
  set('lost', ...ADDS, elements(3, [1, 3], 140), elements(4, [1, 1, 3, 3], 200), elements(5, [1, 1, 3, 3], 9000)),
  set('stale', ...ADDS, elements(3, [1, 3], 140), elements(4, [1, 1, 3, 3], 160), elements(5, [1, 3], 9000)),
  set('dirty read', ...ADDS, element(1, 4, 130, 'failed'), elements(3, [1, 4], 140)),
  set('duplicate', ...ADDS, elements(3, [1, 3], 140, { duplicates: [2] })),
  set('unexpected', ...ADDS, elements(3, [1, 3, 9, 9], 140)),
  set('corrupted', ...ADDS, [3, 'read', undefined, 'all', 140, 144]),
  {
    ...set('not converged', ...ADDS, elements(3, [1, 1, 3, 3], 2000), elements(3, [1, 3], 2100)),
    options: { mode: 'eventual', window: 500 },
  },
];

const insert = (process: number, who: number, start: number, outcome?: Operation['outcome']): Short => [
  process,
  'insert',
  'k7',
  who,
  start,
  start + 6,
  outcome,
];
const rows = (...pairs: readonly (readonly [string, number])[]): Short => [
  4,
  'final-read',
  undefined,
  pairs,
  9000,
  9004,
];
const UNIQUE = [
  keyed('unique', 'duplicate', insert(1, 1, 100), insert(2, 2, 103), rows(['k7', 1], ['k7', 2])),
  keyed('unique', 'lost', insert(1, 1, 100), insert(2, 2, 103, 'failed'), rows()),
  keyed('unique', 'lost update', insert(1, 1, 100), insert(2, 2, 103, 'unknown'), rows(['k7', 2])),
  keyed('unique', 'dirty read', insert(1, 1, 100), insert(2, 2, 103, 'failed'), rows(['k7', 1], ['k7', 2])),
  keyed('unique', 'unexpected', insert(1, 1, 100), rows(['k7', 1], ['k9', 2])),
];

const create = (id: string, start: number, outcome?: Operation['outcome']): Short => [
  11,
  'create',
  id,
  undefined,
  start,
  start + 3,
  outcome,
];
const records = (process: number, node: string, ...pairs: readonly (readonly [string, string])[]): Operation => ({
  ...(history([process, 'final-read', undefined, pairs, 30_000, 30_004])[0] as Operation),
  node,
});
const writes = (kind: string, ...operations: readonly Operation[]): FailingRun => ({
  checker: 'writes',
  kind,
  operations,
});
const CREATED = history(create('v0011n1', 12_055), create('v0011n2', 12_061));
const WRITES = [
  writes('lost', ...CREATED, records(11, 'surreal-1', ['v0011n2', 'PAYLOAD']), records(11, 'surreal-2')),
  writes('corrupted', ...CREATED, records(11, 'surreal-1', ['v0011n1', 'other'], ['v0011n2', 'PAYLOAD'])),
  writes('unexpected', ...CREATED, records(11, 'surreal-1', ['v0011n9', 'PAYLOAD'])),
];

const ANSWERS = [
  ['foreign edit', 'saw-foreign-edit'],
  ['leaked draft', 'saw-leaked-draft'],
  ['wrong record', 'saw-wrong-record'],
  ['wrong answer', 'saw-wrong-answer'],
].map(([kind = '', f = '']) =>
  keyed('answers', kind, write(1, 1, 100, 104), [1, f, 'post:p7', 'title is "b", must be "a"', 120, 121]),
);

const order = (process: number, id: string, start: number, outcome: Operation['outcome'] = 'ok'): Short => [
  process,
  'order',
  id,
  { with: { order: id }, created: { [id]: outcome === 'ok' ? '{"count":1}' : null } },
  start,
  start + 4,
  outcome,
];
/** What each client reads of its records on its node at the end. */
const orders = (process: number, ...rows: readonly (readonly [id: string, content: string])[]): Short => [
  process,
  'final-read',
  undefined,
  rows,
  30_000 + process,
  30_003 + process,
];
const WORKLOAD_FILES = [
  keyed(
    'invariants',
    'broken invariant',
    order(1, 'order:u1n0', 100),
    [1, 'invariant', 'stock is never negative', [], 110, 112],
    [2, 'invariant', 'stock is never negative', [{ id: 'order:u1n0', stock: -1 }], 120, 122],
  ),
  keyed('created', 'lost', order(1, 'order:u1n0', 100), orders(1)),
  keyed('created', 'corrupted', order(1, 'order:u1n0', 100), orders(1, ['order:u1n0', '{"count":2}'])),
  keyed('created', 'unexpected', order(1, 'order:u1n0', 100, 'failed'), orders(1, ['order:u1n0', '{"count":1}'])),
];

const append = (kind: string, operations: readonly Operation[]): FailingRun => ({
  checker: 'append',
  kind,
  operations: operations.map((it) => ({ ...it, node: `surreal-${(it.process % 3) + 1}` })),
  options: { expect: 'strict-serializable' },
});
const aborted = (text: string): Operation[] =>
  concurrent(text).map((it) => ({ ...it, process: 99, outcome: 'failed' }));
const APPEND = [
  append('G0', concurrent('ax1ay1', 'ax2ay2', 'rx12ry21')),
  append('G1a', [...aborted('ax1'), ...concurrent('rx1')]),
  append('G1b', concurrent('ax1ax2', 'rx1')),
  append('G1c', concurrent('ax1ry1', 'ax2ay1', 'rx12ry1')),
  append('G-single', concurrent('ax1ay1', 'ax2ay2', 'rx1ry12', 'rx12')),
  append('G2-item', concurrent('rxay1', 'ryax1', 'rx1ry1')),
  append('G-nonadjacent', concurrent('ax1', 'ay1', 'rx1ry', 'rxry1')),
  append('G0-realtime', sequential('ax1', 'ax2', 'rx21')),
  append('G0-process', sequential('0:ax1', '0:ax2', 'rx21')),
  append('G-single-process', sequential('0:ax1', '0:rx', 'rx1')),
  append('G1c-realtime', sequential('rx1', 'ax1')),
  append('G1c-process', sequential('0:rx1', '0:ax1')),
  append('lost', [
    ...concurrent('ax1', 'ax2', 'rx12'),
    ...sequential('rx1').map((it) => ({ ...it, f: 'final-read', start: 9000, end: 9001 })),
  ]),
  append('G-single-realtime', sequential('ax1', 'rx', 'rx1')),
  append('internal', concurrent('ax1rx')),
  append('incompatible order', concurrent('ax1', 'ax2', 'rx12', 'rx21')),
  append('lost update', concurrent('rxax1', 'rxax2', 'rx12')),
  append('unexpected', concurrent('ax1', 'rx19')),
  append('duplicate', concurrent('ax1', 'rx11')),
];

const registers = (kind: string, ...texts: string[]): FailingRun => ({
  ...append(kind, concurrentRegisters(...texts)),
  checker: 'rw-register',
});
const RW_REGISTERS = [
  registers('G0', 'rx1wx2wy1', 'wx1ry1wy2', 'rx2'),
  registers('G1a', '!wx1', 'rx1'),
  registers('G1b', 'wx1wx2', 'rx1'),
  registers('G1c', 'wx1ry2', 'wy2rx1'),
  registers('G-single', 'wx1wy1', 'rxry1'),
  registers('G-nonadjacent', 'wx1', 'wy1', 'rx1ry', 'rxry1'),
  registers('G2-item', 'rxwy1', 'rywx1'),
  registers('internal', 'wx1rx2', 'wx2'),
  registers('incompatible order', 'rx1wx2', 'rx2wx1'),
  registers('lost update', 'wx1', 'rx1wx2', 'rx1wx3'),
  registers('unexpected', 'wx1', 'rx7'),
];

/** A transaction over the tables of letters a, c, e and g. */
const SCATTERED = transactionId(1, 12, 7, 3, 'aceg');
/** Ids by table; `ID/ac` has only the records in tables a and c. */
const inTables = (...texts: string[]) =>
  LETTERS.map((letter) =>
    texts.flatMap((text) => {
      const [id = '', letters = lettersOf(id)] = text.split('/');
      return letters.includes(letter) ? [id] : [];
    }),
  );
const scattered = (outcome?: Operation['outcome']): Short => [
  1,
  'write',
  SCATTERED,
  undefined,
  100,
  outcome === 'unknown' ? undefined : 106,
  outcome,
];
const snapshot = (process: number, start: number, ...texts: string[]): Short => [
  process,
  'read',
  undefined,
  [recent(1, 13), inTables(...texts)],
  start,
  start + 4,
];
const atTheEnd = (process: number, ...texts: string[]): Short => [
  process,
  'final-read',
  undefined,
  inTables(...texts),
  9000 + process,
  9004 + process,
];
const ATOMICITY = [
  keyed('atomicity', 'lost', scattered(), snapshot(2, 90), atTheEnd(0, SCATTERED), atTheEnd(1)),
  keyed('atomicity', 'torn', scattered(), snapshot(2, 120, SCATTERED), atTheEnd(0, `${SCATTERED}/ac`)),
  keyed('atomicity', 'torn read', scattered(), snapshot(2, 120, `${SCATTERED}/ace`), atTheEnd(0, SCATTERED)),
  keyed('atomicity', 'vanished', scattered('unknown'), snapshot(2, 120, SCATTERED), snapshot(3, 140), atTheEnd(0)),
  keyed('atomicity', 'stale read', scattered(), snapshot(2, 120), snapshot(2, 140, SCATTERED), atTheEnd(0, SCATTERED)),
  keyed('atomicity', 'dirty read', scattered('failed'), snapshot(2, 120, SCATTERED), atTheEnd(0, SCATTERED)),
  keyed('atomicity', 'unexpected', scattered(), atTheEnd(0, SCATTERED, transactionId(1, 12, 9, 9, 'ab'))),
];

const FEED_START = 117_703_021_276_364_800n;
/** Entry number n of the feed of a table; its versionstamp is beyond 2^53. */
const entry = (number: number, ...changes: readonly Change[]): Entry => [String(FEED_START + BigInt(number)), changes];
const put = (tx: number, record = `item0:u1n${tx}`, version = 1): Change => ['put', record, version, `t${tx}`];
const creates = (
  tx: number,
  start: number,
  records: readonly string[] = [`item0:u1n${tx}`],
  outcome?: Operation['outcome'],
): Short => [
  tx,
  'write',
  undefined,
  { tx: `t${tx}`, changes: records.map((record) => ['create', record, 1]) },
  start,
  start + 5,
  outcome,
];
const poll = (start: number, after: number, ...entries: readonly Entry[]): Short => [
  90,
  'poll',
  'surreal-1',
  { after: after === 0 ? '0' : String(FEED_START + BigInt(after)), entries },
  start,
  start + 3,
];
/** What one node shows at the end of the feed of the first table and of what it holds. */
const feedAtTheEnd = (entries: readonly Entry[], held: readonly string[]): Short[] => [
  ...FEED_TABLES.map(
    (table, index): Short => [
      0,
      'final-read',
      'feed',
      { table, entries: index === 0 ? entries : [], last: true },
      9000 + index,
      9001 + index,
    ],
  ),
  ...FEED_TABLES.map(
    (table, index): Short => [0, 'final-read', table, index === 0 ? held.map((id) => [id, 1]) : [], 9010, 9012],
  ),
];
const feed = (kind: string, ...operations: readonly Short[]): FailingRun => ({
  ...keyed('changefeed', kind, ...operations),
  options: { resume: 'exclusive' },
});
const BOTH = feedAtTheEnd([entry(7, put(1)), entry(8, put(2))], ['u1n1', 'u1n2']);
const CHANGEFEED = [
  feed(
    'lost',
    creates(1, 100),
    creates(2, 102),
    poll(120, 0, entry(8, put(2))),
    ...feedAtTheEnd([entry(8, put(2))], ['u1n2']),
  ),
  feed('skipped', creates(1, 100), creates(2, 102), poll(106, 0, entry(8, put(2))), poll(130, 8), ...BOTH),
  feed(
    'diverged',
    creates(1, 100),
    creates(2, 102),
    poll(120, 0, entry(7, put(1)), entry(8, put(2))),
    ...feedAtTheEnd([entry(7, put(1)), entry(8, put(2))], ['u1n1']),
  ),
  feed(
    'dirty',
    creates(1, 100, undefined, 'failed'),
    creates(2, 102),
    poll(120, 0, entry(7, put(1)), entry(8, put(2))),
    ...BOTH,
  ),
  feed('phantom', creates(1, 100), creates(2, 102), poll(120, 0, entry(7, put(1)), entry(9, put(3))), ...BOTH),
  feed(
    'torn',
    creates(1, 100, ['item0:u1n1', 'item0:u1n9']),
    poll(120, 0, entry(7, put(1))),
    ...feedAtTheEnd([entry(7, put(1), put(1, 'item0:u1n9'))], ['u1n1', 'u1n9']),
  ),
  feed('duplicate', creates(1, 100), poll(120, 0, entry(7, put(1))), poll(140, 7, entry(9, put(1))), ...BOTH),
  feed('out of order', creates(1, 100), creates(2, 112), poll(120, 0, entry(8, put(2)), entry(9, put(1))), ...BOTH),
  feed('moved', creates(1, 100), creates(2, 102), poll(120, 0, entry(7, put(1)), entry(9, put(2))), ...BOTH),
  feed(
    'wrong original',
    creates(1, 100, ['item2:u1n1']),
    [2, 'write', undefined, { tx: 't2', changes: [['update', 'item2:u1n1', 2]] }, 110, 115, 'ok'],
    poll(120, 0, entry(7, put(1, 'item2:u1n1')), entry(8, ['put', 'item2:u1n1', 2, 't2', 5])),
    ...BOTH,
  ),
  feed(
    'expired early',
    ...[1, 2, 3, 4].map((number): Short => [91, EXPIRING_WRITE, undefined, number, 250 * number, 250 * number + 4]),
    [91, EXPIRING_POLL, undefined, { after: 1, got: [2, 3], full: false }, 755, 758],
    [91, EXPIRING_POLL, undefined, { after: 1, got: [4], full: false }, 1005, 1008],
  ),
];

/** A change of a record, and what the live query of a node told of it. */
const changes = (
  action: string,
  version: number,
  start: number,
  outcome: Operation['outcome'] = 'ok',
  more = {},
): Short => [
  3,
  'change',
  'item:u3n1',
  { action, version, even: true, shared: true, ...more },
  start,
  start + 4,
  outcome,
];
const subscribes = (name: string): Short => [90, 'subscribe', `surreal-1/${name}`, 'LIVE SELECT', 10, 12];
const tells = (name: string, action: string, version: number, start: number, record = 'item:u3n1'): Short => [
  90,
  'notify',
  `surreal-1/${name}`,
  [action, record, version],
  start,
  start,
];
const kills = (name: string, start = 9000): Short => [90, 'unsubscribe', `surreal-1/${name}`, 'KILL', start, start + 1];
const MADE = [subscribes('all'), changes('create', 1, 100), tells('all', 'create', 1, 105)];
const LIVE = [
  keyed(
    'live',
    'dropped',
    ...MADE,
    changes('update', 2, 120),
    changes('update', 3, 140),
    tells('all', 'update', 3, 146),
    kills('all'),
  ),
  keyed('live', 'duplicate', ...MADE, tells('all', 'create', 1, 110), kills('all')),
  keyed(
    'live',
    'out of order',
    ...MADE.slice(0, 2),
    changes('update', 2, 120),
    tells('all', 'update', 2, 125),
    tells('all', 'create', 1, 127),
    kills('all'),
  ),
  keyed('live', 'dirty', ...MADE, changes('update', 2, 120, 'failed'), tells('all', 'update', 2, 125), kills('all')),
  keyed('live', 'phantom', ...MADE, tells('all', 'create', 1, 130, 'item:nobody'), kills('all')),
  keyed(
    'live',
    'leaked',
    subscribes('where'),
    changes('create', 1, 100, 'ok', { even: false }),
    tells('where', 'create', 1, 105),
    kills('where'),
  ),
  keyed(
    'live',
    'wrong link',
    subscribes('fetch'),
    changes('update', 2, 100),
    [90, 'notify', 'surreal-1/fetch', ['update', 'item:u3n1', 2, 1], 105, 105],
    kills('fetch'),
  ),
  keyed('live', 'after kill', ...MADE, kills('all', 200), changes('update', 2, 900), tells('all', 'update', 2, 906)),
];

export const FAILING_RUNS: readonly FailingRun[] = [
  ...BANK,
  ...REGISTERS,
  ...SESSIONS,
  ...COUNTERS,
  ...SETS,
  ...UNIQUE,
  ...WRITES,
  ...ANSWERS,
  ...WORKLOAD_FILES,
  ...APPEND,
  ...RW_REGISTERS,
  ...ATOMICITY,
  ...CHANGEFEED,
  ...LIVE,
];

/** Writes the folder of such a run, judged by its checker. */
export async function writeFailingRun(
  folder: string,
  { checker, operations, options = {} }: FailingRun,
): Promise<void> {
  const header: HistoryHeader = {
    history: 1,
    scenario: checker,
    seed: 1,
    nodes: ['surreal-1', 'surreal-2', 'surreal-3'],
  };
  const verdict = CHECKERS.get(checker)?.check({ header, operations, damaged: 0 }, options);
  if (verdict === undefined) throw new Error(`there is no checker ${checker}`);
  const [finding, ...others] = findingsOfChecks([verdict]);
  const run: RunRecord = {
    id: 'failing',
    started: '2026-01-02T03:04:05.000Z',
    ended: '2026-01-02T03:04:45.000Z',
    interrupted: false,
    scenario: checker,
    command: `npm run load -- ${checker} --seed 1`,
    settings: { profile: 'load', seed: 1 },
    plan: { model: 'closed', vus: 12, measured: [{ name: checker, start: 50, milliseconds: 9000 }], loadEnds: 9050 },
    target: {
      kind: 'native',
      description: '3 nodes over tikv://127.0.0.1:2379',
      notes: [],
      version: 'surrealdb-3.3.5',
      nodes: header.nodes.map((name, index) => ({ name, url: `http://127.0.0.1:${8000 + index}` })),
    },
    k6: { version: '2.2.0', source: 'PATH' },
    machine: { cores: 2 },
  };
  const judged: VerdictRecord = {
    state: 'fail',
    headline: finding?.message ?? '',
    findings: finding === undefined ? [] : [finding, ...others],
    bottleneck: '',
    limits: [],
    checks: [verdict],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'run.json'), JSON.stringify(run));
  await writeFile(join(folder, 'verdict.json'), JSON.stringify(judged));
  const inOrder = [...operations].sort((a, b) => a.start - b.start);
  await writeFile(join(folder, 'history.ndjson'), [header, ...inOrder].map((line) => JSON.stringify(line)).join('\n'));
}

/** Kinds of anomalies that no run above has, by checker. */
export function uncoveredKinds(): string[] {
  const covered = new Set(FAILING_RUNS.map(({ checker, kind }) => `${checker}: ${kind}`));
  return [...CHECKERS.values()]
    .flatMap(({ name, anomalies }) => Object.keys(anomalies).map((kind) => `${name}: ${kind}`))
    .filter((name) => !covered.has(name));
}
