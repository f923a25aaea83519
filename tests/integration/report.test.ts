// Reports in a real browser: charts draw, nothing overflows, no errors, whatever the run was.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { which } from 'zx';
import { writeReport } from '../../lib/node/report/render.ts';
import { temporaryFolder } from '../support/commands.ts';
import { inventRun } from '../support/invented-run.ts';

const browser = (await which('chromium', { nothrow: true })) ?? (await which('google-chrome', { nothrow: true }));
const NO_BROWSER = browser === null && 'SKIPPED: no chromium on PATH, so no report was looked at in a browser';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror="document.title=1">&amp;"\'`';

const SHAPES = {
  'ten minutes at 1000 operations a second': { operations: 600_000, length: 600_000 },
  'hostile text in every value': { operations: 1000, length: 10_000, text: HOSTILE },
  'an interrupted run': { operations: 1000, length: 10_000, interrupted: true },
  'a run without samples': { operations: 0, length: 10_000 },
};

for (const [name, shape] of Object.entries(SHAPES))
  test(`report of ${name}`, { skip: NO_BROWSER }, async () => {
    await using folder = await temporaryFolder();
    const run = join(folder.path, 'run');
    await inventRun(run, shape);
    const report = await writeReport(run);
    assert.ok((await stat(report)).size < 1_000_000, 'under 1 MB');

    const chrome = await chromium.launch({ executablePath: browser ?? '', args: FLAGS });
    try {
      for (const width of [360, 1200]) {
        const page = await chrome.newPage({ viewport: { width, height: 800 } });
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(String(error)));
        page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
        await page.goto(`file://${report}`);
        await page.waitForSelector('#latency canvas', { state: 'attached' });
        assert.deepEqual(errors, []);
        assert.equal(
          await page.title(),
          shape === SHAPES['an interrupted run'] ? 'writes load: no verdict' : 'writes load: fail',
        );
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(overflow, 0, `${width} px`);
        if (shape === SHAPES['hostile text in every value'])
          assert.ok((await page.textContent('body'))?.includes(HOSTILE), 'shown as it is');
        await page.close();
      }
    } finally {
      await chrome.close();
    }
  });
