// How reliably a comparison of ten minutes sees a slower server, and how often it cries wolf.
//   node --import tsx bench/gate-power.ts record --slower 20 --rounds 16   one trial: two servers, one behind a slow proxy
//   node --import tsx bench/gate-power.ts table                            what all recorded trials come to
import { randomInt } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { DEFAULT_TOLERANCE } from '../lib/core/comparison/compare.ts';
import { comparisonTable } from '../lib/core/comparison/text.ts';
import { validPairs } from '../lib/core/comparison/verdict.ts';
import { runCommand } from '../lib/node/cli.ts';
import { type ArmName, parseArm } from '../lib/node/compare/arms.ts';
import { compareTargets } from '../lib/node/compare/compare-targets.ts';
import { measureRound, prepareK6 } from '../lib/node/compare/rounds.ts';
import type { Arm } from '../lib/node/compare/with-arms.ts';
import { makeFolder, timeOf } from '../lib/node/load/results.ts';
import { PROJECT_ROOT, RESULTS_FOLDER } from '../lib/node/paths.ts';
import { terminalProgress } from '../lib/node/progress.ts';
import type { Target } from '../lib/node/targets/target.ts';
import { startFaultyServer } from '../tests/faulty/proxy.ts';
import { heldBack } from '../tests/faulty/slowness.ts';
import { powerTable, type Trial } from '../tests/support/power.ts';
import { startServers } from '../tests/support/servers.ts';

const TRIALS = join(PROJECT_ROOT, 'tests/fixtures/gate-trials.ndjson');

async function record(slower: number, rounds: number, scenario: string, signal: AbortSignal): Promise<void> {
  const progress = terminalProgress();
  const k6 = await prepareK6(progress);
  await using before = await startServers();
  await using after = await startServers();
  let delay = 0;
  const a = await startFaultyServer(
    urlOf(before),
    heldBack(() => 0),
  );
  const b = await startFaultyServer(
    urlOf(after),
    heldBack(() => delay),
  );
  const { path: folder } = await makeFolder(RESULTS_FOLDER, `compare-${timeOf(new Date())}_power`);
  const env = { LOAD_PROFILE: 'round', LOAD_SEED: String(randomInt(2 ** 31)) };
  // The servers' processes stay in sight behind the proxies, so that disturbed rounds are seen.
  const first = behind('a', before, a.url);
  const arms = [first, behind('b', after, b.url)];
  try {
    const parent = join(folder, 'calibration');
    let calibration = await measureRound({ scenario, env, k6, parent }, first, 0, progress, signal);
    while (calibration.state !== 'pass' && !signal.aborted)
      calibration = await measureRound({ scenario, env, k6, parent }, first, 0, progress, signal);
    const seen = calibration.metrics.find(({ name }) => name === 'p50')?.value ?? 0;
    delay = (slower / 100) * seen;
    progress.say(`p50 is ${seen.toFixed(2)} ms: answers of B are held back for ${delay.toFixed(3)} ms`);
    const request = { scenario, env, rounds, tolerance: DEFAULT_TOLERANCE, command: '' };
    const result = await compareTargets(request, arms, k6, folder, progress, signal);
    console.log(`${comparisonTable(result.metrics)}\n${result.headline}\n${result.notes.join('\n')}`);
    const valid = validPairs(result.rounds);
    const kept = result.rounds.filter(({ pair }) => valid.includes(pair));
    const values = kept.map(({ arm, pair, metrics: all }) => ({
      arm,
      pair,
      metrics: all.map((metric) => ({ ...metric, value: Number(metric.value.toPrecision(5)) })),
    }));
    await appendFile(TRIALS, `${JSON.stringify({ slower, scenario, rounds: values } satisfies Trial)}\n`);
  } finally {
    await a.close();
    await b.close();
  }
}

const urlOf = ({ nodes }: Target): string => nodes[0]?.url ?? '';

const behind = (name: ArmName, target: Target, url: string): Arm => ({
  name,
  request: parseArm(`--${name}`, `external=${url}`),
  target: { ...target, nodes: target.nodes.map((node) => ({ ...node, url })) },
});

async function main(signal: AbortSignal): Promise<number> {
  const program = new Command('gate-power');
  program
    .command('record')
    .requiredOption('--slower <percent>')
    .option('--rounds <number>', 'rounds of each side', '16')
    .option('--scenario <name>', 'what is sent', 'crud')
    .action(({ slower, rounds, scenario }) => record(Number(slower), Number(rounds), scenario, signal));
  program.command('table').action(async () => {
    const lines = (await readFile(TRIALS, 'utf8')).trim().split('\n');
    console.log(powerTable(lines.map((line) => JSON.parse(line) as Trial)));
  });
  await program.parseAsync();
  return 0;
}

await runCommand(main);
