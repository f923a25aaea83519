// PR-003: what a hundred concurrent users cost against ten at the same arrival rate: `npm run bench -- users`.
// In interleaved rounds, on one server in memory, or on the nodes over BENCH_STORE=tikv://HOST:PORT.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import table from 'text-table';
import { $ } from 'zx';
import { statisticOf } from '../../lib/core/verdict/measurements.ts';
import type { RunSummary } from '../../lib/core/verdict/summary.ts';
import { quantity } from '../../lib/core/verdict/tables.ts';
import { K6_BUNDLE } from '../../lib/node/catalog/bundle.ts';
import { onWorkbench, type Workbench } from '../workbench.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 4);
/** Iterations a second in all. */
const RATE = Number(process.env.BENCH_RATE ?? 100);
const FEW = 10;
const MANY = 100;
const DURATION_S = 20;
/** PR-002, milliseconds; PR-003, times. */
const MOST_LATENCY = 100;
const MOST_RATIO = 2;

const BUNDLE = 'crud.js';

await onWorkbench({ choice: 'native', store: process.env.BENCH_STORE }, async (bench) => {
  const { target, progress, folder } = bench;
  await build({
    ...K6_BUNDLE,
    entryPoints: [join(import.meta.dirname, 'crud.ts')],
    outfile: join(folder, BUNDLE),
  });
  progress.say(`${target.description}; ${ROUNDS} rounds of ${DURATION_S} s, ${RATE} iterations a second`);
  const rounds: { few: RunSummary; many: RunSummary }[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // Forwards, then backwards: whoever is first has no advantage.
    const first = round % 2 === 0 ? await measure(bench, MANY) : undefined;
    const few = await measure(bench, FEW);
    rounds.push({ few, many: first ?? (await measure(bench, MANY)) });
    progress.say(`round ${round} of ${ROUNDS} is done`);
  }
  process.exitCode = report(rounds) ? 0 : 1;
});
process.exit();

async function measure({ target: on, k6, folder }: Workbench, users: number): Promise<RunSummary> {
  const summary = join(folder, `summary-${users}.json`);
  const env = {
    SURREAL_NODES: on.nodes.map(({ url }) => url).join(','),
    SURREAL_USER: on.credentials.user,
    SURREAL_PASS: on.credentials.pass,
    LOAD_VUS: String(users),
    LOAD_DURATION: `${DURATION_S}s`,
    LOAD_SUMMARY: summary,
    BENCH_RATE: String(RATE),
    K6_NO_USAGE_REPORT: 'true',
  };
  const command = [
    ...k6.command({ env, mounts: [folder] }),
    'run',
    '--quiet',
    '--log-format=raw',
    join(folder, BUNDLE),
  ];
  const { exitCode, stderr } = await $({ quiet: true, nothrow: true, env: { ...process.env, ...env } })`${command}`;
  if (exitCode !== 0 && exitCode !== 99) throw new Error(`k6 ended with exit code ${exitCode}: ${stderr}`);
  return JSON.parse(await readFile(summary, 'utf8')) as RunSummary;
}

/** @returns whether every operation kept to both limits */
function report(rounds: readonly { few: RunSummary; many: RunSummary }[]): boolean {
  const median = (of: (round: (typeof rounds)[number]) => number) => statisticOf(rounds.map(of), 'med');
  const p95 = ({ phases }: RunSummary, operation: string) => phases[0]?.byOperation[operation]?.latency.p95 ?? 0;
  const operations = Object.keys(rounds[0]?.few.phases[0]?.byOperation ?? {}).map((name) => {
    const ratios = rounds.map(({ few, many }) => p95(many, name) / p95(few, name));
    return {
      name,
      few: median(({ few }) => p95(few, name)),
      many: median(({ many }) => p95(many, name)),
      ratio: statisticOf(ratios, 'med'),
      span: `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
    };
  });
  const rate = (of: (round: (typeof rounds)[number]) => RunSummary) =>
    quantity(
      median((round) => of(round).phases[0]?.perSecond ?? 0),
      '/s',
    );
  const rows = operations.map(({ name, few, many, ratio, span }) => [
    name,
    quantity(few, 'ms'),
    quantity(many, 'ms'),
    `× ${ratio.toFixed(2)}`,
    span,
  ]);
  const header = ['p95', `${FEW} users`, `${MANY} users`, 'ratio', 'of the rounds'];
  const done = ['done', rate(({ few }) => few), rate(({ many }) => many), '', ''];
  console.log(table([header, ...rows, done], { align: ['l', 'r', 'r', 'r', 'r'] }));
  return operations.every(({ many, ratio }) => many < MOST_LATENCY && ratio <= MOST_RATIO);
}
