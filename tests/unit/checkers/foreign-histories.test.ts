// Each input that was once read wrong: what is not understood is refused by name, and nothing is dropped or merged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recogniseFormat } from '../../../lib/core/converters/recognise.ts';
import { HistoryError } from '../../../lib/core/history/history.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { readForeignHistory } from '../../support/foreign.ts';

type Event = readonly [type: string, process: string, value: string, more?: string];

/** Events of transactions, or of another function if it is named. */
const edn = (events: readonly Event[], f = 'txn'): string[] =>
  events.map(
    ([type, process, value, more = '']) => `{:type :${type}, :f :${f}, :value ${value}, :process ${process}${more}}`,
  );

/** Two transactions that overlap: both read a list as empty and append to it. */
const lostUpdate = (key: string, one = '1', other = '2'): string[] =>
  edn([
    ['invoke', '0', `[[:r ${key} nil] [:append ${key} ${one}]]`],
    ['invoke', '1', `[[:r ${key} nil] [:append ${key} ${other}]]`],
    ['ok', '0', `[[:r ${key} nil] [:append ${key} ${one}]]`],
    ['ok', '1', `[[:r ${key} nil] [:append ${key} ${other}]]`],
  ]);

const verdictOf = (text: string): string =>
  checkHistory(readForeignHistory(text, recogniseFormat(text) ?? 'jepsen-edn'))[0]?.valid ?? '';

const LINES = lostUpdate(':x');
const SHAPES: Readonly<Record<string, string>> = {
  'two forms on a line': `${LINES[0]} ${LINES[1]}\n${LINES[2]} ${LINES[3]}`,
  'a form over several lines': LINES.join('\n').replaceAll(', ', ',\n  '),
  'one vector': `[${LINES.join('\n')}]`,
  'one list': `(${LINES.join(' ')})`,
  'lines that end with CR alone': `; by hand\r${LINES.join('\r')}`,
  'lines that end with CRLF': LINES.join('\r\n'),
  'a comment first': `; a comment\n\n${LINES.join('\n')}`,
  'a discarded form first': `#_ {:type :ok} ${LINES.join('\n')}`,
  'metadata first': `^{:a 1} [${LINES.join('\n')}]`,
  'a tag before each operation': LINES.map((line) => `#jepsen.history.Op${line}`).join('\n'),
  'a byte order mark': `\uFEFF${LINES.join('\n')}`,
};
for (const [name, text] of Object.entries(SHAPES))
  test(`a history is read in full: ${name}`, () => {
    assert.equal(recogniseFormat(text), 'jepsen-edn');
    assert.equal(verdictOf(text), 'invalid');
  });

test('the pieces in which a file is read make no difference', () => {
  const text = `; ümlaut\n${LINES.join('\n').replaceAll(':x', '"x\\"é∑"')}`;
  const whole = readForeignHistory(text, 'jepsen-edn');
  for (const size of [1, 2, 3, 7, 64]) assert.deepEqual(readForeignHistory(text, 'jepsen-edn', undefined, size), whole);
});

const KEYS = [
  '[:acc 1]',
  '{:a 1, :b 2}',
  '#{1 2}',
  '#uuid "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
  '#inst "2020-01-01T00:00:00Z"',
  '1/2',
  'sym',
  '2.5',
  '\\a',
  '"text"',
  ':k',
  'true',
  '9007199254740993',
  '7N',
  '1.50M',
];
for (const key of KEYS)
  test(`a key or an element is compared by its value: ${key}`, () => {
    assert.equal(verdictOf(lostUpdate(key).join('\n')), 'invalid');
    const elements = edn([
      ['invoke', '0', `[[:append 1 ${key}]]`],
      ['ok', '0', `[[:append 1 ${key}]]`],
      ['invoke', '1', '[[:r 1 nil]]'],
      ['ok', '1', `[[:r 1 [${key}]]]`],
    ]);
    assert.equal(verdictOf(elements.join('\n')), 'valid');
  });

for (const [one, other] of [
  [':a', '"a"'],
  ['a', '"a"'],
  ['1', '"1"'],
  ['1', '1.0'],
  ['nil', '"nil"'],
  ['[1 2]', '"[1 2]"'],
  ['#{1}', '[1]'],
  ['9007199254740992', '9007199254740993'],
  ['1/2', '0.5'],
  ['"\uFEFFa"', '"a"'],
  ['#inst "2020-01-01T00:00:00.000000001Z"', '#inst "2020-01-01T00:00:00.000000002Z"'],
] as const)
  test(`values of different types differ: ${one} and ${other}`, () => {
    const text = edn([
      ['invoke', '0', `[[:append ${one} 1] [:append ${other} 2]]`],
      ['ok', '0', `[[:append ${one} 1] [:append ${other} 2]]`],
      ['invoke', '1', `[[:r ${one} nil] [:r ${other} nil]]`],
      ['ok', '1', `[[:r ${one} [1]] [:r ${other} [2]]]`],
    ]);
    assert.equal(verdictOf(text.join('\n')), 'valid');
  });

for (const [one, other] of [
  ['7N', '7'],
  ['[1 2]', '(1 2)'],
  ['#{1 2}', '#{2 1}'],
  ['{:a 1, :b 2}', '{:b 2, :a 1}'],
  ['4/2', '2'],
  ['2/4', '1/2'],
  ['#inst "2020-01-01T00:00:00Z"', '#inst "2020-01-01T01:00:00.000000+01:00"'],
  ['#:a{:b 1}', '{:a/b 1}'],
] as const)
  test(`values that are equal in Clojure are the same: ${one} and ${other}`, () => {
    const text = edn([
      ['invoke', '0', `[[:append ${one} 1]]`],
      ['ok', '0', `[[:append ${one} 1]]`],
      ['invoke', '1', `[[:r ${other} nil]]`],
      ['ok', '1', `[[:r ${other} [2]]]`],
    ]);
    assert.equal(verdictOf(text.join('\n')), 'invalid');
  });

const EPOCH = 1_795_278_470_465_000_000n;
const at = (nanoseconds: number): string => `, :time ${EPOCH + BigInt(nanoseconds)}`;

test('times of the wall clock keep the order of lines where they are equal', () => {
  const text = edn([
    ['invoke', '0', '[[:append 1 1]]', at(0)],
    ['ok', '0', '[[:append 1 1]]', at(0)],
    ['invoke', '1', '[[:r 1 nil]]', at(0)],
    ['ok', '1', '[[:r 1 []]]', at(1)],
  ]);
  const history = readForeignHistory(text.join('\n'), 'jepsen-edn');
  const [verdict] = checkHistory(history, { expect: 'strict-serializable' });
  assert.deepEqual(
    verdict?.anomalies.map(({ kind }) => kind),
    ['G-single-realtime'],
  );
  assert.ok(history.operations.every(({ start, end = 0 }) => start < 1 && end < 1));
});

const op = '{:type :invoke, :f :write, :value 1, :process 0';
const REFUSED: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['a time that is a ratio', `${op}, :time 1/2}`, /^Line 1: .*:time must be a whole number of nanoseconds, not 1\/2/],
  ['a time that is NaN', `${op}, :time ##NaN}`, /^Line 1: .*not ##NaN/],
  ['a time that is a keyword', `${op}, :time :now}`, /^Line 1: .*not :now/],
  ['a time with a leading zero', `${op}, :time 01000}`, /^Line 1 is not EDN: 01000 is not a number/],
  [
    'a completion without an invocation',
    '{:type :ok, :f :write, :value 1, :process 0}',
    /^Line 1: a process completes :write, but the line that invokes it is missing/,
  ],
  [
    'two invocations of one process, and then a completion of each',
    `${op}}\n${op}}\n{:type :ok, :f :write, :value 1, :process 0}\n{:type :ok, :f :write, :value 1, :process 0}`,
    /^Line 4: a process completes :write, but has no open operation: in line 2 it invoked another one while its operation was open/,
  ],
  [
    'transactions over lists after those over registers',
    [...lostUpdate('1'), ...edn([['invoke', '0', '[[:w 1 1]]']])].join('\n'),
    /^Line 5: \[\[:w 1 1\]\] cannot be read: :w is not a step of list-append/,
  ],
  [
    'a register before transactions',
    [`${op}}`, '{:type :ok, :f :write, :value 1, :process 0}', ...lostUpdate('1')].join('\n'),
    /^Line 2: 1 cannot be read: a transaction is a vector of steps/,
  ],
  [
    'two completions',
    `${op}}\n{:type :ok, :f :write, :value 1, :process 0}\n{:type :ok, :f :write, :value 1, :process 0}`,
    /^Line 3: /,
  ],
  [
    'a completion of another function',
    `${op}}\n{:type :ok, :f :read, :value 1, :process 0}`,
    /^Line 2: a process completes :read, but invoked :write in line 1/,
  ],
  [
    'a completion of another value',
    `${op}}\n{:type :ok, :f :write, :value 2, :process 0}`,
    /^Line 2: 2 cannot be read: it was invoked with 1/,
  ],
  ['an operation without a process', '{:type :invoke, :f :read, :value nil}', /^Line 1: .*:process is missing/],
  [
    'a read of a list that is a number',
    '{:type :invoke, :f :txn, :value [[:append 1 1]], :process 0}\n{:type :invoke, :f :txn, :value [[:r 1 nil]], :process 1}\n{:type :ok, :f :txn, :value [[:r 1 7]], :process 1}',
    /^Line 3: \[\[:r 1 7\]\] cannot be read: the read of 1 is 7/,
  ],
  [
    'a read of a list that is a set',
    '{:type :invoke, :f :txn, :value [[:append 1 1]], :process 0}\n{:type :invoke, :f :txn, :value [[:r 1 nil]], :process 1}\n{:type :ok, :f :txn, :value [[:r 1 #{7}]], :process 1}',
    /^Line 3: .*#\{7\}/,
  ],
  [
    'a read of a list that is a string',
    '{:type :invoke, :f :txn, :value [[:append 1 1]], :process 0}\n{:type :invoke, :f :txn, :value [[:r 1 nil]], :process 1}\n{:type :ok, :f :txn, :value [[:r 1 "12"]], :process 1}',
    /^Line 3: .*"12"/,
  ],
  [
    'a step without a value',
    '{:type :invoke, :f :txn, :value [[:r 1]], :process 0}',
    /^Line 1: \[\[:r 1\]\] cannot be read: a transaction is a vector of steps of three/,
  ],
  [
    'a completion of another transaction',
    '{:type :invoke, :f :txn, :value [[:append 1 1]], :process 0}\n{:type :ok, :f :txn, :value [[:append 1 2]], :process 0}',
    /^Line 2: .*another transaction/,
  ],
  [
    'a step of another workload',
    '{:type :invoke, :f :txn, :value [[:append 1 1] [:w 1 2]], :process 0}',
    /^Line 1: .*:w is not a step of list-append/,
  ],
  [
    'something after the vector',
    '[{:type :invoke, :f :read, :value nil, :process 0}] {:a 1}',
    /^Line 1 is not EDN: something follows/,
  ],
  [
    'a vector that does not end',
    '[{:type :invoke, :f :read, :value nil, :process 0}',
    /^Line 1 is not EDN: the file ends before its "\]"/,
  ],
  ['a form that does not end', '\n{:type :invoke', /^Line 2 is not EDN: the file ends in the middle of a form/],
  [
    'a map with a key twice',
    '{:type :invoke, :type :ok, :f :read, :value nil, :process 0}',
    /^Line 1 is not EDN: a map holds the key :type twice/,
  ],
  [
    'brackets that do not match',
    '{:type :invoke, :value [1)}',
    /^Line 1 is not EDN: "\)" stands where "\]" must end a collection/,
  ],
  [
    'the nemesis alone',
    '{:type :info, :f :kill, :value nil, :process :nemesis}',
    /^It holds 1 events of the nemesis, but no operation/,
  ],
  ['a byte 0 at the end', `${LINES.join('\n')}\u0000`, /^Line 4: .* cannot be read: it is not an operation/],
  ['nothing', '; only a comment', /^It holds no operation/],
  ['adds that no read explains', '{:type :invoke, :f :add, :value 1, :process 0}', /--as set or --as counter/],
];
for (const [name, text, says] of REFUSED)
  test(`refused by name, with its line: ${name}`, () => {
    assert.throws(
      () => readForeignHistory(text, 'jepsen-edn'),
      (error) => (error instanceof HistoryError && says.test(error.message)) || assert.fail(String(error)),
    );
  });

test('a keyword or a string is a process, and only :nemesis is the nemesis', () => {
  const text = edn(
    [
      ['invoke', '0', '1'],
      ['ok', '0', '1'],
    ],
    'write',
  ).concat(
    edn(
      [
        ['invoke', ':c2', 'nil'],
        ['ok', ':c2', '2'],
      ],
      'read',
    ),
    edn(
      [
        ['invoke', '"c3"', 'nil'],
        ['ok', '"c3"', '1'],
      ],
      'read',
    ),
    '{:type :info, :f :kill, :value nil, :process :nemesis}',
  );
  const { summary, operations } = readForeignHistory(text.join('\n'), 'jepsen-edn');
  assert.equal(operations.length, 3);
  assert.equal(
    summary,
    'Read 3 operations of 3 processes on 1 key as cas-register; left out: 1 events of the nemesis; processes with names: :c2 is -1, "c3" is -2.',
  );
  assert.equal(verdictOf(text.join('\n')), 'invalid');
});

test('whatever an error holds, it is text in the evidence', () => {
  const others = edn([
    ['invoke', '5', '[[:append :x 3]]'],
    ['info', '5', '[[:append :x 3]]', ', :error [:timeout "x" {:a #{1}}]'],
    ['invoke', '6', '[[:append :x 4]]'],
    ['fail', '6', '[[:append :x 4]]', ', :error [:definite nil 3N 9007199254740993]'],
    ['invoke', '7', '[[:r :x nil]]'],
    ['ok', '7', '[[:r :x [4]]]'],
  ]);
  const [verdict] = checkHistory(readForeignHistory([...LINES, ...others].join('\n'), 'jepsen-edn'));
  assert.equal(verdict?.valid, 'invalid');
  assert.match(JSON.stringify(verdict), /:definite nil 3 9007199254740993/);
});

test('transactions are read alike wherever the first one stands that writes', () => {
  const reads = edn([
    ['invoke', '7', '[[:r :x nil]]'],
    ['ok', '7', '[[:r :x nil]]'],
  ]);
  const texts = [[...reads, ...LINES].join('\n'), [...LINES, ...reads].join('\n')];
  const [first, last] = texts.map((text) => readForeignHistory(text, 'jepsen-edn'));
  assert.equal(first?.header.scenario, 'append');
  const values = (history = first): unknown[] => (history?.operations ?? []).map(({ value }) => value);
  assert.deepEqual(values().slice(1), values(last).slice(0, 2));
  assert.deepEqual(values()[0], values(last)[2]);
});

test('an operation whose process goes on without a completion may have been applied', () => {
  const text = edn([['invoke', '0', '1']], 'write').concat(
    edn(
      [
        ['invoke', '0', 'nil'],
        ['ok', '0', '1'],
      ],
      'read',
    ),
  );
  assert.equal(verdictOf(text.join('\n')), 'valid');
  assert.match(readForeignHistory(text.join('\n'), 'jepsen-edn').summary, /1 operation of unknown outcome/);
});

const workload = (f: string, value: string, answer = value): string[] =>
  edn(
    [
      ['invoke', '0', value],
      ['ok', '0', answer],
    ],
    f,
  );
const WORKLOADS: readonly (readonly [name: string, scenario: string, valid: string, text: string[]])[] = [
  [
    'a bank',
    'bank',
    'valid',
    [
      ...workload('read', 'nil', '{0 10, 1 10}'),
      ...workload('transfer', '{:from 0, :to 1, :amount 3}'),
      ...workload('read', 'nil', '{0 7, 1 13}'),
    ],
  ],
  [
    'a bank with reads alone',
    'bank',
    'valid',
    [...workload('read', 'nil', '{0 10, 1 10}'), ...workload('read', 'nil', '{0 9, 1 11}')],
  ],
  [
    'a bank that loses money',
    'bank',
    'invalid',
    [
      ...workload('read', 'nil', '{0 10, 1 10}'),
      ...workload('read', 'nil', '{0 10, 1 10}'),
      ...workload('read', 'nil', '{0 9, 1 10}'),
    ],
  ],
  ['a set', 'set', 'valid', [...workload('add', '1'), ...workload('read', 'nil', '#{1}')]],
  [
    'a set that loses an element',
    'set',
    'invalid',
    [
      ...workload('add', '1'),
      ...workload('add', '[2 3]'),
      ...workload('read', 'nil', '#{1 [2 3]}'),
      ...workload('read', 'nil', '#{1}'),
    ],
  ],
  ['a counter', 'counter', 'valid', [...workload('add', '2'), ...workload('read', 'nil', '2')]],
  ['a counter that forgets', 'counter', 'invalid', [...workload('add', '2'), ...workload('read', 'nil', '0')]],
  [
    'registers with keys',
    'register',
    'invalid',
    [...workload('write', '[:a 1]'), ...workload('read', '["a" nil]', '["a" 1]')],
  ],
  [
    'registers in transactions',
    'rw-register',
    'valid',
    [...workload('txn', '[[:w 1 2]]'), ...workload('txn', '[[:r 1 nil]]', '[[:r 1 2]]')],
  ],
  [
    'a long fork',
    'rw-register',
    'invalid',
    edn(
      [
        ['invoke', '0', '[[:w 1 1]]'],
        ['invoke', '1', '[[:w 2 1]]'],
      ],
      'write',
    ).concat(
      edn(
        [
          ['invoke', '2', '[[:r 1 nil] [:r 2 nil]]'],
          ['invoke', '3', '[[:r 1 nil] [:r 2 nil]]'],
          ['ok', '2', '[[:r 1 1] [:r 2 nil]]'],
          ['ok', '3', '[[:r 1 nil] [:r 2 1]]'],
        ],
        'read',
      ),
      edn(
        [
          ['ok', '0', '[[:w 1 1]]'],
          ['ok', '1', '[[:w 2 1]]'],
        ],
        'write',
      ),
    ),
  ],
];
for (const [name, scenario, valid, text] of WORKLOADS)
  test(`Jepsen's workloads are read as what they are: ${name}`, () => {
    const history = readForeignHistory(text.join('\n'), 'jepsen-edn');
    assert.equal(history.header.scenario, scenario);
    assert.equal(checkHistory(history)[0]?.valid, valid);
  });

test('--as names the workload if the content does not tell', () => {
  const text = workload('add', '1').join('\n');
  assert.equal(readForeignHistory(text, 'jepsen-edn', 'counter').header.scenario, 'counter');
  assert.throws(
    () => readForeignHistory(text, 'jepsen-edn', 'bank'),
    /:add is not an operation of bank, which has :transfer, :read/,
  );
});

test("Porcupine's operations, and those of etcd's robustness tests", () => {
  const etcd = (client: number, call: number, input: object, output: object): string =>
    JSON.stringify({ ClientId: client, Input: input, Call: call, Output: output, Return: call + 5 });
  const put = (value: string) => ({
    Type: 'txn',
    Txn: {
      Conditions: null,
      OperationsOnSuccess: [{ Type: 'put-operation', Put: { Key: 'k', Value: { Value: value } } }],
    },
  });
  const get = { Type: 'range', Range: { Start: 'k', End: '', Limit: 0, Revision: 0 } };
  const seen = (value: string) => ({
    Range: { KVs: [{ Key: 'k', Value: { Value: value }, ModRevision: 2 }], Count: 1 },
    Revision: 2,
  });
  const lines = [
    etcd(0, 1, put('a'), { Txn: {}, Revision: 2 }),
    etcd(1, 10, get, seen('a')),
    etcd(0, 20, put('b'), { Error: 'timeout' }),
    etcd(2, 30, { Type: 'defragment' }, {}),
  ];
  const valid = lines.join('\n');
  assert.equal(recogniseFormat(valid), 'porcupine-json');
  assert.equal(verdictOf(valid), 'valid');
  assert.match(
    readForeignHistory(valid, 'porcupine-json').summary,
    /^Read 3 operations .*left out: 1 operations that do not touch keys/,
  );
  assert.equal(verdictOf([...lines, etcd(1, 40, get, seen('c'))].join('\n')), 'invalid');
  assert.equal(verdictOf(`[${[...lines, etcd(1, 40, get, seen('b'))].join(',')}]`), 'valid');
  const conditional = etcd(
    0,
    50,
    { Type: 'txn', Txn: { Conditions: [{ Key: 'k', ExpectedRevision: 2 }], OperationsOnSuccess: [] } },
    {},
  );
  assert.throws(
    () => readForeignHistory(conditional, 'porcupine-json'),
    /^HistoryError|Operation 1: the transaction .* cannot be checked as a register/,
  );
  assert.throws(
    () => readForeignHistory('{"ClientId":0,"Input":{"x":1},"Call":0,"Return":1}', 'porcupine-json'),
    /Operation 1: Input \{"x":1\} is of a model that is unknown here/,
  );
});
