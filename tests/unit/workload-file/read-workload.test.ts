import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../../lib/node/cli/errors.ts';
import { PROJECT_ROOT } from '../../../lib/node/system/paths.ts';
import { readWorkload } from '../../../lib/node/workload-file/read-workload.ts';
import { closeParser } from '../../../lib/node/workload-file/surrealql.ts';

const folder = mkdtempSync(join(tmpdir(), 'surrealdb-load-'));
after(async () => {
  await closeParser();
  rmSync(folder, { recursive: true });
});

const FILE = join(folder, 'shop.yaml');
const read = (text: string) => {
  writeFileSync(FILE, text);
  return readWorkload(FILE);
};
/** The problems of a file, with the file's path left out. */
const problemsOf = async (text: string): Promise<string> => {
  const error = await read(text).then(
    () => assert.fail('no problem found'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof UsageError, String(error));
  return error.message.replaceAll(`${folder}/`, '');
};

const RIGHT = `schema: |
  DEFINE TABLE product SCHEMALESS;
seed:
  - table: product
    record: { stock: 10 }
operations:
  look:
    weight: 60
    query: SELECT * FROM $product
    with: { product: { record: product } }
    expect: { rows: 1 }
  buy:
    weight: 40
    steps:
      - query: CREATE $order SET product = $product
        with: { order: { new: order }, product: { record: product } }
        keep: { bought: product }
      - query: |
          SELECT *
            FROM type::record($product)
        with: { product: { kept: bought } }
invariants:
  stock is never negative:
    query: SELECT * FROM product WHERE stock < 0
verify: written
`;

test('a workload file is read with everything optional filled in', async () => {
  const { name, operations, invariants, verify, limits } = await read(RIGHT);
  assert.equal(name, 'shop');
  assert.deepEqual(
    operations.flatMap(({ steps }) => steps.map(({ f }) => f)),
    ['look', 'buy.1', 'buy.2'],
  );
  assert.deepEqual(invariants[0], {
    name: 'stock is never negative',
    query: 'SELECT * FROM product WHERE stock < 0',
    during: true,
    atEnd: true,
    every: 500,
    within: 0,
  });
  assert.deepEqual(verify, { order: { except: [] } });
  assert.ok(limits.some(({ metric }) => metric === 'broken_invariants'));
});

test('JSON is read as YAML is', async () => {
  const operations = { look: { weight: 100, query: 'SELECT * FROM product' } };
  const { schema } = await read(JSON.stringify({ schema: 'DEFINE TABLE product', operations }, null, 2));
  assert.equal(schema, 'DEFINE TABLE product');
});

test('invented people are the same at each reading', async () => {
  const text = RIGHT.replace('{ stock: 10 }', '{ name: { person: name } }');
  assert.deepEqual((await read(text)).people, (await read(text)).people);
});

for (const { name, change, says } of [
  { name: 'an empty file', change: () => '', says: 'shop.yaml:1:1: the file must be object' },
  { name: 'a list', change: () => '- 1', says: 'shop.yaml:1:1: the file must be object' },
  { name: 'a syntax error', change: () => 'schema: [', says: /^shop\.yaml:1:10: Flow sequence .*end with a \]$/ },
  {
    name: 'a value that contains itself',
    change: () => 'a: &a [*a]',
    says: /^shop\.yaml:1:1: the file cannot be read/,
  },
  { name: 'nesting without end', change: () => '['.repeat(5000), says: /\nand \d+ more$/ },
  {
    name: 'a wrong key',
    change: ['rows: 1', 'row: 1'],
    says: 'shop.yaml:11:15: operations.look.expect.row is not known here',
  },
  { name: 'a missing key', change: ['    weight: 60\n', ''], says: 'shop.yaml:7:3: operations.look lacks weight' },
  {
    name: 'an unknown generator',
    change: ['{ record: product }', '{ recrd: product }'],
    says: 'shop.yaml:10:13: operations.look.with.product must be a constant or a generator with one key: int, float, string, one-of, person, record, new, written, kept or time (got {"recrd":"product"})',
  },
  {
    name: 'weights that do not add up',
    change: ['weight: 60', 'weight: 50'],
    says: 'shop.yaml:6:1: operations have weights that add up to 90, must be 100',
  },
  {
    name: 'a table that is not seeded',
    change: ['{ record: product }', '{ record: prodct }'],
    says: 'shop.yaml:10:13: operations.look.with.product draws records of prodct, which is not seeded: seed has product',
  },
  {
    name: 'a table that nothing creates',
    change: ['{ record: product }', '{ written: product }'],
    says: 'shop.yaml:10:13: operations.look.with.product draws records of product, which no operation creates with new: product',
  },
  {
    name: 'a verified table that nothing creates',
    change: ['verify: written', 'verify: { ordr: {} }'],
    says: 'shop.yaml:25:11: verify.ordr is a table whose records no operation creates with new: ordr',
  },
  {
    name: 'another word than written',
    change: ['verify: written', 'verify: all'],
    says: 'shop.yaml:25:1: verify must be written, nothing, or tables by name, each with what it may except',
  },
  {
    name: 'a value that no earlier step keeps',
    change: ['{ kept: bought }', '{ kept: bougt }'],
    says: 'shop.yaml:21:17: operations.buy.steps.1.with.product takes bougt, which no earlier step keeps',
  },
  {
    name: 'an expectation of a parameter that there is not',
    change: ['rows: 1', 'equals: { id: $toString }'],
    says: 'shop.yaml:11:15: operations.look.expect.equals names $toString, which is not a parameter of the query',
  },
  {
    name: 'bounds the wrong way round',
    change: ['stock: 10', 'stock: { int: [9, 1] }'],
    says: 'shop.yaml:5:15: seed.0.record.stock has its bounds the wrong way round',
  },
  {
    name: 'values of several types',
    change: ['stock: 10', 'stock: { one-of: [1, many] }'],
    says: /^shop\.yaml:5:15: seed\.0\.record\.stock mixes types/,
  },
  {
    name: 'a parameter of SurrealDB itself',
    change: ['with: { product: {', 'with: { auth: 1, product: {'],
    says: 'shop.yaml:10:13: operations.look.with.auth is a parameter that SurrealDB sets itself: choose another name',
  },
  {
    name: 'an operation with a name of the suite',
    change: ['  look:', '  invariant:'],
    says: 'shop.yaml:7:3: operations.invariant has a name that the suite uses itself: choose another one',
  },
  {
    name: 'a query that does not parse',
    change: ['SELECT * FROM $product', 'SELECT * FORM $product'],
    says: /^shop\.yaml:9:21: operations\.look\.query does not parse: Unexpected token/,
  },
  {
    name: 'a query that does not parse in a later line',
    change: ['FROM type', 'FORM type'],
    says: /^shop\.yaml:20:13: operations\.buy\.steps\.1\.query does not parse/,
  },
  {
    name: 'a schema with an open block',
    change: ['SCHEMALESS;', 'SCHEMALESS;\n  DEFINE FUNCTION fn::one() { RETURN 1;'],
    says: /^shop\.yaml:3:\d+: schema does not parse: Unexpected end, a block is not closed$/,
  },
  {
    name: 'a schema file that is not there',
    change: ['schema: |\n  DEFINE TABLE product SCHEMALESS;', 'schema: shop.surql'],
    says: 'shop.yaml:1:1: schema cannot be read: shop.surql does not exist',
  },
  {
    name: 'a limit of an unknown kind',
    change: ['verify: written', 'limits: [{ title: slow }]'],
    says: /^shop\.yaml:25:1: limits are wrong: limits\.0\.requirement: /,
  },
  {
    name: 'a name that no file can have',
    change: ['schema:', 'name: My shop\nschema:'],
    says: /^shop\.yaml:1:1: name must match pattern/,
  },
] as const)
  test(`${name} is refused with file, line, column and cause`, async () => {
    const text = typeof change === 'function' ? change() : RIGHT.replace(change[0], change[1]);
    assert.notEqual(text, RIGHT);
    const problems = await problemsOf(text);
    if (typeof says === 'string') assert.equal(problems, says);
    else assert.match(problems, says);
  });

test('a schema in a file of its own is refused with its own line and column', async () => {
  writeFileSync(join(folder, 'wrong.surql'), 'DEFINE TABLE a;\nDEFINE TABEL b;');
  const problems = await problemsOf(
    RIGHT.replace('schema: |\n  DEFINE TABLE product SCHEMALESS;', 'schema: wrong.surql'),
  );
  assert.match(problems, /^wrong\.surql:2:8: does not parse: /);
});

test('a folder, or a file that is not there, is refused by name', async () => {
  for (const path of [folder, join(folder, 'none.yaml')])
    await assert.rejects(readWorkload(path), (error) => error instanceof UsageError && error.message.includes(path));
});

test('the workloads of examples and templates are right', async () => {
  for (const path of ['examples/shop/shop.yaml', 'templates/orders.yaml'])
    assert.ok((await readWorkload(join(PROJECT_ROOT, path))).operations.length > 0, path);
});

/** Files to spoil. */
const originals = ['examples/shop/shop.yaml', 'templates/orders.yaml'].map((path) =>
  readFileSync(join(PROJECT_ROOT, path), 'utf8').replace('schema: shop.surql', 'schema: DEFINE TABLE product'),
);
const FUZZ_RUNS = Number(process.env.FUZZ_RUNS || 300);

/** One change of a text: a stretch removed, doubled, moved, or replaced by what means something in YAML, JSON or SurrealQL. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 0, max: 40 }),
  put: fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '\n',
      '\n  ',
      ':',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '&a ',
      '*a',
      '!!binary ',
      '<<: ',
      '#',
      '$',
      ';',
      '`',
    ),
    fc.constantFrom(
      'null',
      'true',
      '-1',
      '1e400',
      '.nan',
      '__proto__: ',
      'constructor: ',
      'weight: 100',
      '{ kept: x }',
      'COMMIT',
      '/*',
      '\0',
      '\t',
      '\u{1F600}',
      '---\n',
    ),
    fc.string({ maxLength: 5, unit: 'binary' }),
  ),
  isDoubled: fc.boolean(),
});

test(`${FUZZ_RUNS} spoilt files end in a workload or in an error of usage`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...originals),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      async (original, mutations) => {
        let text = original;
        for (const { at, length, put, isDoubled } of mutations) {
          const from = Math.floor(at * text.length);
          text =
            text.slice(0, from) +
            put +
            (isDoubled ? text.slice(from, from + length) : '') +
            text.slice(from + (isDoubled ? 0 : length));
        }
        try {
          assert.ok((await read(text)).operations.length > 0);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          assert.ok(error.message.length > 0 && !/\n\s+at /.test(error.message), error.message);
        }
      },
    ),
    { numRuns: FUZZ_RUNS },
  );
});
