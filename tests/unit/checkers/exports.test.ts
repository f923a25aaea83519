import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ExportFormat, exportHistory } from '../../../lib/core/converters/export.ts';
import type { Workload } from '../../../lib/core/converters/jepsen-workloads.ts';
import { HISTORY_VERSION, type History, HistoryError, type Operation } from '../../../lib/core/history/history.ts';
import { checkHistory } from '../../../lib/node/load/checks.ts';
import { readForeignHistory } from '../../support/foreign.ts';
import { type Action, type Pick, simulate } from '../../support/simulation.ts';
import { RUNS, simulations } from '../../support/simulations.ts';
import * as workloads from '../../support/workloads.ts';

const historyOf = (scenario: string, operations: Operation[], options?: object): History => ({
  header: { history: HISTORY_VERSION, scenario, seed: 0, nodes: ['a'], options: { ...options } },
  operations,
  damaged: 0,
});

const CASES: readonly {
  readonly scenario: string;
  readonly format: ExportFormat;
  readonly act: (pick: Pick, number: number) => Action;
  readonly as: Workload;
  readonly options?: object;
}[] = [
  { scenario: 'append', format: 'elle', as: 'list-append', act: workloads.appendWorkload(3) },
  { scenario: 'rw-register', format: 'elle', as: 'rw-register', act: workloads.registerTransactions(3) },
  { scenario: 'register', format: 'jepsen', as: 'cas-register', act: workloads.registerWorkload(2, 3) },
  { scenario: 'register', format: 'porcupine', as: 'cas-register', act: workloads.registerWorkload(2, 3) },
  { scenario: 'set', format: 'jepsen', as: 'set', act: workloads.setWorkload },
  {
    scenario: 'bank',
    format: 'jepsen',
    as: 'bank',
    act: workloads.bankWorkload,
    options: { initial: workloads.INITIAL_BALANCES },
  },
];

const kindsOf = (verdict: ReturnType<typeof checkHistory>[number] | undefined): string[] =>
  (verdict?.anomalies ?? []).map(({ kind }) => kind).sort();

for (const { scenario, format, act, as, options } of CASES)
  for (const level of ['read-committed', 'strict-serializable'] as const)
    test(`a history of ${scenario} that is written for ${format} and read again gets the same verdict, ${level}`, () => {
      fc.assert(
        fc.property(simulations(level, 40), (simulation) => {
          const before = historyOf(scenario, simulate(simulation, act), options);
          // A bank's total, and what :add means, are known from reads.
          const reads = before.operations.filter(({ f, outcome }) => f === 'read' && outcome === 'ok').length;
          if (reads === 0 && (scenario === 'bank' || scenario === 'set')) return;
          if (scenario === 'bank' && checkHistory(before)[0]?.valid !== 'valid') return;
          const text = [...exportHistory(before, format, false)].join('');
          const after = readForeignHistory(text, format === 'porcupine' ? 'porcupine-json' : 'jepsen-edn', as);
          assert.equal(after.header.scenario, scenario);
          assert.equal(after.operations.length, before.operations.length);
          const [was] = checkHistory(before);
          const [is] = checkHistory(after);
          assert.equal(is?.valid, was?.valid, `${was?.explanation}\n${is?.explanation}\n${text}`);
          assert.deepEqual(kindsOf(is), kindsOf(was), text);
        }),
        { numRuns: RUNS.numRuns / 4 },
      );
    });

test('what was read from EDN is written as the same EDN', () => {
  const value = '[[:append [:acc 1] 9007199254740993] [:append "7" :k] [:append sym 1/2] [:append "nil" #{1 2}]]';
  const text = `{:type :invoke, :f :txn, :value ${value}, :process 0}\n{:type :ok, :f :txn, :value ${value}, :process 0}`;
  const written = [...exportHistory(readForeignHistory(text, 'jepsen-edn'), 'elle', true)].join('');
  assert.ok(written.includes(`:value ${value}`), written);
});

test('dbcop gets sessions of transactions, with numbers for variables and versions', () => {
  const txn = (process: number, start: number, value: unknown, outcome: Operation['outcome'] = 'ok'): Operation => ({
    process,
    f: 'txn',
    value,
    start,
    end: start + 1,
    outcome,
    node: 'a',
    protocol: 'sql',
  });
  const operations = [
    txn(0, 0, [['w', 'x', 5]]),
    txn(1, 2, [
      ['r', 'x', 5],
      ['r', 'y', null],
    ]),
    txn(0, 4, [['w', 'x', 6]], 'failed'),
    txn(
      1,
      6,
      [
        ['w', 'y', 5],
        ['r', 'x', null],
      ],
      'unknown',
    ),
  ];
  const [text = ''] = exportHistory(historyOf('rw-register', operations), 'dbcop', false);
  assert.deepEqual((JSON.parse(text) as { data: unknown }).data, [
    [
      { events: [{ Write: { variable: 0, version: 1 } }], committed: true },
      { events: [{ Write: { variable: 0, version: 2 } }], committed: false },
    ],
    [
      { events: [{ Read: { variable: 0, version: 1 } }, { Read: { variable: 1, version: null } }], committed: true },
      { events: [{ Write: { variable: 1, version: 3 } }], committed: false },
    ],
  ]);
});

test('a format that cannot express a history says what it can', () => {
  assert.throws(
    () => exportHistory(historyOf('session', []), 'elle', false),
    (error) => error instanceof HistoryError && /session cannot be written as elle/.test(error.message),
  );
});
