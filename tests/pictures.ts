// Takes the pictures of docs/ from pages of real runs:
//   npm run pictures -- results/RUN/report.html report-fail --until invariants --width 900
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import UPNG from 'upng-js';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { openBrowser } from './support/browser.ts';

const command = new Command('npm run pictures --')
  .description('Saves a picture of a page to docs/images/NAME.png.')
  .argument('<page>', 'a file, such as results/RUN/report.html')
  .argument('<name>', 'of the picture')
  .option('--from <id>', 'element that it begins with [the top]')
  .option('--until <id>', 'element before which it ends [the bottom]')
  .option('--width <pixels>', 'of the window', '1000')
  .option('--view <name>', 'what the charts show, such as node')
  .addOption(new Option('--scheme <name>', 'light or dark').choices(['light', 'dark']).default('light'))
  .parse();
const [page = '', name = ''] = command.args;
const { from, until, width, view, scheme } = command.opts<{
  from?: string;
  until?: string;
  width: string;
  view?: string;
  scheme: 'light' | 'dark';
}>();

const browser = await openBrowser();
const tab = await browser.newPage({ viewport: { width: Number(width), height: 800 }, colorScheme: scheme });
await tab.goto(`file://${resolve(page)}`);
if (view !== undefined) await tab.selectOption('#view', view);
const topOf = (id: string) => tab.locator(`#${id}`).evaluate((element) => element.getBoundingClientRect().top);
const top = from === undefined ? 0 : (await topOf(from)) - 16;
const bottom = until === undefined ? (await tab.locator('main').boundingBox())?.height : (await topOf(until)) - 16;
const path = join(PROJECT_ROOT, 'docs/images', `${name}.png`);
const clip = { x: 0, y: top, width: Number(width), height: (bottom ?? 800) - top };
const shot = await tab.screenshot({ fullPage: true, clip, animations: 'disabled' });
const taken = UPNG.decode(Uint8Array.from(shot).buffer);
const colors = 64; // Text and lines need no more, and the file is a third as large.
await writeFile(path, Buffer.from(UPNG.encode(UPNG.toRGBA8(taken), taken.width, taken.height, colors)));
await browser.close();
console.log(path);
