import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkAtomicity } from '../../../lib/core/checkers/atomicity.ts';
import type { Outcome } from '../../../lib/core/protocols/outcome.ts';
import { LETTERS, lettersOf, recent, transactionId } from '../../../lib/core/workloads/scattered.ts';
import { assertAnomalies } from '../../support/anomalies.ts';
import { type Fields, inTurn } from '../../support/operations.ts';

const ID = transactionId(1, 12, 7, 3, 'aceg');
const write = (id = ID, outcome: Outcome = 'ok') => ({ f: 'write', key: id, outcome }) as const;
/** Whole transactions, and parts: `ID/ac` has only the records in tables a and c. */
const found = (...texts: string[]) =>
  LETTERS.map((letter) =>
    texts.flatMap((text) => {
      const [id = '', letters = lettersOf(id)] = text.split('/');
      return letters.includes(letter) ? [id] : [];
    }),
  );
const read = (...texts: string[]) => ({ f: 'read', value: [recent(1, 13), found(...texts)] }) as const;
const end = (...texts: string[]) => ({ f: 'final-read', node: 'b', value: found(...texts) }) as const;
const check = (...operations: Fields[]) => checkAtomicity(inTurn(...operations));

for (const [name, operations] of [
  ['an acknowledged transaction that all see', [write(), read(ID), end(ID)]],
  ['one of unknown outcome that was applied', [write(ID, 'unknown'), read(ID), end(ID)]],
  ['one of unknown outcome that was not', [write(ID, 'unknown'), read(), end()]],
  ['one that became visible between two reads', [write(ID, 'unknown'), read(), read(ID), end(ID)]],
  ['a refused one that is not there', [write(ID, 'failed'), read(), end()]],
  ['a read of other seconds', [write(transactionId(1, 2, 7, 3, 'ab')), read(), end(transactionId(1, 2, 7, 3, 'ab'))]],
  [
    'a read of another slice',
    [write(transactionId(11, 12, 7, 3, 'ab')), read(), end(transactionId(11, 12, 7, 3, 'ab'))],
  ],
  ['a read that began before the acknowledgement', [{ ...write(), end: 25 }, read(), end(ID)]],
] as [string, Fields[]][])
  test(`atomicity: ${name} is right`, () => assertAnomalies(check(...operations), []));

for (const [kinds, operations] of [
  [
    ['lost', 'stale read'],
    [write(), read(), end()],
  ],
  [['lost'], [write(), end()]],
  [['torn'], [write(), end(`${ID}/ac`)]],
  [['torn'], [write(ID, 'unknown'), end(`${ID}/a`)]],
  [['torn read'], [write(), read(`${ID}/ace`), end(ID)]],
  [['vanished'], [write(ID, 'unknown'), read(ID), read(), end(ID)]],
  [['vanished'], [write(ID, 'unknown'), read(ID), end()]],
  [['stale read'], [write(), read(), end(ID)]],
  [['dirty read'], [write(ID, 'failed'), read(ID), end(ID)]],
  [['unexpected'], [write(), read(ID, transactionId(1, 12, 9, 9, 'ab')), end(ID)]],
] as [string[], Fields[]][])
  test(`atomicity finds ${kinds.join(' and ')}: ${operations.map(({ f }) => f).join(', ')}`, () =>
    assertAnomalies(check(...operations), kinds));

test('atomicity: a lost transaction is counted once, and named with its records, node and times', () => {
  const verdict = check(write(), end(), { ...end(), node: 'c' });
  const [lost] = verdict.anomalies;
  assert.equal(lost?.count, 1);
  assert.match(
    lost?.first.message ?? '',
    /^Transaction s1x000012u7n3aceg \(part_a, part_c, part_e, part_g; process 0 at a: /,
  );
});

test('atomicity: without a final read nothing is known', () => assert.equal(check(write()).valid, 'unknown'));

test('atomicity: no false alarm, and each single record that is taken away is found', () => {
  const ids = fc.uniqueArray(fc.nat({ max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(ids, fc.nat(), (numbers, chosen) => {
      const all = numbers.map((number) => transactionId(1, 12, number, 0, 'bdfh'));
      const history = [...all.map((id) => write(id)), read(...all), end(...all)];
      assert.equal(check(...history).valid, 'valid');
      const victim = all[chosen % all.length] ?? '';
      const left = all.map((id) => (id === victim ? `${id}/bdf` : id));
      assertAnomalies(check(...history.slice(0, -1), end(...left)), ['torn']);
      assertAnomalies(check(...history.slice(0, -2), read(...left), end(...all)), ['torn read']);
    }),
  );
});
