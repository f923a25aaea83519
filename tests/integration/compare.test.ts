// Comparisons from the command line: of a slower server, of a lying one, of recorded runs; and their page in a browser.
// Exclusive use of the machine: its loads are compared with each other, and a busy machine voids a comparison.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareRounds, DEFAULT_TOLERANCE } from '../../lib/core/comparison/compare-rounds.ts';
import type { ComparisonRecord } from '../../lib/node/compare/comparison-record.ts';
import { comparisonHtml } from '../../lib/node/compare/write-comparison.ts';
import { thisMachine } from '../../lib/node/system/machine.ts';
import { FAULTS } from '../faulty/faults.ts';
import { type Fault, startFaultyServer } from '../faulty/proxy.ts';
import { heldBack } from '../faulty/slowness.ts';
import { NO_BROWSER, openBrowser } from '../support/browser.ts';
import { type Result, startScript, temporaryFolder } from '../support/commands.ts';
import { inventRounds } from '../support/rounds.ts';
import { credentialsOf, NO_SURREAL, startServers } from '../support/servers.ts';

const compare = (args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  startScript('compare', args, env).result;

/** Compares a server behind two proxies with itself. */
async function compareBehind(a: Fault, b: Fault, args: readonly string[]): Promise<Result> {
  await using server = await startServers();
  const url = server.nodes[0]?.url ?? '';
  const [first, second] = [await startFaultyServer(url, a), await startFaultyServer(url, b)];
  try {
    const sides = ['--a', `external=${first.url}`, '--b', `external=${second.url}`];
    return await compare(
      [...args, ...sides, '--duration', '1s', '--rate', '150', '--seed', '7'],
      credentialsOf(server),
    );
  } finally {
    await first.close();
    await second.close();
  }
}

const honest: Fault = (_exchange, forward) => forward();
const recordOf = async ({ results = '' }: Result): Promise<ComparisonRecord> =>
  JSON.parse(await readFile(join(results, 'comparison.json'), 'utf8'));

test('a server that is slower is worse, and its rounds are runs like any other', { skip: NO_SURREAL }, async () => {
  const slow = heldBack(() => 150);
  const result = await compareBehind(honest, slow, ['crud', '--rounds', '8']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /^WORSE: B is worse: p50/m);
  const { metrics, rounds, state } = await recordOf(result);
  assert.equal(state, 'worse');
  assert.equal(metrics.find(({ name }) => name === 'p50')?.verdict, 'worse');
  // Noise asks for more rounds.
  assert.match(rounds.map(({ arm }) => arm).join(''), /^(abba){4,}(ab)?$/);
  const files = await readdir(result.results ?? '');
  for (const file of ['comparison.json', 'comparison.md', 'comparison.html']) assert.ok(files.includes(file), file);

  const [first = '', second = ''] = rounds.map(({ folder }) => join(result.results ?? '', 'rounds', folder));
  const recorded = await compare([first, second]);
  assert.equal(recorded.code, 0, recorded.stdout + recorded.stderr);
  assert.match(recorded.stdout, /^One run of each side, in 1 time slices/m);
  assert.match(recorded.stdout, /^INCONCLUSIVE: /m);
});

test('a wrong answer in one arm voids the comparison', { skip: NO_SURREAL }, async () => {
  const result = await compareBehind(honest, FAULTS['lose-write'](20), ['writes', '--rounds', '1']);
  assert.equal(result.code, 99, result.stdout + result.stderr);
  assert.match(result.stdout, /^VOID: B broke an invariant: A create was acknowledged, but a node lacks the record/m);
});

const WRONG: [args: string[], says: RegExp][] = [
  [['crud', '--a', 'embedded'], /--b TARGET is missing/],
  [['crud', '--a', 'embedded', '--b', 'surreal'], /"surreal" is not a target/],
  [['nonsense', '--a', 'embedded', '--b', 'embedded'], /There is no scenario "nonsense"/],
  [['bank', '--a', 'embedded', '--b', 'embedded,protocol=rest'], /cannot be sent by rest/],
  [['crud', '--a', 'embedded', '--b', 'embedded', '--tolerance', 'none'], /--tolerance must be .*got "none"/],
  [['results/nowhere', 'results/neither'], /There is no run in results\/nowhere/],
  [['results/nowhere'], /Give the folders of two runs/],
];

test('wrong usage ends with 2 and says what would be right', async () => {
  for (const [args, says] of WRONG) {
    const { code, stderr } = await compare(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
});

const HOSTILE = '</style><script>document.title="owned"</script><img src=x onerror="document.title=1">&amp;"\'';

test('the page of a comparison fits every screen, and shows hostile text as it is', { skip: NO_BROWSER }, async () => {
  const [a, b] = [inventRounds(1, 8), inventRounds(2, 8, 1.4)];
  const arm = { name: HOSTILE, description: HOSTILE, version: 'surrealdb-3.3.5', settings: { protocol: HOSTILE } };
  const record: ComparisonRecord = {
    comparison: 1,
    state: 'worse',
    headline: HOSTILE,
    started: '2026-11-21T10:00:00.000Z',
    ended: '2026-11-21T10:04:00.000Z',
    scenario: 'crud',
    command: HOSTILE,
    design: 'paired',
    tolerance: DEFAULT_TOLERANCE,
    settings: { rate: 350, mix: { crud: 1 }, note: HOSTILE },
    machine: thisMachine(),
    arms: { a: arm, b: arm },
    notes: [HOSTILE],
    metrics: compareRounds(a, b, { design: 'paired', tolerance: DEFAULT_TOLERANCE }),
    rounds: a.map((metrics, pair) => ({
      arm: 'a',
      pair,
      folder: 'x',
      state: 'pass',
      findings: [{ kind: 'validity', message: HOSTILE }],
      metrics,
    })),
  };
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'comparison.html');
  await writeFile(file, await comparisonHtml(record));
  const browser = await openBrowser();
  try {
    for (const width of [360, 1200]) {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      const errors: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      await page.goto(`file://${file}`);
      assert.equal(await page.title(), 'crud: worse');
      assert.ok((await page.textContent('body'))?.includes(HOSTILE));
      assert.equal(await page.locator('svg').count(), 3);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.deepEqual([overflow, errors], [0, []], `${width} px`);
      await page.close();
    }
  } finally {
    await browser.close();
  }
});
