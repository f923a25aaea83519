// npm run explore: draws scenarios, settings and faults from seeds, and shrinks what fails to the smallest command.

import { randomInt } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Option } from 'commander';
import { type Exploration, explore, type RecordedRun } from '../lib/core/explore/exploration.ts';
import { explorationSummary, explorationTable, runLine } from '../lib/core/explore/exploration-table.ts';
import { type Trial, trialArguments } from '../lib/core/explore/trial.ts';
import { parseDuration } from '../lib/core/load/duration.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { Failure, UsageError } from '../lib/node/cli/errors.ts';
import { numberOf } from '../lib/node/cli/flags.ts';
import { type Progress, terminalProgress } from '../lib/node/cli/progress.ts';
import {
  addToCorpus,
  type ExplorationRequest,
  folderName,
  loadExploration,
  readCorpus,
  saveExploration,
} from '../lib/node/explore/exploration-file.ts';
import { writeExplorationPage } from '../lib/node/explore/exploration-page.tsx';
import { runTrial } from '../lib/node/explore/run-trial.ts';
import { EXPLORED_TARGETS, spaceOf } from '../lib/node/explore/space-of.ts';
import { makeFolder, timeOf } from '../lib/node/load/run-folder.ts';
import { commandPrefix, RESULTS_FOLDER } from '../lib/node/system/paths.ts';
import { holdCompose } from '../lib/node/targets/compose-target.ts';
import { parseNodeSettings } from '../lib/node/targets/node-settings.ts';
import { checkRequest } from '../lib/node/targets/resolve.ts';
import type { TargetRequest } from '../lib/node/targets/target.ts';

interface Flags {
  readonly for: string;
  readonly seeds?: string;
  readonly seed?: string;
  readonly target: (typeof EXPLORED_TARGETS)[number];
  readonly store?: string;
  readonly setting?: string[];
  readonly scenario?: string;
  readonly faults: string;
  readonly corpus?: true;
  readonly resume?: string | true;
}

/** So many runs that cannot be done, one after the other, have a cause that further ones have too. */
const FAILURES_IN_A_ROW = 5;
const MOST_SEEDS = 1_000_000;

async function exploreCommand(signal: AbortSignal): Promise<number> {
  const command = commandNamed('explore')
    .description(
      'Draws scenario, settings of the nodes, latency and faults from seeds, runs and checks each, repeats and shrinks what fails, and says which fault and which setting it needs.',
    )
    .option('--for <time>', 'how long', '30m')
    .option('--seeds <number>', 'at most so many seeds')
    .option('--seed <number>', 'first seed; each further trial takes the next [random]')
    .addOption(new Option('--target <name>', 'what to load').choices(EXPLORED_TARGETS).default('native'))
    .option('--store <store>', 'native: memory, rocksdb:PATH, surrealkv:PATH or tikv://HOST:PORT')
    .option('--setting <name=value>', 'native, compose: a setting of the nodes in all trials (repeatable)', collect)
    .option('--scenario <names>', 'only these scenarios, separated by commas')
    .option('--faults <number>', 'faults in a trial, from 0 (a soak) to 3, or a range', '1-3')
    .option('--corpus', 'begin with the smallest trials that earlier explorations found')
    .option('--resume [folder]', 'go on with an exploration that was stopped; the latest if no folder is given')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing found, 99 an anomaly, 98 a run proved nothing, 2 wrong usage, 1 anything else',
    )
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)')
    .parse();
  const flags = command.opts<Flags>();
  const length = parseDuration(flags.for);
  if (length === undefined) throw new UsageError(`--for must be a duration such as 30m (got "${flags.for}").`);
  const most = numberOf('--seeds', flags.seeds, 1, MOST_SEEDS) ?? MOST_SEEDS;
  const typed = ['target', 'store', 'setting', 'scenario', 'faults', 'seed', 'corpus'].find(
    (name) => command.getOptionValueSource(name) === 'cli',
  );
  if (flags.resume !== undefined && typed !== undefined)
    throw new UsageError(
      `--resume goes on with what was asked for: --${typed} cannot change it. Leave out one of them.`,
    );
  const { folder, request, recorded } =
    flags.resume === undefined ? await begin(flags) : await resumed(flags.resume === true ? undefined : flags.resume);
  const { target, store, fixed } = request;
  const port = target === 'compose' ? undefined : 0;
  const load: TargetRequest = { choice: target, nodes: undefined, store, nodeCount: undefined, port };

  const progress = terminalProgress();
  const shown = relative(process.cwd(), folder);
  progress.say(`explore ${shown}, from seed ${request.firstSeed}`);
  const runs: RecordedRun[] = [...recorded];
  const commandOf = (trial: Trial): string => `${commandPrefix('load')} ${commandLine(trial, request)}`;
  // Containers have them already.
  const ofTrials = target === 'compose' ? {} : fixed;
  const ends = Date.now() + length;
  let failures = 0;
  let known: Exploration = { seeds: 0, findings: [] };
  const save = async (exploration: Exploration) => {
    known = exploration;
    await saveExploration(folder, { request, exploration, runs });
  };
  const hold = await holdCompose({ ...load, nodeSettings: fixed }, { progress, logs: folder, signal });
  try {
    const exploration = await explore({
      space: request.space,
      firstSeed: request.firstSeed,
      most,
      corpus: request.corpus,
      recorded,
      isOver: () => signal.aborted || Date.now() >= ends,
      async run(trial, purpose) {
        const log = logOf(join(folder, 'explore.log'));
        const outcome = await runTrial(trial, { target: load, fixed: ofTrials, commandOf, progress: log, signal });
        progress.say(runLine(trial, purpose, outcome));
        failures = outcome.state === 'undecided' && outcome.run === undefined ? failures + 1 : 0;
        if (failures === FAILURES_IN_A_ROW)
          throw new Failure(
            `${failures} runs in a row could not be done, the last because: ${outcome.message} Then: npm run explore -- --resume ${shown}`,
          );
        return outcome;
      },
      async onRun(run, so) {
        runs.push(run);
        await save(so);
      },
    });
    await save(exploration);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await hold();
  }
  await addToCorpus(known.findings);
  const page = await writeExplorationPage(folder, { exploration: known, runs, target: describe(request), commandOf });
  const blocks = [explorationTable(known, commandOf), explorationSummary(known, runs)];
  if (signal.aborted) blocks.push(`Stopped. To go on: npm run explore -- --resume ${shown}`);
  console.log(`\n${blocks.filter((block) => block !== '').join('\n\n')}\n\nPage: ${relative(process.cwd(), page)}`);
  return exitOf(known, runs);
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

interface Begun {
  readonly folder: string;
  readonly request: ExplorationRequest;
  readonly recorded: readonly RecordedRun[];
}

async function begin(flags: Flags): Promise<Begun> {
  const { target, store, scenario: scenarios, faults } = flags;
  const fixed = parseNodeSettings('--setting', flags.setting ?? []);
  checkRequest({ choice: target, nodes: undefined, store, nodeCount: undefined, port: 0, nodeSettings: fixed });
  const space = spaceOf({ target: { choice: target, store }, fixed, scenarios, faults });
  const firstSeed = numberOf('--seed', flags.seed, 0, 2 ** 32 - 1) ?? randomInt(2 ** 32);
  const corpus = flags.corpus ? (await readCorpus()).map(({ trial }) => trial) : [];
  const { path: folder } = await makeFolder(RESULTS_FOLDER, folderName(timeOf(new Date())));
  return { folder, request: { target, store, fixed, space, firstSeed, corpus }, recorded: [] };
}

async function resumed(named: string | undefined): Promise<Begun> {
  const { folder, request, runs } = await loadExploration(named);
  return { folder, request, recorded: runs };
}

/** What single runs say goes to a file: the terminal has one line for each. */
const logOf = (path: string): Progress => ({ say: (line) => void appendFile(path, `${line}\n`).catch(() => {}) });

const commandLine = (trial: Trial, { target, store, fixed }: ExplorationRequest): string => {
  const [scenario = '', ...rest] = trialArguments(trial);
  const settings = Object.entries(fixed).flatMap(([name, value]) => ['--setting', `${name}=${value}`]);
  return [scenario, '--target', target, ...(store === undefined ? [] : ['--store', store]), ...settings, ...rest].join(
    ' ',
  );
};

function describe({ target, store, fixed, firstSeed }: ExplorationRequest): string {
  const settings = Object.entries(fixed).map(([name, value]) => `${name}=${value}`);
  return [`target ${target}`, ...(store === undefined ? [] : [store]), ...settings, `from seed ${firstSeed}`].join(
    ', ',
  );
}

function exitOf({ findings }: Exploration, runs: readonly RecordedRun[]): number {
  if (findings.length > 0) return 99;
  return runs.some(({ outcome }) => outcome.state === 'undecided') ? 98 : 0;
}

await runCommand(exploreCommand, 'Stopping the current run. What was found so far is kept.');
