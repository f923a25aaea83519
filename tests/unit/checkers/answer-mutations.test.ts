// Every change of an answer is found, or is listed with the reason why it makes no difference. One client at a time: what each answer had
// to be is then determined by the operations before it, so that a change which is not found is a gap of the checker.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { checkAppend } from '../../../lib/core/checkers/append/append.ts';
import { checkAtomicity } from '../../../lib/core/checkers/atomicity.ts';
import { checkBank } from '../../../lib/core/checkers/bank.ts';
import { checkChangefeed } from '../../../lib/core/checkers/changefeed/changefeed.ts';
import { checkCounter } from '../../../lib/core/checkers/counter.ts';
import { checkCreated } from '../../../lib/core/checkers/created.ts';
import { checkLive } from '../../../lib/core/checkers/live.ts';
import { checkReadAfterWrite } from '../../../lib/core/checkers/read-after-write.ts';
import { checkRegister } from '../../../lib/core/checkers/register/register.ts';
import { checkRwRegister } from '../../../lib/core/checkers/rw-register/rw-register.ts';
import { checkSession } from '../../../lib/core/checkers/session-guarantees.ts';
import { checkSetFull } from '../../../lib/core/checkers/set/set-full.ts';
import type { CheckVerdict } from '../../../lib/core/checkers/shared/check-verdict.ts';
import { checkUnique } from '../../../lib/core/checkers/unique.ts';
import { checkWrites } from '../../../lib/core/checkers/writes/writes.ts';
import type { History, Operation } from '../../../lib/core/history/history.ts';
import { randomStream } from '../../../lib/core/random/random.ts';
import { type Entry, FEED_TABLES, inTable } from '../../../lib/core/workloads/change-records.ts';
import {
  type Found,
  LETTERS,
  lettersOf,
  type Range,
  recent,
  transactionId,
} from '../../../lib/core/workloads/scattered.ts';
import { recordsOf } from '../../../lib/core/workloads/written-records.ts';
import { answersInsteadOf, changesInside, changesOf, isMixed, replaceAt } from '../../support/answer-changes.ts';
import { historyOf as feedHistory, simulateFeed } from '../../support/change-feed.ts';
import { liveHistory, NODES, simulateLive } from '../../support/live-queries.ts';
import { type Fields, historyOn, inTurn } from '../../support/operations.ts';
import { type Action, type Pick, simulate } from '../../support/simulation.ts';
import * as workloads from '../../support/workloads.ts';

/** A change that makes no difference to what the answers say. */
interface Undetectable {
  readonly reason: string;
  readonly covers: (was: unknown, became: unknown) => boolean;
}

interface Subject {
  /** A right history, another one for each seed. */
  readonly history: (seed: number) => History;
  readonly check: (history: History) => CheckVerdict;
  /** What an operation might have been answered instead. */
  readonly answers?: (operation: Operation) => unknown[];
  /** Functions of operations that are themselves answers, so that one may be missing or come twice. */
  readonly messages?: string;
  readonly undetectable?: readonly Undetectable[];
  /** What a verdict says that is unknown because of a change. */
  readonly unknown?: RegExp;
}

/** One client, and pauses: operations that touch would count as concurrent. */
function alone(act: (pick: Pick, number: number) => Action, last: readonly Action[] = []): Subject['history'] {
  return (seed) => {
    const simulated = simulate({ ...ONE_CLIENT, seed }, act, last);
    const operations = simulated.map((it, index) => ({ ...it, start: 10 * index, end: 10 * index + 5 }));
    return historyOn(['a', 'b', 'c'], operations);
  };
}

/** Histories in which some records are written, a fourth of them refused, and then read on each node. */
function readBack(create: (number: number) => { fields: Fields; row: readonly [id: string, content: string] }) {
  return (seed: number): History => {
    const random = randomStream(seed);
    const made = Array.from({ length: 4 }, (_, number) => ({ ...create(number), isRefused: random() < 0.25 }));
    const creates = made.map(
      ({ fields, isRefused }): Fields => (isRefused ? { ...fields, outcome: 'failed' } : fields),
    );
    const value = made.flatMap(({ row, isRefused }) => (isRefused ? [] : [row]));
    return historyOn(
      NODES,
      inTurn(...creates, ...NODES.map((node): Fields => ({ f: 'final-read', process: 1, node, value }))),
    );
  };
}

/** The same whatever the order of lists. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? isMixed(value)
      ? value
      : value
          .map(sorted)
          .map((each) => JSON.stringify(each))
          .sort()
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sorted(each)]))
      : value;
const UNORDERED: Undetectable = {
  reason: 'the order of these rows means nothing: the query does not ask for one',
  covers: (was, became) => isDeepStrictEqual(sorted(was), sorted(became)),
};

/** Entries of one table after the other; the rows of a table have no order. */
function sortedEntries(value: unknown): unknown {
  if (Array.isArray(value)) return sorted(value);
  const { entries } = value as { readonly entries: readonly Entry[] };
  return FEED_TABLES.map((table) =>
    entries
      .filter(([, changes]) => changes.length === 0 || changes.some(inTable(table)))
      .map(([versionstamp, changes]) => [versionstamp, sorted(changes)]),
  );
}
const UNORDERED_IN_ENTRY: Undetectable = {
  reason: 'all changes of a transaction take effect at once, and each table has a feed of its own',
  covers: (was, became) => isDeepStrictEqual(sortedEntries(was), sortedEntries(became)),
};

const WRITTEN = recordsOf(1, 1);

const ONE_CLIENT = {
  level: 'strict-serializable',
  processes: 1,
  operations: 12,
  refused: 0,
  conflict: 0,
  unknown: 0,
} as const;

/** A transaction over four tables each second, and after each a read of the last seconds. */
function transactionsAndReads(seed: number): History {
  const random = randomStream(seed);
  const ids: string[] = [];
  const found = (all: readonly string[]): Found =>
    LETTERS.map((letter) => all.filter((id) => lettersOf(id).includes(letter)));
  const operations = [1, 2, 3].flatMap((second): Fields[] => {
    const id = transactionId(1, second, 7, second, random() < 0.5 ? 'aceg' : 'bdfh');
    const isRefused = random() < 0.25;
    if (!isRefused) ids.push(id);
    const range = recent(1, second);
    return [
      { f: 'write', key: id, outcome: isRefused ? 'failed' : 'ok' },
      { f: 'read', value: [range, found(ids.filter((each) => each >= range[0]))] },
    ];
  });
  return historyOn(
    NODES,
    inTurn(...operations, ...NODES.map((node): Fields => ({ f: 'final-read', node, value: found(ids) }))),
  );
}

const isTextFirst = ([first]: readonly unknown[]): boolean => typeof first === 'string';

/** What it asked for is not an answer: the range of a read, the position of a poll, the table of a page. */
function foundInstead({ f, value }: Operation): unknown[] {
  const instead = (found: Found) => changesInside(found, () => false);
  if (f === 'final-read') return instead(value as Found);
  if (f !== 'read') return [];
  const [range, found] = value as [Range, Found];
  return instead(found).map((other) => [range, other]);
}

function entriesInstead({ f, key, value }: Operation): unknown[] {
  if (f === 'write') return [];
  if (f === 'final-read' && key !== 'feed') return changesOf(value, isTextFirst);
  const { entries } = value as { readonly entries: unknown };
  return changesOf(entries, isTextFirst).map((other) => ({ ...(value as object), entries: other }));
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  append: {
    history: alone(workloads.appendWorkload(3), [workloads.appendFinalRead(3)]),
    check: ({ operations }) => checkAppend(operations, { expect: 'strict-serializable' }),
  },
  'rw-register': {
    history: alone(workloads.registerTransactions(3)),
    check: ({ operations }) => checkRwRegister(operations, { expect: 'strict-serializable' }),
  },
  register: { history: alone(workloads.registerWorkload(2, 0)), check: ({ operations }) => checkRegister(operations) },
  bank: {
    history: alone(workloads.bankWorkload, [workloads.bankFinalRead]),
    check: ({ operations }) => checkBank(operations, { initial: workloads.INITIAL_BALANCES }),
    undetectable: [UNORDERED],
  },
  counter: {
    history: alone(workloads.counterWorkload(false), workloads.counterFinalReads),
    check: ({ operations }) => checkCounter(operations),
  },
  set: {
    history: alone(workloads.setWorkload, [workloads.setFinalRead]),
    check: ({ operations }) => checkSetFull(operations),
    undetectable: [UNORDERED],
  },
  unique: {
    history: alone(workloads.uniqueWorkload, [workloads.uniqueFinalRead]),
    check: ({ operations }) => checkUnique(operations),
    undetectable: [UNORDERED],
  },
  session: { history: alone(workloads.sessionWorkload), check: ({ operations }) => checkSession(operations) },
  'read-after-write': {
    history: alone(workloads.readAfterWriteWorkload),
    check: ({ operations }) => checkReadAfterWrite(operations),
  },
  writes: {
    history: readBack((number) => {
      const key = WRITTEN.id(number);
      return { fields: { f: 'create', process: 1, key }, row: [key, WRITTEN.payload(number)] };
    }),
    answers: ({ f, value }) => (f === 'final-read' ? changesOf(value, isTextFirst) : []),
    check: checkWrites,
    undetectable: [UNORDERED],
  },
  created: {
    history: readBack((number) => {
      const [id, content] = [`t:${number}`, `{"of":${number}}`];
      return {
        fields: { f: 'order', process: 1, value: { with: {}, created: { [id]: content } } },
        row: [id, content],
      };
    }),
    answers: ({ f, value }) => (f === 'final-read' ? changesOf(value, isTextFirst) : []),
    check: checkCreated,
    undetectable: [UNORDERED],
  },
  atomicity: {
    history: transactionsAndReads,
    answers: foundInstead,
    check: ({ operations }) => checkAtomicity(operations),
    undetectable: [UNORDERED],
  },
  changefeed: {
    history(seed) {
      const random = randomStream(seed);
      return feedHistory(simulateFeed((limit) => Math.floor(random() * limit), 6, ['ok', 'ok', 'ok', 'failed']));
    },
    answers: entriesInstead,
    check: checkChangefeed,
    undetectable: [UNORDERED_IN_ENTRY],
    // It lacks the newest entries, and may still get them.
    unknown: /fell behind/,
  },
  live: {
    history(seed) {
      const random = randomStream(seed);
      const steps = Array.from({ length: 6 }, () => ({
        record: Math.floor(random() * 2),
        deletes: random() < 0.4,
        node: NODES[random() < 0.5 ? 0 : 1],
        outcome: random() < 0.2 ? ('failed' as const) : ('ok' as const),
        isApplied: false,
        lag: 1,
      }));
      return liveHistory(simulateLive(steps));
    },
    answers: ({ f, value }) => (f === 'notify' ? changesOf(value, isTextFirst) : []),
    messages: 'notify',
    check: (history) => checkLive(history, 'cluster'),
    undetectable: [
      {
        reason: 'a message about a deletion need not hold the version',
        covers: (was, became) =>
          Array.isArray(became) && became[0] === 'delete' && became[1] === (was as string[])[1] && became[2] === null,
      },
    ],
  },
};

const SEEDS = 10;

/** Histories with another answer in one place. */
function* changedHistories(history: History, { answers = answersInsteadOf, messages }: Subject) {
  const { operations } = history;
  for (const [index, operation] of operations.entries()) {
    const { f, value: was } = operation;
    const instead = (...others: Operation[]): History => ({
      ...history,
      operations: replaceAt(operations, index, 1, ...others),
    });
    for (const became of answers(operation))
      if (!isDeepStrictEqual(was, became))
        yield { operation, became, changed: instead({ ...operation, value: became }) };
    if (f !== messages) continue;
    yield { operation, became: 'no message', changed: instead() };
    yield { operation, became: 'two messages', changed: instead(operation, operation) };
  }
}

for (const [name, subject] of Object.entries(SUBJECTS))
  test(`${name}: every change of an answer is found, or is one of those that make no difference`, () => {
    const { check, undetectable = [] } = subject;
    const met = new Set<Undetectable>();
    let found = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const history = subject.history(seed);
      assert.equal(check(history).valid === 'invalid', false);
      for (const { operation, became, changed } of changedHistories(history, subject)) {
        const { f, key, value: was } = operation;
        const reason = undetectable.find(({ covers }) => covers(was, became));
        if (reason !== undefined) met.add(reason);
        if (reason !== undefined) continue;
        const change = `${JSON.stringify(was)} became ${JSON.stringify(became)}`;
        const { valid, explanation } = check(changed);
        if (valid === 'unknown' && subject.unknown?.test(explanation)) continue;
        assert.equal(valid, 'invalid', `seed ${seed}, ${f} ${key}: ${change}`);
        found++;
      }
    }
    assert.ok(found > SEEDS, `only ${found} changes`);
    for (const each of undetectable) assert.ok(met.has(each), `never met: ${each.reason}`);
  });
