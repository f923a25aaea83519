// npm run verify: verifies every capability of the suite on the best target available.
import { join, relative } from 'node:path';
import { type Command, Option } from 'commander';
import { quantity } from '../lib/core/verdict/tables.ts';
import { SCENARIOS } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { elapsed, terminalProgress } from '../lib/node/cli/progress.ts';
import { timeOf } from '../lib/node/load/run-folder.ts';
import { writeJson } from '../lib/node/system/files.ts';
import { RESULTS_FOLDER } from '../lib/node/system/paths.ts';
import { capabilitiesOn } from '../lib/node/verify/capabilities.ts';
import { exitCodeOf, type Outcome, verify } from '../lib/node/verify/verify.ts';
import { ENVIRONMENT_KINDS, type EnvironmentKind, findEnvironment } from '../lib/node/verify/verify-environment.ts';

const MARKS = { pass: '✓', fail: '✗', invalid: '?', error: '✗', missing: '–', 'not run': '·' } as const;

export function program(): Command {
  return commandNamed('verify')
    .description(
      'Starts the best target available on this machine, verifies every capability of the suite on it, and stops it again.',
    )
    .addOption(new Option('--on <target>', 'where to verify [the best available]').choices(ENVIRONMENT_KINDS))
    .option('--only <names...>', 'only capabilities whose names start with these, such as "bank" or "writes by rest"')
    .option('--duration <time>', 'length of the measured phase of each run [that of the profile smoke]')
    .option('--json', 'print JSON instead of the table')
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)')
    .addHelpText(
      'after',
      '\nExit codes: 0 all passed, 99 a check failed, 1 a capability could not be verified, 98 a run was invalid, 2 wrong usage',
    );
}

interface Flags {
  readonly on?: EnvironmentKind;
  readonly only?: string[];
  readonly duration?: string;
  readonly json?: true;
}

async function run(signal: AbortSignal): Promise<number> {
  const { on, json, ...wishes } = program().parse().opts<Flags>();
  const progress = terminalProgress();
  const started = new Date();
  const environment = await findEnvironment(on, progress);
  progress.say(`on      ${environment.kind}: ${environment.description}${environment.isUp ? ', already running' : ''}`);
  for (const reason of environment.missed) progress.say(`        unavailable: ${reason}`);
  const capabilities = capabilitiesOn(environment, SCENARIOS, wishes);
  const folder = join(RESULTS_FOLDER, `verify_${timeOf(started)}`);
  const widest = Math.max(...[...capabilities, { name: LONGEST_NAME }].map(({ name }) => name.length));
  const onOutcome = (outcome: Outcome) => {
    if (json !== true) console.log(lineOf(outcome, widest));
  };
  const outcomes = await verify(environment, capabilities, { progress, signal, folder, onOutcome });
  await writeJson(join(folder, 'verify.json'), { verify: 1, started, ground: environment, outcomes });
  console.log(json ? JSON.stringify(outcomes, null, 2) : summaryOf(outcomes, Date.now() - started.getTime()));
  return exitCodeOf(outcomes);
}

/** Of the outcomes that verify adds at the end. */
const LONGEST_NAME = 'histories checked again';

const lineOf = ({ name, state, seconds, says }: Outcome, widest: number): string =>
  `${MARKS[state]}  ${name.padEnd(widest)}  ${(seconds === 0 ? '' : quantity(seconds, 's')).padStart(10)}  ${state.padEnd(7)}  ${says}`;

function summaryOf(outcomes: readonly Outcome[], milliseconds: number): string {
  const bad = outcomes.filter(({ state }) => !['pass', 'missing'].includes(state));
  const logs = bad.flatMap(({ name, command, log }) =>
    log === undefined ? [] : [`  ${name}: ${command}\n    ${relative(process.cwd(), log)}`],
  );
  const passed = outcomes.filter(({ state }) => state === 'pass').length;
  const missing = outcomes.filter(({ state }) => state === 'missing').length;
  const said = `${passed} of ${outcomes.length - missing} capabilities passed in ${elapsed(milliseconds)}; ${missing} unavailable on this machine.`;
  return ['', said, ...(logs.length > 0 ? ['', 'Problems:', ...logs] : [])].join('\n');
}

await runCommand(run, 'Stopping the target.');
