// Takes the pictures of docs/ from pages of real runs, and those of every anomaly from the histories that tests invent:
//   npm run pictures -- results/RUN/report.html report-fail --until invariants --width 900
//   npm run pictures -- --anomalies --width 900
//   npm run pictures -- --anomalies changefeed-lost --width 900
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { Page } from 'playwright-core';
import UPNG from 'upng-js';
import { anomalyId } from '../lib/core/verdict/check-findings.ts';
import { writeReport } from '../lib/node/report/write-report.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { openBrowser } from './support/browser.ts';
import { temporaryFolder } from './support/commands.ts';
import { FAILING_RUNS, writeFailingRun } from './support/failing-runs.ts';

interface Flags {
  readonly from?: string;
  readonly until?: string;
  readonly width: string;
  readonly view?: string;
  readonly scheme: 'light' | 'dark';
  readonly anomalies?: true | string;
}

const command = new Command('npm run pictures --')
  .description('Saves a picture of a page to docs/images/NAME.png, or one of each anomaly to docs/images/anomalies.')
  .argument('[page]', 'a file, such as results/RUN/report.html')
  .argument('[name]', 'of the picture')
  .option('--from <id>', 'element that it begins with [the top]')
  .option('--until <id>', 'element before which it ends [the bottom]')
  .option('--width <pixels>', 'of the window', '1000')
  .option('--view <name>', 'what the charts show, such as node')
  .option(
    '--anomalies [id]',
    'pictures of all anomalies, to which docs/reference/anomalies.md links, or of one: changefeed-lost',
  )
  .addOption(new Option('--scheme <name>', 'light or dark').choices(['light', 'dark']).default('light'))
  .parse();
const [file, name] = command.args;
const flags = command.opts<Flags>();
if (flags.anomalies === undefined && (file === undefined || name === undefined))
  command.error('Give a page and the name of its picture, or --anomalies.', { exitCode: 2 });

const IMAGES = join(PROJECT_ROOT, 'docs', 'images');
/** Text and lines need no more, and the file is a third as large. */
const COLORS = 64;

const browser = await openBrowser();
const tab = await browser.newPage({
  viewport: { width: Number(flags.width), height: 800 },
  colorScheme: flags.scheme,
});
if (flags.anomalies !== undefined) await takeAnomalies(tab, flags.anomalies);
if (file !== undefined && name !== undefined) await takePage(tab, file, join(IMAGES, `${name}.png`));
await browser.close();

async function takePage(page: Page, path: string, picture: string): Promise<void> {
  const { from, until, width, view } = flags;
  await page.goto(`file://${resolve(path)}`);
  if (view !== undefined) await page.selectOption('#view', view);
  const topOf = (id: string) => page.locator(`#${id}`).evaluate((element) => element.getBoundingClientRect().top);
  const top = from === undefined ? 0 : (await topOf(from)) - 16;
  const bottom = until === undefined ? (await page.locator('main').boundingBox())?.height : (await topOf(until)) - 16;
  const clip = { x: 0, y: top, width: Number(width), height: (bottom ?? 800) - top };
  await save(await page.screenshot({ fullPage: true, clip, animations: 'disabled' }), picture);
}

async function takeAnomalies(page: Page, wanted: true | string): Promise<void> {
  const runs = FAILING_RUNS.map((run) => ({ run, id: anomalyId(run.checker, run.kind) })).filter(
    ({ id }) => wanted === true || id === wanted,
  );
  if (runs.length === 0) command.error(`No failing run has the id "${wanted}".`, { exitCode: 2 });
  await using folder = await temporaryFolder();
  await mkdir(join(IMAGES, 'anomalies'), { recursive: true });
  for (const { run, id } of runs) {
    const path = join(folder.path, id);
    await writeFailingRun(path, run);
    await page.goto(`file://${await writeReport(path)}`);
    const shot = await page.locator(`#${id}`).screenshot({ animations: 'disabled' });
    await save(shot, join(IMAGES, 'anomalies', `${id}.png`));
  }
}

async function save(shot: Buffer, picture: string): Promise<void> {
  const taken = UPNG.decode(Uint8Array.from(shot).buffer);
  await writeFile(picture, Buffer.from(UPNG.encode(UPNG.toRGBA8(taken), taken.width, taken.height, COLORS)));
  console.log(picture);
}
