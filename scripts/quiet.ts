// npm run quiet: many operations on a healthy cluster; any anomaly is a false alarm, or a find.

import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { runQuietly, SOAK_SCENARIOS } from '../lib/node/load/quiet.ts';

async function quiet(signal: AbortSignal): Promise<number> {
  const command = commandNamed('quiet')
    .description(
      `Runs ${SOAK_SCENARIOS.join(', ')} on a healthy target until they have done a number of operations, and adds up what their checkers found. Exit codes: 0 nothing, 99 anomalies, 98 a checker reached no verdict, 2 wrong usage.`,
    )
    .option('--operations <number>', 'in all; each scenario does an eighth', '1000000')
    .option('--store <store>', 'native: memory, or tikv://HOST:PORT', 'memory')
    .option('--node-count <number>', 'native over tikv: how many nodes')
    .option('--nodes <urls>', 'nodes that are there already, instead of --store')
    .option('--vus <number>', 'users that never pause', '16')
    .option('--duration <duration>', 'length of one run', '2m')
    .option('--seed <number>', 'seed of the first run', '1')
    .allowExcessArguments(false)
    .parse();
  const flags = command.opts<Record<'operations' | 'store' | 'vus' | 'duration' | 'seed', string> & Optional>();
  const operations = wholeNumber('--operations', flags.operations);
  const seed = wholeNumber('--seed', flags.seed);
  const target =
    flags.nodes === undefined
      ? ['--target', 'native', '--port', '0', '--store', flags.store, ...nodeCount(flags)]
      : ['--target', 'external', '--nodes', flags.nodes];
  const load = [...target, '--vus', flags.vus, '--duration', flags.duration];

  const begin = Date.now();
  const { runs, anomalies, undecided, suspicious, ...done } = await runQuietly(
    { operations, load, seed },
    terminalProgress(),
    signal,
  );
  const minutes = ((Date.now() - begin) / 60_000).toFixed(0);
  for (const folder of suspicious) console.log(`Look at ${folder}: npm run check -- ${folder}`);
  console.log(
    `${done.operations} operations in ${runs} runs and ${minutes} min: anomalies ${anomalies}, no verdict ${undecided}.`,
  );
  if (anomalies > 0) return 99;
  return undecided > 0 ? 98 : 0;
}

interface Optional {
  readonly nodes?: string;
  readonly nodeCount?: string;
}

const nodeCount = (flags: Optional): string[] =>
  flags.nodeCount === undefined ? [] : ['--node-count', flags.nodeCount];

/** @throws UsageError */
function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${flag} must be a whole number above 0 (got "${text}").`);
}

await runCommand(quiet, 'Stopping the current run.');
