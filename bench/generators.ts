// What it costs to share a load: CPU of k6 for one request by one process and by two, at one rate on one server, in interleaved
// rounds, so that a slower moment of the machine meets both.
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import { parseOperation } from '../lib/core/history/history.ts';
import { planLoad } from '../lib/core/load/load-plan.ts';
import { parseSettings, SETTINGS } from '../lib/core/settings/settings.ts';
import { bundle } from '../lib/node/catalog/catalog.ts';
import { readClock } from '../lib/node/faults/test-clock.ts';
import { runK6 } from '../lib/node/load/generators/k6-run.ts';
import { runGenerators } from '../lib/node/load/generators/run-generators.ts';
import { linesOfFile } from '../lib/node/load/history/history-file.ts';
import { type K6Files, makeRunFolder } from '../lib/node/load/run-folder.ts';
import type { Child } from '../lib/node/process/child.ts';
import { onWorkbench, type Workbench } from './workbench.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const RATE = Number(process.env.BENCH_RATE ?? 1000);
const DURATION_S = 8;
/** CPU is taken over the midst of the measured part: a second at either end is left out. */
const EDGE_MS = 1000;
/** Two generators may take this much more CPU for a request than one. */
const LIMIT = 1.1;

const QUIET = { say: () => {} };
const { signal } = new AbortController();

await onWorkbench({ choice: 'auto', store: undefined }, async (bench) => {
  const { target, k6, progress } = bench;
  progress.say(`${target.description}; k6 ${k6.version}; ${ROUNDS} rounds of ${DURATION_S} s at ${RATE}/s`);
  const results = new Map<number, number[]>([
    [1, []],
    [2, []],
  ]);
  for (let round = 1; round <= ROUNDS; round++) {
    const order = round % 2 === 0 ? [2, 1] : [1, 2];
    for (const count of order) {
      const cpu = await cpuOfRequest(bench, count);
      results.get(count)?.push(cpu);
      progress.say(`round ${round}: by ${count}: ${cpu.toFixed(0)} µs CPU a request`);
    }
  }
  const [one = [], two = []] = [results.get(1), results.get(2)];
  const ratios = two.map((cpu, round) => cpu / (one[round] ?? cpu)).sort((a, b) => a - b);
  const median = ratios[Math.floor(ratios.length / 2)] ?? 1;
  console.log(
    `two generators take × ${median.toFixed(3)} the CPU of one for a request (${ratios[0]?.toFixed(3)}–${ratios.at(-1)?.toFixed(3)})`,
  );
  process.exitCode = median > LIMIT ? 1 : 0;
});
process.exit();

/** @returns microseconds of CPU that all k6 processes together took for a request */
async function cpuOfRequest({ target, k6, folder }: Workbench, count: number): Promise<number> {
  const env = {
    [SETTINGS.nodes.env]: target.nodes[0]?.url ?? '',
    [SETTINGS.user.env]: target.credentials.user,
    [SETTINGS.pass.env]: target.credentials.pass,
    LOAD_PROFILE: 'smoke',
    LOAD_RATE: String(RATE),
    LOAD_DURATION: `${DURATION_S}s`,
    LOAD_GENERATORS: String(count),
  };
  const plan = planLoad('writes', parseSettings(env));
  const { path: script } = await bundle('writes', false);
  const run = { k6, scenario: 'writes', script, env, length: plan.loadEnds, progress: QUIET, signal };
  const where = await makeRunFolder('writes', String(count), new Date(), folder);
  const processes: Child[] = [];
  const files: K6Files[] = [];
  const onStart = (child: Child, { files: own }: { files: K6Files }) => {
    processes.push(child);
    files.push(own);
  };
  const ended =
    count === 1
      ? runK6({ ...run, folder: where, onStart: (child) => onStart(child, { files: where }) })
      : runGenerators({ ...run, folder: where, count, onStart });
  const endedEarly = ended.then(() => {
    throw new Error('k6 ended before its load began');
  });
  while (files.length === 0) await Promise.race([sleep(20), endedEarly]);
  const clock = await Promise.race([readClock(files[0]?.file('history.ndjson') ?? '', signal), endedEarly]);
  endedEarly.catch(() => {});
  const [phase] = plan.measured;
  if (phase === undefined) throw new Error('nothing is measured');
  const from = clock.wall(clock.loadBegan + phase.start + EDGE_MS);
  await sleep(Math.max(0, from - Date.now()));
  const before = await cpuOf(processes);
  await sleep(phase.milliseconds - 2 * EDGE_MS);
  const after = await cpuOf(processes);
  await ended;
  let requests = 0;
  for (const { file } of files)
    for await (const lines of linesOfFile(file('history.ndjson')))
      for (const { end = 0 } of lines.flatMap((line) => parseOperation(line) ?? [])) {
        const wall = clock.wall(end);
        if (wall > before.at && wall <= after.at) requests++;
      }
  const asked = (RATE * (after.at - before.at)) / 1000;
  if (requests < 0.9 * asked) throw new Error(`only ${requests} of ${asked} requests: lower BENCH_RATE`);
  return ((after.cpu - before.cpu) * 1000) / requests;
}

/** Milliseconds of CPU until now, of all. */
async function cpuOf(processes: readonly Child[]): Promise<{ at: number; cpu: number }> {
  const usage = await Promise.all(processes.map(({ pid }) => pidusage(pid)));
  return { at: Date.now(), cpu: usage.reduce((sum, { ctime }) => sum + ctime, 0) };
}
