// npm run load -- SCENARIO: runs a load test, checks every answer, and ends with a verdict.
import { Option } from 'commander';
import { checkFaults, FAULT_GRAMMAR, parseFault, parseFaults } from '../lib/core/faults/fault-grammar.ts';
import { FAULT_KIND_NAMES, FAULT_KINDS } from '../lib/core/faults/fault-kinds.ts';
import { measuredTime, planLoad } from '../lib/core/load/load-plan.ts';
import { PROFILES } from '../lib/core/load/profiles.ts';
import { exitCodeOf } from '../lib/core/verdict/run-verdict.ts';
import { accessFlags } from '../lib/node/access/credentials.ts';
import { trustCa } from '../lib/node/access/http-client.ts';
import { openScenario, SCENARIO_NAMES, scenarioSettings } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import {
  addSettingFlags,
  argumentsOf,
  environmentOf,
  type Flags,
  namingBy,
  numberOf,
  readGiven,
  textOf,
  textsOf,
  withFiles,
} from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { checkFaultCommands, parseFaultCommands } from '../lib/node/faults/fault-commands.ts';
import type { FaultPlan } from '../lib/node/faults/injector.ts';
import { runLoad } from '../lib/node/load/run-load.ts';
import { reportOf } from '../lib/node/load/run-report.ts';
import { PROGRAM_HELP, parseNodePrograms } from '../lib/node/targets/node-programs.ts';
import { parseNodeSettings, SETTING_HELP } from '../lib/node/targets/node-settings.ts';
import { checkRequest } from '../lib/node/targets/resolve.ts';
import { TARGET_CHOICES, type TargetChoice } from '../lib/node/targets/target.ts';
import { failover } from './failover.ts';

async function load(signal: AbortSignal): Promise<number> {
  const command = commandNamed('load')
    .description('Runs a load test against SurrealDB with k6, checks every answer, and ends with a verdict.')
    .argument('<scenario>', `one of: ${SCENARIO_NAMES.join(', ')}; or failover, the fault drill`)
    .addOption(new Option('--target <name>', 'where the nodes come from').choices(TARGET_CHOICES).default('auto'))
    .option('--store <store>', 'native: memory, rocksdb:PATH, surrealkv:PATH or tikv://HOST:PORT')
    .option('--node-count <number>', 'number of nodes (native on tikv, and embedded)')
    .option('--pd <url>', 'PD member of the cluster of --nodes, for faults by PD')
    .option('--setting <name=value>', SETTING_HELP, collect)
    .option('--node-program <name=path>', PROGRAM_HELP, collect)
    .addOption(
      new Option(
        '--spread <when>',
        'over tikv://: before the load, begin a region with each table of a scenario over several [on]',
      ).choices(['on', 'off']),
    )
    .option('--port <number>', 'first port of the nodes; 0 uses free ports')
    .option('--ca <file>', 'CA certificate of the https nodes (PEM file); or SURREAL_CA')
    .option('--fault <fault>', `inject a fault during the load (repeatable): ${FAULT_GRAMMAR}`, collect)
    .option('--faults <file>', 'file with faults to inject, one per line')
    .option(
      '--fault-command <command>',
      'NAME:start=COMMAND or NAME:stop=COMMAND, for --fault command:NAME (repeatable)',
      collect,
    )
    .option('--live', "show the load on a page on loopback while it runs, with k6's dashboard")
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)');
  addSettingFlags(command);
  const profiles = Object.entries(PROFILES).map(([name, { purpose }]) => `  ${name.padEnd(11)} ${purpose}`);
  const widest = Math.max(...FAULT_KIND_NAMES.map((name) => name.length));
  const kinds = Object.entries(FAULT_KINDS).map(([name, { meaning }]) => `  ${name.padEnd(widest)} ${meaning}`);
  const faultHelp = `Faults, such as kill:surreal-2@5s+3s (docs/how-to/faults.md):\n${kinds.join('\n')}`;
  command.addHelpText('after', `\nProfiles:\n${profiles.join('\n')}\n\n${faultHelp}\n\nExit codes: ${EXIT_CODES}`);
  command.parse();

  const [asked = ''] = command.args;
  const { name: scenario } = await openScenario(asked);
  const flags: Flags = command.opts();
  trustCa(textOf(flags.ca));
  const env = await withFiles(environmentOf(flags));
  const settings = scenarioSettings(scenario, env, namingBy(flags));
  const faults = await faultsOf(flags);
  checkFaults(faults.faults, measuredTime(planLoad(scenario, settings)));
  const target = {
    choice: flags.target as TargetChoice,
    nodes: flags.nodes === undefined ? undefined : settings.nodes,
    store: textOf(flags.store),
    nodeCount: numberOf('--node-count', flags.nodeCount, 1, 9),
    port: numberOf('--port', flags.port, 0, 65_000),
    access: accessFlags(flags),
    pd: textOf(flags.pd),
    nodeSettings: parseNodeSettings('--setting', textsOf(flags.setting)),
    nodePrograms: parseNodePrograms('--node-program', textsOf(flags.nodeProgram)),
  };
  checkRequest(target);

  const repeat = (kind: string) =>
    `npm run load -- ${asked} ${argumentsOf({ ...flags, live: undefined, target: kind, seed: String(settings.seed) })}`;
  const spread = flags.spread !== 'off';
  const request = { scenario, target, settings, env, faults, repeat, spread, live: flags.live === true };
  const result = await runLoad(request, terminalProgress(), signal);
  console.log(reportOf(result));
  return exitCodeOf(result.verdict);
}

const EXIT_CODES = '0 pass, 99 a limit or an invariant failed, 98 the run is invalid, 2 wrong usage, 1 anything else';

/** @throws FaultError, UsageError */
async function faultsOf(flags: Flags): Promise<FaultPlan> {
  const file = textOf(flags.faults);
  const text = file === undefined ? '' : await readGiven('--faults', file);
  const listed = file === undefined ? [] : parseFaults(file, text);
  const faults = [...listed, ...textsOf(flags.fault).map(parseFault)];
  const commands = parseFaultCommands(textsOf(flags.faultCommand));
  checkFaultCommands(faults, commands);
  return { faults, commands };
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

await runCommand(process.argv[2] === 'failover' ? failover : load);
