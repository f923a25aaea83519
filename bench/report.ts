// How long a report takes, by the size of the history: that of ten minutes at 1000 operations a second, or BENCH_OPERATIONS.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../lib/node/report/write-report.ts';
import { NO_BROWSER, openBrowser } from '../tests/support/browser.ts';
import { inventRun } from '../tests/support/invented-run.ts';

const TEN_MINUTES = 600_000;
/** Of a history of ten minutes: seconds, bytes, milliseconds. */
const LIMITS = { render: 3, size: 1_000_000, firstPaint: 1000 };

const operations = Number(process.env.BENCH_OPERATIONS ?? TEN_MINUTES);
const folder = await mkdtemp(join(tmpdir(), 'report-'));
try {
  await inventRun(folder, { operations, length: TEN_MINUTES, faults: 3, conflicts: true });
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 100);
  const started = performance.now();
  const report = await writeReport(folder);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  const { size } = await stat(report);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  console.log(
    `${operations} operations: rendered in ${seconds.toFixed(2)} s, ${megabytes(most - before)} more memory, report of ${megabytes(size)}`,
  );
  const paints = await firstPaints(report);
  if (paints.length > 0) console.log(`first paint after ${paints.join(', ')} ms`);
  const isSlow = operations === TEN_MINUTES && seconds > LIMITS.render;
  if (isSlow || size > LIMITS.size || paints.some((it) => it > LIMITS.firstPaint)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

/** Milliseconds from opening the file until something is seen, of five looks; none without a browser. */
async function firstPaints(report: string): Promise<number[]> {
  if (NO_BROWSER) return [];
  const browser = await openBrowser();
  const paints: number[] = [];
  for (let look = 0; look < 5; look++) {
    const page = await browser.newPage();
    await page.goto(`file://${report}`);
    await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length > 0");
    paints.push(await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime"));
    await page.close();
  }
  await browser.close();
  return paints.map(Math.round);
}
