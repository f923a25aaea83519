// How reliably a comparison of ten minutes sees a slower server, and how often it cries wolf.
//   node --import tsx bench/gate-power.ts record --slower 20 --rounds 12   two trials: three servers, one behind a slow proxy
//   node --import tsx bench/gate-power.ts table                            what all recorded trials come to
import { randomInt } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { compareRounds, DEFAULT_TOLERANCE } from '../lib/core/comparison/compare.ts';
import { comparisonTable } from '../lib/core/comparison/text.ts';
import { concludeMetrics, isInvalid } from '../lib/core/comparison/verdict.ts';
import { runCommand } from '../lib/node/cli.ts';
import { type ArmName, parseArm } from '../lib/node/compare/arms.ts';
import { measureRound, prepareK6, type RoundRecord } from '../lib/node/compare/rounds.ts';
import type { Arm } from '../lib/node/compare/with-arms.ts';
import { Failure } from '../lib/node/errors.ts';
import { makeFolder, timeOf } from '../lib/node/load/results.ts';
import { PROJECT_ROOT, RESULTS_FOLDER } from '../lib/node/paths.ts';
import { terminalProgress } from '../lib/node/progress.ts';
import type { Target } from '../lib/node/targets/target.ts';
import { startFaultyServer } from '../tests/faulty/proxy.ts';
import { heldBack } from '../tests/faulty/slowness.ts';
import { pairsOf, powerTable, type Trial } from '../tests/support/power.ts';
import { startServers } from '../tests/support/servers.ts';

const TRIALS = join(PROJECT_ROOT, 'tests/fixtures/gate-trials.ndjson');

/**
 * Measures three servers in turn: A, one like it, and one that is slower. That makes two trials of the same rounds of A.
 */
async function record(slower: number, rounds: number, scenario: string, signal: AbortSignal): Promise<void> {
  const progress = terminalProgress();
  const k6 = await prepareK6(progress);
  const { path: folder } = await makeFolder(RESULTS_FOLDER, `compare-${timeOf(new Date())}_power`);
  const env = { LOAD_PROFILE: 'round', LOAD_SEED: String(randomInt(2 ** 31)) };
  let delay = 0;
  await using before = await startServers();
  await using alike = await startServers();
  await using delayed = await startServers();
  const arms: Arm[] = [];
  const holds: [Target, () => number][] = [
    [before, () => 0],
    [alike, () => 0],
    [delayed, () => delay],
  ];
  for (const [server, hold] of holds) {
    // The proxies end with this process.
    const { url } = await startFaultyServer(server.nodes[0]?.url ?? '', heldBack(hold));
    arms.push(behind(arms.length === 0 ? 'a' : 'b', server, url));
  }
  const measure = (arm: Arm | undefined, pair: number, parent: string): Promise<RoundRecord> => {
    if (arm === undefined || signal.aborted) throw new Failure('Interrupted before it was done.');
    return measureRound({ scenario, env, k6, parent: join(folder, parent) }, arm, pair, progress, signal);
  };
  let calibration = await measure(arms[0], 0, 'calibration');
  while (calibration.state !== 'pass') calibration = await measure(arms[0], 0, 'calibration');
  const seen = calibration.metrics.find(({ name }) => name === 'p50')?.value ?? 0;
  delay = (slower / 100) * seen;
  progress.say(`p50 is ${seen.toFixed(2)} ms: answers are held back for ${delay.toFixed(3)} ms`);

  const like: { slower: number; rounds: RoundRecord[] } = { slower: 0, rounds: [] };
  const slow: { slower: number; rounds: RoundRecord[] } = { slower, rounds: [] };
  for (let triple = 0, whole = 0; whole < rounds && triple < 2 * rounds; triple++) {
    const order = [0, 1, 2];
    if (triple % 2 === 1) order.reverse();
    const measured = new Map<number, RoundRecord>();
    for (const index of order) measured.set(index, await measure(arms[index], triple, 'rounds'));
    const all = [...measured.values()];
    const p50 = [0, 1, 2].map((index) => measured.get(index)?.metrics.find(({ name }) => name === 'p50')?.value ?? 0);
    const disturbed = all.flatMap(({ findings }) => findings.slice(0, 1).map(({ message }) => message));
    progress.say(`${triple + 1}: ${p50.map((value) => value.toFixed(2)).join(' / ')} ms  ${disturbed.join(' ')}`);
    if (all.some(isInvalid)) continue;
    whole++;
    for (const [index, trial] of [like, slow].entries())
      for (const round of [measured.get(0), measured.get(index + 1)]) if (round !== undefined) trial.rounds.push(round);
  }
  for (const { slower: percent, rounds: measured } of [like, slow]) {
    const values = measured.map(({ arm, pair, metrics }) => ({
      arm,
      pair,
      metrics: metrics.map((metric) => ({ ...metric, value: Number(metric.value.toPrecision(5)) })),
    }));
    const trial: Trial = { slower: percent, scenario, rounds: values };
    const pairs = pairsOf(trial);
    const of = (side: 0 | 1) => pairs.map((pair) => pair[side]);
    const metrics = compareRounds(of(0), of(1), { design: 'paired', tolerance: DEFAULT_TOLERANCE });
    console.log(`slower by ${percent} %\n${comparisonTable(metrics)}\n${concludeMetrics(metrics).headline}\n`);
    await appendFile(TRIALS, `${JSON.stringify(trial)}\n`);
  }
}

/** The servers' processes stay in sight behind the proxies, so that disturbed rounds are seen. */
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
    .option('--rounds <number>', 'rounds of each side', '12')
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
