import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { readJepsenLog } from '../../../lib/core/converters/jepsen-log.ts';
import { recogniseFormat } from '../../../lib/core/converters/recognise.ts';
import { HistoryError } from '../../../lib/core/history/history.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { readForeignHistory } from '../../support/foreign.ts';

test('a history of Elle becomes transactions with their outcomes and times', () => {
  const edn = `; write skew, and a transaction without a completion
{:type :invoke, :f :txn, :value [[:append 1 5] [:r "b" nil]], :process 0, :time 1000000, :index 0}
{:type :invoke, :f :txn, :value [[:append "b" 6] [:r 1 nil]], :process 1, :time 2000000, :index 1}
{:type :info, :f :start, :value nil, :process :nemesis, :time 2500000, :index 2}
{:type :ok, :f :txn, :value [[:append 1 5] [:r "b" nil]], :process 0, :time 4000000, :index 3}
#jepsen.history.Op{:type :ok, :f :txn, :value [[:append "b" 6] [:r 1 []]], :process 1, :time 3000000, :index 4}
{:type :invoke, :f :txn, :value [[:append 1 7]], :process 0, :time 5000000, :index 5}
{:type :invoke, :f :txn, :value [[:append 1 8]], :process 1, :time 6000000, :index 6}
{:type :fail, :f :txn, :value [[:append 1 8]], :process 1, :time 7000000, :error [:conflict "x"], :index 7}
`;
  const operations = readForeignHistory(edn, 'jepsen-edn').operations;
  assert.deepEqual(
    operations.map(({ process, outcome, start, end }) => ({ process, outcome, start, end })),
    [
      { process: 0, outcome: 'ok', start: 1, end: 4 },
      // Written later, so it happened later, whatever its own clock says.
      { process: 1, outcome: 'ok', start: 2, end: 4.000001 },
      { process: 1, outcome: 'failed', start: 6, end: 7 },
      { process: 0, outcome: 'unknown', start: 5, end: undefined },
    ],
  );
  assert.deepEqual(operations[1]?.value, [
    ['append', 'b', 6],
    ['r', 1, []],
  ]);
  assert.equal(operations[2]?.error, '[:conflict "x"]');
  const verdict = checkAppend(operations, { expect: 'serializable' });
  assertAnomalies(verdict, ['G2-item']);
});

test('a history of Elle may be one vector, and without times its order is the clock', () => {
  const edn = `[{:type :invoke, :value [[:append :x 1]], :process 0}
                {:type :ok, :value [[:append :x 1]], :process 0}
                {:type :invoke, :value [[:r :x nil]], :process 0}
                {:type :ok, :value [[:r :x nil]], :process 0}]`;
  assertAnomalies(checkAppend(readForeignHistory(edn, 'jepsen-edn').operations, { expect: 'strict-serializable' }), [
    'G-single-process',
  ]);
});

test('a Jepsen history of registers, with and without keys', () => {
  const event = (type: string, f: string, value: string): string =>
    `{:process 0, :type :${type}, :f :${f}, :value ${value}}\n`;
  const plain =
    event('invoke', 'write', '1') +
    event('ok', 'write', '1') +
    event('invoke', 'cas', '[1 2]') +
    event('ok', 'cas', '[1 2]');
  const stale = plain + event('invoke', 'read', 'nil') + event('ok', 'read', '1');
  assertAnomalies(checkRegister(readForeignHistory(plain, 'jepsen-edn').operations), []);
  assertAnomalies(checkRegister(readForeignHistory(stale, 'jepsen-edn').operations), ['not linearizable']);
  const keyed =
    event('invoke', 'write', '[7 1]') +
    event('ok', 'write', '[7 1]') +
    event('invoke', 'read', '[8 nil]') +
    event('ok', 'read', '[8 nil]');
  const operations = readForeignHistory(keyed, 'jepsen-edn').operations;
  assert.deepEqual(
    operations.map(({ key, value }) => [key, value]),
    [
      ['7', 1],
      ['8', null],
    ],
  );
  assertAnomalies(checkRegister(operations), []);
});

test("a log of Porcupine's tests", () => {
  const line = (process: number, type: string, f: string, value: string): string =>
    `INFO  jepsen.util - ${process}\t:${type}\t:${f}\t${value}\n`;
  const log =
    'INFO  jepsen.core - Worker 1 starting\n' +
    line(0, 'invoke', 'write', '3') +
    line(1, 'invoke', 'read', 'nil') +
    line(1, 'fail', 'read', ':timed-out') +
    line(0, 'ok', 'write', '3') +
    line(1, 'invoke', 'cas', '[4 5]') +
    line(1, 'fail', 'cas', '[4 5]') +
    line(2, 'invoke', 'write', '9') +
    line(2, 'info', 'write', ':timed-out') +
    line(0, 'invoke', 'read', 'nil') +
    line(0, 'ok', 'read', '3');
  const { operations } = readJepsenLog(log);
  assert.deepEqual(
    operations.map(({ f, outcome, value, error }) => [f, outcome, value, error]),
    [
      ['read', 'unknown', null, undefined],
      ['write', 'ok', 3, undefined],
      ['cas', 'failed', [4, 5], 'mismatch'],
      ['write', 'unknown', 9, undefined],
      ['read', 'ok', 3, undefined],
    ],
  );
  assertAnomalies(checkRegister(operations), []);
  const refusedWrongly = line(0, 'invoke', 'cas', '[3 4]') + line(0, 'fail', 'cas', '[3 4]');
  assertAnomalies(checkRegister(readJepsenLog(log + refusedWrongly + refusedWrongly).operations), []);
  const lastWord =
    line(2, 'invoke', 'write', '3') +
    line(2, 'ok', 'write', '3') +
    refusedWrongly +
    line(0, 'invoke', 'read', 'nil') +
    line(0, 'ok', 'read', '3');
  assertAnomalies(checkRegister(readJepsenLog(log.replace(/.*\t9\n.*timed-out\n/, '') + lastWord).operations), [
    'not linearizable',
  ]);
});

const UNREADABLE: [name: string, text: string, says: RegExp][] = [
  ['what is not EDN', '{:type :ok, :f :read}\n}', /Line 1: .* :process is missing/],
  [
    'an operation without a type',
    '{:f :read, :value 1, :process 0}',
    /Line 1: \{:f :read.* is not an operation of Jepsen.*:type/,
  ],
  ['a vector of something else', '[1 2 3]', /Line 1: 1 cannot be read: it is not an operation of Jepsen/],
  [
    'another workload',
    '{:type :invoke, :f :enqueue, :value 1, :process 0}',
    /Line 1: :enqueue is unknown here.*list-append.*cas-register/,
  ],
];
for (const [name, text, says] of UNREADABLE)
  test(`${name} is refused, and the message tells what is read`, () => {
    assert.throws(
      () => readForeignHistory(text, 'jepsen-edn'),
      (error) => error instanceof HistoryError && says.test(error.message),
    );
  });

test('a log with a value that is none is refused with its line', () => {
  const log = 'INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\tx1\n';
  assert.throws(() => readForeignHistory(log, 'jepsen-log'), /Line 2: "x1" is not a value of a register/);
  assert.throws(() => readForeignHistory('hello\n', 'jepsen-log'), /holds no operation/);
});

test('formats are recognised by how a file begins', () => {
  const beginnings = {
    '{"history":1,"scenario":"set"': undefined,
    hello: undefined,
    '; comment\n{:type :invoke': 'jepsen-edn',
    '[{:type :invoke': 'jepsen-edn',
    '#jepsen.history.Op{:index 0': 'jepsen-edn',
    'INFO  jepsen.core - up\nINFO  jepsen.util - 0\t:invoke\t:read\tnil\n': 'jepsen-log',
  };
  for (const [beginning, format] of Object.entries(beginnings)) assert.equal(recogniseFormat(beginning), format);
});
