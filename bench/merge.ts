// What merging costs: four generators with a million operations each, one history and one summary of them.
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clockLine, HISTORY_VERSION, loadBeginsLine } from '../lib/core/history/history.ts';
import { planLoad } from '../lib/core/load/load-plan.ts';
import { randomStream } from '../lib/core/random/random.ts';
import { parseSettings } from '../lib/core/settings/settings.ts';
import { parseLimits } from '../lib/core/verdict/limits.ts';
import { summarise } from '../lib/core/verdict/summary.ts';
import { recordsOf } from '../lib/core/workloads/written-records.ts';
import { mergeGenerators } from '../lib/node/load/generators/merge-generators.ts';
import { writeJson } from '../lib/node/system/files.ts';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';

const GENERATORS = 4;
const LENGTH = 60_000;
const SEED = 7;
/** Of a million operations of each generator: seconds, bytes. */
const LIMITS = { seconds: 15, memory: 2e9 };

const MILLION = 1_000_000;
const operations = Number(process.env.BENCH_OPERATIONS ?? MILLION);
const nodeNames = ['surreal-1', 'surreal-2', 'surreal-3'];
const settings = parseSettings({
  LOAD_PROFILE: 'smoke',
  LOAD_RATE: String(Math.round((GENERATORS * operations * 1000) / LENGTH)),
  LOAD_DURATION: `${LENGTH}ms`,
  LOAD_GENERATORS: String(GENERATORS),
});
const plan = planLoad('writes', settings);
const usersOfEach = Math.floor(plan.vus / GENERATORS);
const thresholds = join(PROJECT_ROOT, 'thresholds', 'common.json');
const limits = parseLimits(thresholds, JSON.parse(await readFile(thresholds, 'utf8')));

const path = await mkdtemp(join(tmpdir(), 'merge-'));
try {
  const at = (folder: string) => ({ path: folder, file: (name: string) => join(folder, name) });
  const generators = Array.from({ length: GENERATORS }, (_, index) => ({
    number: index + 1,
    files: at(join(path, String(index + 1))),
  }));
  for (const { number, files } of generators) {
    await mkdir(files.path);
    await pipeline(Readable.from(historyOf(number)), createWriteStream(files.file('history.ndjson')));
    const metrics = { http_reqs: { count: operations, rate: (operations * 1000) / LENGTH } };
    const apart = { nodeNames, protocols: ['sql'] } as const;
    await writeJson(
      files.file('summary.json'),
      summarise({ scenario: 'writes', settings, plan, limits, metrics, ...apart }),
    );
  }
  let most = process.memoryUsage.rss();
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 50);
  const started = performance.now();
  const { shares } = await mergeGenerators({ generators, clocks: 'machine', folder: at(path), plan, settings });
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  const merged = shares.reduce((sum, share) => sum + share.operations, 0);
  const { size } = await stat(join(path, 'history.ndjson'));
  console.log(
    `${GENERATORS} × ${operations} operations merged in ${seconds.toFixed(1)} s, ${Math.round(most / 1e6)} MB of memory; history of ${Math.round(size / 1e6)} MB, ${Math.round(size / merged)} bytes an operation`,
  );
  const isSlow = operations === MILLION && (seconds > LIMITS.seconds || most > LIMITS.memory);
  if (isSlow || merged !== GENERATORS * operations) process.exitCode = 1;
} finally {
  await rm(path, { recursive: true });
}

/** As k6 writes it, a list of lines at a time. */
function* historyOf(generator: number): Generator<string> {
  const header = { history: HISTORY_VERSION, scenario: 'writes', seed: SEED, nodes: nodeNames };
  if (generator === 1) yield `${JSON.stringify(header)}\n${loadBeginsLine(0)}\n`;
  const random = randomStream(generator);
  const began = Date.UTC(2026, 0, 1) + generator;
  let lines = `${clockLine({ at: 1, earliest: began, latest: began + 0.01 })}\n`;
  for (let index = 0; index < operations; index++) {
    const process = (generator - 1) * usersOfEach + (index % usersOfEach) + 1;
    const start = (plan.loadEnds * index) / operations;
    const node = nodeNames[index % nodeNames.length];
    const id = recordsOf(SEED, process).id(Math.floor(index / usersOfEach));
    lines += `{"process":${process},"f":"create","node":"${node}","protocol":"sql","start":${start.toFixed(3)},"end":${(start + 0.5 + 4 * random()).toFixed(3)},"key":"${id}","outcome":"ok"}\n`;
    if (lines.length < 1 << 18) continue;
    yield lines;
    lines = '';
  }
  yield lines;
}
