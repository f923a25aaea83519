// npm run bench -- NAME: measures the suite itself. Each benchmark has a process of its own.
import { join } from 'node:path';
import { Argument } from 'commander';
import { $, which } from 'zx';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { Failure } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';

interface Benchmark {
  readonly file: string;
  readonly measures: string;
  /** Programs that it cannot do without, each with where it comes from. */
  readonly needs?: Readonly<Record<string, string>>;
  /** Variables that it cannot do without, each with its content. */
  readonly variables?: Readonly<Record<string, string>>;
}

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  client: {
    file: 'client.ts',
    measures: 'what scenario writes costs, with and without history, against the barest k6 script',
  },
  workload: {
    file: 'workload.ts',
    measures: 'what a workload file costs against the same scenario in TypeScript',
  },
  checkers: { file: 'checkers.ts', measures: 'time and memory of each checker for a million operations' },
  read: { file: 'read.ts', measures: 'how fast a history of another tool is read, and how much memory that takes' },
  porcupine: {
    file: 'porcupine.ts',
    measures: 'the checker of registers against Porcupine on the same histories',
    needs: { go: 'https://go.dev/dl' },
  },
  elle: {
    file: 'elle.ts',
    measures: 'the checker of transactions over lists against Elle on the same histories',
    needs: { java: 'a JVM of version 11 or later' },
    variables: {
      ELLE_CLASSPATH: 'the jars of Clojure and of what Elle depends on, and Elle itself as a jar or its src folder',
    },
  },
  report: { file: 'report.ts', measures: 'time, memory and first paint of the report of ten minutes at 1000/s' },
  gate: { file: 'gate-scatter.ts', measures: 'how often the gate finds a slower server, and raises false alarms' },
  users: {
    file: 'users/main.ts',
    measures: 'scenario crud with 100 users against 10 at the same arrival rate (PR-003)',
  },
  generators: {
    file: 'generators.ts',
    measures: 'what a request costs two k6 processes that share a load, against one',
  },
  merge: { file: 'merge.ts', measures: 'time and memory of merging four generators with a million operations each' },
  capacity: {
    file: 'capacity.ts',
    measures: 'CPU, bytes and memory of a generator for each protocol, and how many generators a rate takes',
  },
  keys: { file: 'zipfian/main.ts', measures: 'what it costs inside k6 to draw a key' },
};
const ALL = 'all';

async function bench(signal: AbortSignal): Promise<number> {
  const names = Object.keys(BENCHMARKS);
  const command = commandNamed('npm run bench --')
    .description('Measures the suite itself. Exit codes: 0 within its limits, 1 not, or not measured, 2 wrong usage.')
    .addArgument(new Argument('[name]', 'what to measure').choices([...names, ALL]).default('client'))
    .addHelpText(
      'after',
      `\nBenchmarks:\n${names.map((name) => `  ${name.padEnd(10)} ${BENCHMARKS[name]?.measures}`).join('\n')}`,
    )
    .addHelpText(
      'after',
      '\nOf the environment: BENCH_ROUNDS (capacity, client, generators, users, workload), BENCH_RATE (generators, users), BENCH_STORE (users), BENCH_OPERATIONS (checkers, merge, read; 1000000; report; 600000), BENCH_HISTORIES (elle; 200), ELLE_CLASSPATH (elle), BENCH_AGAINST (client; another checkout, built, to compare with), BENCH_PROTOCOL (client; sql or rpc alone), BENCH_CHECKER (checkers; one alone).',
    )
    .allowExcessArguments(false)
    .parse();
  const [name = ''] = command.processedArgs as string[];
  const chosen = name === ALL ? names : [name];
  const failed: string[] = [];
  for (const name of chosen) if (!(await isWithinLimits(name, signal))) failed.push(name);
  if (failed.length === 0) return 0;
  throw new Failure(`Beyond its limits, or not measured: ${failed.join(', ')}. The reason stands above.`);
}

async function isWithinLimits(name: string, signal: AbortSignal): Promise<boolean> {
  const { file, measures, needs = {}, variables = {} } = BENCHMARKS[name] as Benchmark;
  const progress = terminalProgress();
  progress.say(`\n${name}: ${measures}`);
  const missing = Object.entries(variables).flatMap(([variable, content]) =>
    process.env[variable] === undefined ? [`${variable}, which is not set: ${content}`] : [],
  );
  for (const [program, source] of Object.entries(needs))
    if ((await which(program, { nothrow: true })) === null)
      missing.push(`\`${program}\`, which is not on PATH: ${source}`);
  if (missing.length > 0) {
    progress.say(`NOT MEASURED: ${name} needs ${missing.join('; and ')}.`);
    return false;
  }
  const { exitCode } = await $({
    signal,
    stdio: 'inherit',
    nothrow: true,
  })`${process.execPath} --import tsx ${join(import.meta.dirname, file)}`;
  signal.throwIfAborted();
  return exitCode === 0;
}

await runCommand(bench, 'Ending the benchmark.');
