// npm run load -- failover: the standard drill, one verdict for each fault and scenario, and one table.

import { randomInt } from 'node:crypto';
import { join, relative } from 'node:path';
import { Option } from 'commander';
import { type DrillResult, drillTable } from '../lib/core/faults/drill-table.ts';
import { chanceToSee, DRILL_USERS, EXERCISES, type Exercise, exerciseNamed } from '../lib/core/faults/exercises.ts';
import { regionsText } from '../lib/core/faults/region-keys.ts';
import { parseSettings, SETTINGS } from '../lib/core/settings/settings.ts';
import { exitCodeOf, type VerdictState } from '../lib/core/verdict/run-verdict.ts';
import { quantity } from '../lib/core/verdict/tables.ts';
import { megabytes } from '../lib/core/verdict/usage.ts';
import { commandNamed } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { namingBy } from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { DRILL_SCENARIOS, runDrill } from '../lib/node/drill/drill.ts';
import { makeRunFolder } from '../lib/node/load/run-folder.ts';
import { parseNodeSettings, SETTING_HELP } from '../lib/node/targets/node-settings.ts';
import { checkRequest } from '../lib/node/targets/resolve.ts';
import { TARGET_CHOICES, type TargetChoice } from '../lib/node/targets/target.ts';

interface Flags {
  readonly only?: string;
  readonly target: TargetChoice;
  readonly store?: string;
  readonly port?: string;
  readonly setting?: string[];
  readonly seed?: string;
  readonly vus: string;
  readonly timeout: string;
  readonly routing?: string;
}

/** Gravest last. */
const GRAVITY: readonly VerdictState[] = ['pass', 'invalid', 'fail'];

export async function failover(signal: AbortSignal): Promise<number> {
  const listed = EXERCISES.map(({ name, title }) => `  ${name.padEnd(20)} ${title}`).join('\n');
  const command = commandNamed('load failover')
    .description(
      `The standard drill: each fault under ${DRILL_SCENARIOS.join(', ')}, one verdict each. It takes some fourteen minutes on target compose, eight on native.`,
    )
    .option('--only <names>', 'these exercises alone, separated by commas')
    .addOption(new Option('--target <name>', 'what to load').choices(TARGET_CHOICES).default('compose'))
    .option('--store <store>', 'native: tikv://HOST:PORT')
    .option('--setting <name=value>', SETTING_HELP, collect)
    .option('--port <number>', 'native: first port of the nodes; 0 takes any free ones')
    .option('--vus <number>', 'virtual users, each with one operation under way', String(DRILL_USERS))
    .option('--timeout <time>', SETTINGS.timeout.meaning, '3s')
    .option('--routing <name>', SETTINGS.routing.meaning)
    .option('--seed <number>', SETTINGS.seed.meaning)
    .addHelpText(
      'after',
      `\nExercises:\n${listed}\n\nExit code: that of the gravest verdict (99 fail, 98 invalid, 0 pass)`,
    )
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)');
  command.parse(process.argv.slice(3), { from: 'user' });
  const flags = command.opts<Flags>();
  const exercises = chosen(flags.only);
  const seed = flags.seed ?? String(randomInt(2 ** 32));
  const env = {
    [SETTINGS.vus.env]: flags.vus,
    [SETTINGS.timeout.env]: flags.timeout,
    [SETTINGS.seed.env]: seed,
    ...(flags.routing === undefined ? {} : { [SETTINGS.routing.env]: flags.routing }),
  };
  parseSettings(env, namingBy({ ...flags }));
  const target = {
    choice: flags.target,
    nodes: undefined,
    store: flags.store,
    nodeCount: undefined,
    port: portOf(flags.port),
    nodeSettings: parseNodeSettings('--setting', flags.setting ?? []),
  };
  checkRequest(target);
  const folder = await makeRunFolder('failover', 'drill', new Date());
  const given = [
    ...(flags.store === undefined ? [] : ['--store', flags.store]),
    ...(flags.setting ?? []).flatMap((it) => ['--setting', it]),
  ];
  const how = given.map((it) => ` ${it}`).join('');
  const repeat = ({ faults, duration, timeout = flags.timeout }: Exercise, scenario: string) =>
    `npm run load -- ${scenario} --target ${flags.target}${how} --vus ${flags.vus} --timeout ${timeout} --duration ${duration} ${faults.map((it) => `--fault ${it}`).join(' ')} --seed ${seed}`;
  const results = await runDrill({ exercises, target, env, folder: folder.path, repeat }, terminalProgress(), signal);
  console.log(
    `\n${drillTable(results)}\n\n${summaryOf(results, flags.timeout)}\n\nResults: ${relative(process.cwd(), join(folder.path, 'drill.json'))}`,
  );
  return exitOf(results);
}

function chosen(only: string | undefined): readonly Exercise[] {
  if (only === undefined) return EXERCISES;
  return only.split(',').map((name) => {
    const exercise = exerciseNamed(name.trim());
    if (exercise !== undefined) return exercise;
    throw new UsageError(
      `There is no exercise "${name}". Exercises are: ${EXERCISES.map((it) => it.name).join(', ')}.`,
    );
  });
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) <= 65_000) return Number(text);
  throw new UsageError(`--port must be a whole number from 0 to 65000 (got "${text}").`);
}

function summaryOf(results: readonly DrillResult[], timeout: string): string {
  const count = (state: string) => results.filter((it) => it.state === state).length;
  const notDone = [...new Set(results.filter(({ state }) => state === 'not done').map(({ exercise }) => exercise))];
  return [
    `${count('pass')} passed, ${count('fail')} failed, ${count('invalid')} invalid of ${results.length}.`,
    ...(notDone.length > 0
      ? [`NOT DONE, for the target cannot do it: ${notDone.join(', ')}. Nothing is known of these.`]
      : []),
    ...slowestFailure(results, timeout),
    ...memoryText(results),
    ...powerText(results),
    regionsText(results.flatMap(({ regions }) => regions ?? [])),
  ].join('\n');
}

function memoryText(results: readonly DrillResult[]): string[] {
  const known = results.flatMap(({ memory = 0, ...result }) => (memory > 0 ? [{ memory, ...result }] : []));
  const [most] = known.sort((a, b) => b.memory - a.memory);
  if (most === undefined) return [];
  return [`A node had ${megabytes(most.memory)} of memory at most (${most.exercise} under ${most.scenario}).`];
}

const LOSS = 0.01;

/** Whether a number of operations were at risk that it says something when none was lost; transactions within one region take a shorter path. */
function powerText(results: readonly DrillResult[]): string[] {
  const sum = (some: readonly DrillResult[]) => some.reduce((all, { figures }) => all + (figures?.atRisk ?? 0), 0);
  const atRisk = sum(results);
  const wide = sum(results.filter(({ regions = 0 }) => regions > 1));
  if (atRisk === 0) return [];
  const chance = quantity(chanceToSee(atRisk, LOSS) * 100, '%');
  return [
    `${atRisk} operations were under way when servers were killed, ${wide} of them in runs whose data were in several regions: had one in ${1 / LOSS} of such been lost, ${chance} of such drills would show it.`,
  ];
}

/** How long a client hung at most. */
function slowestFailure(results: readonly DrillResult[], timeout: string): string[] {
  const waits = results.flatMap(({ exercise, scenario, figures: { timeToError } = {} }) =>
    timeToError === undefined ? [] : [{ exercise, scenario, timeToError }],
  );
  const [slowest] = waits.sort((a, b) => b.timeToError - a.timeToError);
  if (slowest === undefined) return [];
  const { exercise, scenario, timeToError } = slowest;
  return [
    `The slowest failure was reported after ${quantity(timeToError / 1000, 's')} (${exercise} under ${scenario}; --timeout ${exerciseNamed(exercise)?.timeout ?? timeout}).`,
  ];
}

function exitOf(results: readonly DrillResult[]): number {
  const states = results.flatMap(({ state }) => (state === 'not done' ? [] : [state]));
  if (states.length === 0) throw new UsageError('The target can do none of these exercises: nothing was tested.');
  const state = GRAVITY.findLast((it) => states.includes(it)) ?? 'pass';
  return exitCodeOf({ state, headline: '', findings: [] });
}
