// npm test: says what it will do, and runs the tests side by side where they do not disturb each other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spec } from 'node:test/reporters';
import { Command } from 'commander';
import { PROJECT_ROOT } from '../lib/node/system/paths.ts';
import { integrationJobs, type Job, testFiles, unitJobs } from './runner/jobs.ts';
import { runJobs } from './runner/pool.ts';
import { resultsOf, type TestEvent, Totals } from './runner/results.ts';
import { bundleScripts, SCRIPT_BUNDLES } from './runner/script-bundles.ts';

const CORES = availableParallelism();
/** A load takes 0.6 of a core and waits otherwise (docs/evidence/test-suite.md). */
const INTEGRATION_AT_ONCE = Math.max(2, Math.floor(CORES / 2));
/** The file of `--fast` that loads the embedded engine. */
const EMBEDDED_LOAD = 'integration/embedded-load';

/** How long each part takes on two idle cores (docs/evidence/test-suite.md). */
const ABOUT = { lint: '20 s', unit: '1 min', integration: '40 min' };

const program = new Command('npm test --')
  .argument('[names...]', 'only files whose path contains one of these')
  .option('--unit', 'unit tests only')
  .option('--fast', 'lint, unit tests and one load of the embedded engine')
  .option('--watch', 'run unit tests again when a file that they import changes')
  .parse();
const names = program.args;
const {
  unit = false,
  fast = false,
  watch = false,
} = program.opts<{ unit?: boolean; fast?: boolean; watch?: boolean }>();

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const scratch = await mkdtemp(join(tmpdir(), 'surrealdb-load-tests-'));
try {
  process.exitCode = await main();
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** @returns the exit code */
async function main(): Promise<number> {
  if (watch)
    return runProgram(process.execPath, ['--import', 'tsx', '--test', '--watch', ...(await testFiles('unit', names))]);
  const units = await unitJobs(names, scratch);
  const integrations = unit ? [] : await integrationJobs(fast ? [EMBEDDED_LOAD] : names);
  if (units.length + integrations.length === 0) {
    console.error(`No file in tests/unit or tests/integration has ${names.join(' or ')} in its path.`);
    return 2;
  }
  const lint = fast || (!unit && names.length === 0);
  announce(lint, units, integrations);
  if (lint && (await runProgram('npm', ['run', '--silent', 'lint'])) !== 0) return exitCode(false);
  if (integrations.length > 0)
    // Once, instead of by each file for itself.
    for (const step of ['build', 'setup'])
      if ((await runProgram('npm', ['run', '--silent', step])) !== 0) return exitCode(false);
  if (integrations.length > 0) process.env[SCRIPT_BUNDLES] = await bundleScripts(scratch);
  const totals = new Totals();
  await pipeline(Readable.from(eventsOf(units, integrations, totals)), new spec(), process.stdout, { end: false });
  return exitCode(!totals.failed);
}

function exitCode(passed: boolean): number {
  return interrupted.signal.aborted ? 130 : passed ? 0 : 1;
}

/** Says what will run and, if it is everything, how long that takes. */
function announce(lint: boolean, units: readonly Job[], integrations: readonly Job[]): void {
  const about = (part: keyof typeof ABOUT): string => (names.length > 0 ? '' : ` (about ${ABOUT[part]})`);
  const alone = integrations.filter(({ needs }) => needs.includes('the machine')).length;
  const parts = [
    lint ? [`lint and types${about('lint')}`] : [],
    units.length > 0 ? [`unit tests in ${units.length} processes${about('unit')}`] : [],
    integrations.length > 0
      ? [`${integrations.length} integration files, ${alone} of them alone${fast ? '' : about('integration')}`]
      : [],
  ];
  console.log(`Runs ${parts.flat().join(', then ')}. Times are those of two idle cores.`);
}

async function* eventsOf(
  units: readonly Job[],
  integrations: readonly Job[],
  totals: Totals,
): AsyncGenerator<TestEvent> {
  const { signal } = interrupted;
  for (const [jobs, atOnce] of [
    [units, CORES],
    [integrations, INTEGRATION_AT_ONCE],
  ] as const)
    for await (const events of runJobs(jobs, atOnce, (job) => resultsOf(job, signal)))
      yield* totals.withoutSummary(events);
  yield* totals.summary();
}

/** Runs a program in front of the user. @returns its exit code */
async function runProgram(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: PROJECT_ROOT, stdio: 'inherit' });
  interrupted.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const [code] = await once(child, 'exit');
  return (code as number | null) ?? 1;
}
