// How reliably a comparison of ten minutes sees a slower server, and how often it raises false alarms.
//   node --import tsx bench/gate-power.ts record --slower 10 20 50   a trial each, and one of a server that is not slower
//   node --import tsx bench/gate-power.ts table                      what all recorded trials come to
import { randomInt } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { compareRounds, DEFAULT_TOLERANCE } from '../lib/core/comparison/compare-rounds.ts';
import { comparisonTable } from '../lib/core/comparison/comparison-text.ts';
import { concludeMetrics, isInvalid } from '../lib/core/comparison/comparison-verdict.ts';
import { runCommand } from '../lib/node/cli/command-line.ts';
import { Failure } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { type ArmName, parseArm } from '../lib/node/compare/arms.ts';
import { measureRound, type RoundRecord } from '../lib/node/compare/rounds.ts';
import type { Arm } from '../lib/node/compare/with-arms.ts';
import { prepareK6 } from '../lib/node/load/generators/prepare-k6.ts';
import { makeFolder, timeOf } from '../lib/node/load/run-folder.ts';
import { PROJECT_ROOT, RESULTS_FOLDER } from '../lib/node/system/paths.ts';
import type { Target } from '../lib/node/targets/target.ts';
import { startFaultyServer } from '../tests/faulty/proxy.ts';
import { heldBack } from '../tests/faulty/slowness.ts';
import { pairsOf, powerTable, type Trial } from '../tests/support/power.ts';
import { startServers } from '../tests/support/servers.ts';

const TRIALS = join(PROJECT_ROOT, 'tests/fixtures/gate-trials.ndjson');

interface Recording {
  /** Percent, of each server that is slower. */
  readonly slower: readonly number[];
  readonly rounds: number;
  readonly scenario: string;
}

/** By how many percent A, the server like it and the slower ones are slower. */
const slowness = (slower: readonly number[]): number[] => [0, 0, ...slower];

async function recordOnOwnServers(recording: Recording, signal: AbortSignal): Promise<void> {
  const servers = await Promise.all(slowness(recording.slower).map(() => startServers()));
  try {
    await record(recording, servers, signal);
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** Measures server A, one like it, and slower ones in turn. Each makes a trial with the same rounds of A. */
async function record(
  { slower, rounds, scenario }: Recording,
  servers: readonly Target[],
  signal: AbortSignal,
): Promise<void> {
  const progress = terminalProgress();
  const k6 = await prepareK6(progress);
  const { path: folder } = await makeFolder(RESULTS_FOLDER, `compare-${timeOf(new Date())}_power`);
  const env = { LOAD_PROFILE: 'round', LOAD_SEED: String(randomInt(2 ** 31)) };
  /** Milliseconds for each percent that answers are held back; known once A was measured. */
  let delay = 0;
  const arms: Arm[] = [];
  for (const [index, server] of servers.entries()) {
    const percent = slowness(slower)[index] ?? 0;
    // The proxies end with this process.
    const { url } = await startFaultyServer(
      server.nodes[0]?.url ?? '',
      heldBack(() => percent * delay),
    );
    arms.push(behind(index === 0 ? 'a' : 'b', server, url));
  }
  const measure = (arm: Arm | undefined, pair: number, parent: string): Promise<RoundRecord> => {
    if (arm === undefined || signal.aborted) throw new Failure('Interrupted before it was done.');
    return measureRound({ scenario, env, k6, parent: join(folder, parent) }, arm, pair, progress, signal);
  };
  let calibration = await measure(arms[0], 0, 'calibration');
  while (calibration.state !== 'pass') calibration = await measure(arms[0], 0, 'calibration');
  const seen = p50Of(calibration);
  delay = seen / 100;
  progress.say(`p50 is ${seen.toFixed(2)} ms: answers are held back for ${delay.toFixed(3)} ms a percent`);

  const trials = [0, ...slower].map((percent) => ({ slower: percent, rounds: [] as RoundRecord[] }));
  for (let turn = 0, whole = 0; whole < rounds && turn < 2 * rounds; turn++) {
    const order = [...arms.keys()];
    if (turn % 2 === 1) order.reverse();
    const measured = new Map<number, RoundRecord>();
    for (const index of order) measured.set(index, await measure(arms[index], turn, 'rounds'));
    const all = arms.flatMap((_arm, index) => measured.get(index) ?? []);
    const disturbed = all.flatMap(({ findings }) => findings.slice(0, 1).map(({ message }) => message));
    progress.say(`${turn + 1}: ${all.map((it) => p50Of(it).toFixed(2)).join(' / ')} ms  ${disturbed.join(' ')}`);
    if (all.some(isInvalid)) continue;
    whole++;
    const [ofA, ...others] = all;
    for (const [index, trial] of trials.entries())
      for (const round of [ofA, others[index]]) if (round !== undefined) trial.rounds.push(round);
  }
  for (const { slower: percent, rounds: measured } of trials) {
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

const p50Of = ({ metrics }: RoundRecord): number => metrics.find(({ name }) => name === 'p50')?.value ?? 0;

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
    .requiredOption('--slower <percent...>')
    .option('--rounds <number>', 'rounds of each side', '12')
    .option('--scenario <name>', 'what is sent', 'crud')
    .action(({ slower, rounds, scenario }) =>
      recordOnOwnServers({ slower: slower.map(Number), rounds: Number(rounds), scenario }, signal),
    );
  program.command('table').action(async () => {
    const lines = (await readFile(TRIALS, 'utf8')).trim().split('\n');
    console.log(powerTable(lines.map((line) => JSON.parse(line) as Trial)));
  });
  await program.parseAsync();
  return 0;
}

await runCommand(main);
