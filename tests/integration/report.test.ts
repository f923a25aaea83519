// Reports in a real browser: charts draw, nothing overflows, no errors, contrast suffices, whatever the run was.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { serveRun } from '../../lib/node/report/history/serve-run.ts';
import { changeText } from '../../lib/node/report/trends/run-series.ts';
import { writeIndex } from '../../lib/node/report/write-index.ts';
import { writeReport } from '../../lib/node/report/write-report.ts';
import { NO_BROWSER, openBrowser } from '../support/browser.ts';
import { startCommand, temporaryFolder } from '../support/commands.ts';
import { FAILING_RUNS, writeFailingRun } from '../support/failing-runs.ts';
import { inventRun, type Shape } from '../support/invented-run.ts';

const HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="document.title=1">&amp;"\'`\u2028';

const SHAPES: Readonly<Record<string, Shape>> = {
  'ten minutes at 1000 operations a second': { operations: 600_000, length: 600_000 },
  'an hour with faults and conflicts': { operations: 300_000, length: 3_600_000, faults: 20, conflicts: true },
  'hostile text in every value': { operations: 1000, length: 10_000, text: HOSTILE, faults: 1 },
  'a load that rises': { operations: 12_000, length: 60_000, rising: true },
  'an interrupted run': { operations: 1000, length: 10_000, interrupted: true },
  'a run without samples': { operations: 0, length: 10_000 },
  'a run that ended in its set-up': { operations: 0, length: 10_000, interrupted: true, emptyHistory: true },
};

const WIDTHS = [360, 1200];

/** Heap of a process that would have to hold the history below several times over to keep it in memory. */
const SMALL_HEAP = '--max-old-space-size=200';

test('report of a million operations, in a heap that could not hold them', async () => {
  await using folder = await temporaryFolder();
  const run = join(folder.path, 'run');
  await inventRun(run, { operations: 1_000_000, length: 600_000, conflicts: true });
  const argv = [SMALL_HEAP, '--import', 'tsx', 'scripts/report.ts', run];
  const { code, stderr } = await startCommand(process.execPath, argv).result;
  assert.equal(code, 0, stderr);
  const page = await readFile(join(run, 'report.html'), 'utf8');
  assert.match(page, /1000000 operations\./);
  const settings = page.slice(page.indexOf('Versions, machine and settings'));
  assert.match(settings, />duration<.{1,40}>1m30s</);
  assert.doesNotMatch(settings, />mix</, 'it belongs to mixed alone');
  assert.doesNotMatch(page, /\[object /);
});

test('the page of all runs', { skip: NO_BROWSER }, async () => {
  await using folder = await temporaryFolder();
  for (let index = 0; index < 12; index++) {
    const path = join(folder.path, `run-${index}`);
    await inventRun(path, { operations: 100, length: 10_000, text: HOSTILE, p95: index < 6 ? 10 : 12, number: index });
    await writeReport(path);
  }
  const { path, runs, series } = await writeIndex(folder.path);
  assert.equal(runs.length, 12);
  const changes = series.flatMap((it) => it.changes.map(changeText));
  assert.equal(changes.length, 1);
  assert.match(changes[0] ?? '', /^p95 latency \+20 % since run-6: 10 ms before, 12 ms since/);
  const browser = await openBrowser();
  try {
    for (const width of WIDTHS) {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      await page.goto(`file://${path}`);
      await assertFits(page);
      await assertReadable(page);
      assert.equal(await page.locator('svg circle').count(), 24);
      assert.equal(await page.title(), 'Runs');
      await page.locator('tbody a').first().click();
      await page.waitForSelector('#latency canvas', { state: 'attached' });
      await page.close();
    }
  } finally {
    await browser.close();
  }
});

for (const [name, shape] of Object.entries(SHAPES))
  test(`report of ${name}`, { skip: NO_BROWSER }, async () => {
    await using folder = await temporaryFolder();
    const run = join(folder.path, 'run');
    await inventRun(run, shape);
    const report = await writeReport(run);
    assert.ok((await stat(report)).size < 1_000_000, `${(await stat(report)).size} bytes, must be under 1 MB`);

    const browser = await openBrowser();
    try {
      for (const width of WIDTHS)
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
          await look(page, report, shape);
          assert.ok((await page.pdf()).length > 10_000, 'it prints');
          await page.close();
        }
    } finally {
      await browser.close();
    }
  });

async function look(page: Page, report: string, shape: Shape): Promise<void> {
  const errors: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`file://${report}`);
  await page.waitForSelector('#latency canvas', { state: 'attached' });
  const profile = shape.rising ? 'breakpoint' : 'load';
  assert.equal(await page.title(), `writes ${profile}: ${shape.interrupted ? 'no verdict' : 'fail'}`);
  await assertFits(page);
  if (shape.text === HOSTILE) assert.ok((await page.textContent('body'))?.includes(HOSTILE), 'shown as it is');
  if (shape.operations > 0) {
    await assertDrawn(page, 'latency');
    for (const view of ['node', 'protocol sql']) {
      await page.selectOption('#view', view);
      await assertDrawn(page, 'latency');
    }
    await lookAtFigures(page);
  }
  await assertReadable(page);
  assert.deepEqual(errors, []);
  assert.deepEqual(requests, [`file://${report}`], 'it needs nothing but itself');
}

async function assertFits(page: Page): Promise<void> {
  // Charts are drawn again a moment after the window has another size.
  const fits = 'document.documentElement.scrollWidth <= document.documentElement.clientWidth';
  const wide = () => assert.fail(`something is wider than ${page.viewportSize()?.width} px`);
  await page.waitForFunction(fits, undefined, { timeout: 5000 }).catch(wide);
}

/** Whether a chart's canvas holds more colors than an empty one has. */
async function assertDrawn(page: Page, id: string): Promise<void> {
  const colors = await page.locator(`#${id} canvas`).evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement;
    const pixels = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ?? [];
    const seen = new Set<string>();
    for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 255) seen.add(`${pixels.slice(at, at + 3)}`);
    return seen.size;
  });
  assert.ok(colors > 3, `chart ${id} shows ${colors} colors`);
}

/** Charts have a text and a table beside them, and everything that scrolls or opens can be reached by the keyboard. */
async function lookAtFigures(page: Page): Promise<void> {
  const figures = page.locator('details[data-chart=rate]');
  await figures.locator('summary').focus();
  await page.keyboard.press('Enter');
  await figures.locator('tbody tr').nth(5).waitFor();
  await assertFits(page);
}

async function assertReadable(page: Page): Promise<void> {
  const unnamed = await page.evaluate(`[...document.querySelectorAll('[role=img], section, table, select')]
    .filter((element) => !element.matches('.u-legend'))
    .filter((element) => !element.getAttribute('aria-label') && !element.getAttribute('aria-labelledby')
      && !element.querySelector('caption') && !element.closest('label') && !element.closest('[aria-label]'))
    .map((element) => element.outerHTML.slice(0, 80))`);
  assert.deepEqual(unnamed, [], 'each has a name that is read out');
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Contrast and names, by the rules of WCAG 2 A and AA. */
async function assertAccessible(page: Page): Promise<void> {
  await page.addScriptTag({ path: axe });
  const violations = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ': ' + nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 120) + ' ' + failureSummary).join(' | ')))`,
  )) as string[];
  assert.deepEqual(violations, []);
}

/** One for each kind of picture. */
const PICTURED = [
  ['bank', 'duplicate'],
  ['bank', 'wrong total'],
  ['register', 'not linearizable'],
  ['append', 'G-nonadjacent'],
  ['set', 'lost'],
  ['session', 'stale read'],
  ['changefeed', 'skipped'],
  ['atomicity', 'torn'],
  ['invariants', 'broken invariant'],
];

test('the pictures of failing runs', { skip: NO_BROWSER }, async () => {
  await using folder = await temporaryFolder();
  const browser = await openBrowser();
  try {
    for (const [checker, kind] of PICTURED) {
      const run = FAILING_RUNS.find((each) => each.checker === checker && each.kind === kind);
      assert.ok(run);
      const path = join(folder.path, `${checker}-${kind}`);
      await writeFailingRun(path, run);
      const report = await writeReport(path);
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      await page.goto(`file://${report}`);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        for (const width of [360, 800, 1280]) {
          await page.setViewportSize({ width, height: 800 });
          await assertFits(page);
        }
        await assertAccessible(page);
      }
      await page.locator('.bar.evidence').first().focus();
      assert.deepEqual(errors, []);
      await page.close();
    }
  } finally {
    await browser.close();
  }
});

test('a finding links to its operations, which a filter narrows down', { skip: NO_BROWSER }, async () => {
  await using folder = await temporaryFolder();
  const run = FAILING_RUNS.find(({ checker, kind }) => checker === 'bank' && kind === 'duplicate');
  assert.ok(run);
  const path = join(folder.path, 'run');
  await writeFailingRun(path, run);
  await writeReport(path);
  const served = await serveRun(path);
  const browser = await openBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 800, height: 800 } });
    await page.goto(served.url);
    await page.locator('.served a', { hasText: 't1n0' }).first().click();
    await page.locator('#operations tr').first().waitFor();
    assert.match((await page.textContent('#operations')) ?? '', /transfer t1n0: 5 from a1 to a2/);
    assert.equal(await page.locator('#operations tr').count(), 1);
    await page.fill('[name=key]', '');
    await page.fill('[name=client]', '5');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.locator('#operations tr', { hasText: 'read' }).first().waitFor();
    await assertFits(page);
    await assertAccessible(page);
  } finally {
    await browser.close();
    await served.close();
  }
});
