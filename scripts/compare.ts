// npm run compare: two targets measured in alternating rounds, or two recorded runs.
import { relative } from 'node:path';
import { ACCESS_SETTINGS } from '../lib/core/access/node-user.ts';
import { DEFAULT_TOLERANCE } from '../lib/core/comparison/compare-rounds.ts';
import { parseSettings } from '../lib/core/settings/settings.ts';
import { trustCa } from '../lib/node/access/http-client.ts';
import { SCENARIO_NAMES, scenarioNamed } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import {
  addSettingFlags,
  argumentsOf,
  environmentOf,
  type Flags,
  namingBy,
  numberOf,
  textOf,
  withFiles,
} from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { ARM_GRAMMAR, readArm } from '../lib/node/compare/arms.ts';
import { compareTargets } from '../lib/node/compare/compare-targets.ts';
import { type ComparisonRecord, comparisonExitCode } from '../lib/node/compare/comparison-record.ts';
import { compareRuns } from '../lib/node/compare/recorded-runs.ts';
import { armSettings } from '../lib/node/compare/rounds.ts';
import { withArms } from '../lib/node/compare/with-arms.ts';
import { comparisonText, writeComparison } from '../lib/node/compare/write-comparison.ts';
import { prepareK6 } from '../lib/node/load/generators/prepare-k6.ts';
import { timeOf, withResultsFolder } from '../lib/node/load/run-folder.ts';

const EXIT_CODES =
  '0 comparison made, whatever its result; 99 an invariant is broken, 98 too many invalid rounds, 2 wrong usage, 1 other errors';

async function compare(signal: AbortSignal): Promise<number> {
  const command = commandNamed('compare')
    .description(
      'Compares two targets in alternating rounds: --a TARGET --b TARGET SCENARIO.\nOr compares two recorded runs of a scenario: results/A results/B.',
    )
    .argument('<what...>', `a scenario (${SCENARIO_NAMES.join(', ')}), or the folders of two runs`)
    .option('--a <target>', 'baseline target')
    .option('--b <target>', 'candidate target')
    .option('--rounds <number>', 'rounds of each side', '12')
    .option('--tolerance <percent>', 'smallest change that counts', String(DEFAULT_TOLERANCE.percent))
    .option('--json', 'print the comparison as JSON')
    .option('--ca <file>', 'CA certificate of https nodes (PEM); also SURREAL_CA')
    .showHelpAfterError('(--help shows all options)');
  addSettingFlags(command, ['nodes', 'keep', ...ACCESS_SETTINGS]);
  command.addHelpText(
    'after',
    `\nA target is ${ARM_GRAMMAR}.\nThe default profile is \`round\`.\n\nExit codes: ${EXIT_CODES}`,
  );
  command.parse();

  const flags: Flags = command.opts();
  const tolerance = toleranceOf(textOf(flags.tolerance) ?? '');
  const { record, folder } = isTargets(flags)
    ? await compareMeasured(command.args, flags, tolerance, signal)
    : await compareRecorded(command.args, flags, tolerance);
  if (flags.json) console.log(JSON.stringify(record, null, 2));
  else console.log(`\n${comparisonText(record)}\n\nResults: ${relative(process.cwd(), folder)}`);
  return comparisonExitCode(record);
}

const isTargets = ({ a, b }: Flags): boolean => a !== undefined || b !== undefined;

type Outcome = { readonly record: ComparisonRecord; readonly folder: string };
type Tolerance = ComparisonRecord['tolerance'];

async function compareMeasured(
  what: readonly string[],
  flags: Flags,
  tolerance: Tolerance,
  signal: AbortSignal,
): Promise<Outcome> {
  const [scenario = '', extra] = what;
  if (extra !== undefined)
    throw new UsageError(`${extra} is one argument too many: two targets are compared with one scenario.`);
  scenarioNamed(scenario);
  const arms = [
    ['a', await readArm('--a', required('--a', flags.a))],
    ['b', await readArm('--b', required('--b', flags.b))],
  ] as const;
  trustCa(textOf(flags.ca));
  const env = await withFiles(environmentOf(flags, 'round'));
  const { seed } = parseSettings(env, namingBy(flags));
  for (const [, arm] of arms) armSettings(scenario, arm, env);
  const rounds = numberOf('--rounds', flags.rounds, 1, 1000) ?? 12;
  const repeat = `npm run compare -- ${scenario} ${argumentsOf({ ...flags, json: undefined, seed: String(seed) })}`;

  const progress = terminalProgress();
  const k6 = await prepareK6(progress);
  const request = { scenario, env, rounds, tolerance, command: repeat };
  return await withResultsFolder(nameFor(scenario), async (folder) => {
    const record = await withArms(arms, folder, progress, signal, (up) =>
      compareTargets(request, up, k6, folder, progress, signal),
    );
    await writeComparison(folder, record);
    return { record, folder };
  });
}

const nameFor = (scenario: string): string => `compare-${timeOf(new Date())}_${scenario}`;

async function compareRecorded(runs: readonly string[], flags: Flags, tolerance: Tolerance): Promise<Outcome> {
  const [a, b, more] = runs;
  if (a === undefined || b === undefined || more !== undefined)
    throw new UsageError('Give the folders of two runs, or --a TARGET --b TARGET and a scenario. --help shows both.');
  if (Object.keys(flags).some((flag) => !['rounds', 'tolerance', 'json', 'ca'].includes(flag)))
    throw new UsageError('The settings of recorded runs are fixed: omit the flags that set them.');
  const record = await compareRuns(a, b, tolerance, `npm run compare -- ${a} ${b}`);
  return await withResultsFolder(nameFor(record.scenario), async (folder) => {
    await writeComparison(folder, record);
    return { record, folder };
  });
}

function required(flag: string, value: Flags[string]): string {
  if (typeof value === 'string') return value;
  throw new UsageError(`${flag} TARGET is missing: a comparison needs --a and --b.`);
}

function toleranceOf(text: string): Tolerance {
  const percent = Number(text.replace(/ ?%$/, ''));
  if (text !== '' && percent > 0 && percent < 1000) return { ...DEFAULT_TOLERANCE, percent };
  throw new UsageError(`--tolerance must be a percentage above 0, such as 5 (got "${text}").`);
}

await runCommand(compare);
