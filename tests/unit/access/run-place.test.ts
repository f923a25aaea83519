import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { definitionsIn, tablesOf } from '../../../lib/core/access/definitions.ts';
import { noteStatement, placeOf, removalOf } from '../../../lib/core/access/run-place.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';

test('a run works in a namespace of its own, a database of its own, or the database that is given', () => {
  assert.deepEqual(placeOf({}, 'load_1', 'bank'), { namespace: 'load_1', database: 'bank' });
  assert.deepEqual(placeOf({ namespace: 'shop' }, 'load_1', 'bank'), { namespace: 'shop', database: 'load_1_bank' });
  assert.deepEqual(placeOf({ namespace: 'shop', database: 'prod' }, 'load_1', 'bank'), {
    namespace: 'shop',
    database: 'prod',
  });
});

test('what is removed is what the run created, and never what was given', () => {
  assert.match(removalOf({}, 'load_1').remove(undefined), /^REMOVE NAMESPACE IF EXISTS `load_1`;$/);

  const databases = { prod: '', load_1_bank: '', load_1_faults: '', load_12_bank: '' };
  const inNamespace = removalOf({ namespace: 'shop' }, 'load_1').remove({ databases });
  assert.equal(inNamespace, 'REMOVE DATABASE IF EXISTS `load_1_bank`; REMOVE DATABASE IF EXISTS `load_1_faults`;');

  const inDatabase = removalOf({ namespace: 'shop', database: 'prod' }, 'load_1');
  assert.equal(inDatabase.remove(null), '', 'nothing was noted, so nothing was defined');
  const noted = definitionsIn('DEFINE TABLE item; DEFINE ANALYZER words').map(({ removal }) => removal);
  assert.equal(
    inDatabase.remove(noted),
    'REMOVE TABLE IF EXISTS item; REMOVE ANALYZER IF EXISTS words; REMOVE TABLE IF EXISTS load_1_probe; REMOVE PARAM IF EXISTS $load_1;',
  );
  assert.match(
    noteStatement('load_1', definitionsIn('DEFINE TABLE item')),
    /\$load_1 VALUE \["REMOVE TABLE IF EXISTS item"\]/,
  );
});

test('a schema defines what its statements say, and what it changes counts, too', () => {
  const schema = `
    -- DEFINE TABLE comment
    DEFINE TABLE IF NOT EXISTS item SCHEMAFULL COMMENT 'DEFINE TABLE text';
    define field name on table person type string;
    DEFINE INDEX OVERWRITE by_name ON \`odd one\` FIELDS name;
    ALTER TABLE post PERMISSIONS NONE;
    DEFINE FUNCTION fn::shop::total() { RETURN 1 };
    DEFINE PARAM $rate VALUE 1;
    DEFINE ACCESS account ON DATABASE TYPE RECORD;`;
  assert.deepEqual(
    definitionsIn(schema).map(({ kind, name, removal }) => [kind, name, removal]),
    [
      ['tables', 'item', 'REMOVE TABLE IF EXISTS item'],
      ['functions', 'shop::total', 'REMOVE FUNCTION IF EXISTS fn::shop::total'],
      ['params', 'rate', 'REMOVE PARAM IF EXISTS $rate'],
      ['accesses', 'account', 'REMOVE ACCESS IF EXISTS account ON DATABASE'],
      ['tables', 'person', 'REMOVE TABLE IF EXISTS person'],
      ['tables', 'odd one', 'REMOVE TABLE IF EXISTS `odd one`'],
      ['tables', 'post', 'REMOVE TABLE IF EXISTS post'],
    ],
  );
});

test('the schemas of our scenarios define at least one table each', () => {
  const folder = join(PROJECT_ROOT, 'schemas');
  for (const file of readdirSync(folder))
    assert.notEqual(tablesOf(definitionsIn(readFileSync(join(folder, file), 'utf8'))).length, 0, file);
});
