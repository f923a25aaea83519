// npm run check -- results/RUN: checks a recorded history again.
import { join } from 'node:path';
import { Option } from 'commander';
import type { CheckOptions } from '../lib/core/checkers/checker.ts';
import { CHECKER_NAMES } from '../lib/core/checkers/index.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../lib/core/converters/export.ts';
import { WORKLOADS, type Workload } from '../lib/core/converters/jepsen-workloads.ts';
import { FOREIGN_FORMATS, type ForeignFormat } from '../lib/core/converters/recognise.ts';
import { clockCostOf, clockCostText } from '../lib/core/history/clock-cost.ts';
import { parseSettings, SETTINGS } from '../lib/core/settings/settings.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { namingBy } from '../lib/node/cli/flags.ts';
import { checkReport } from '../lib/node/load/check-report.ts';
import { checkHistory } from '../lib/node/load/checks.ts';
import { writeExports } from '../lib/node/load/history/export-file.ts';
import { readAnyHistory } from '../lib/node/load/history/foreign-file.ts';
import { isFile } from '../lib/node/system/files.ts';

const EXIT_CODES = { valid: 0, invalid: 99, unknown: 98 } as const;

async function check(): Promise<number> {
  const command = commandNamed('check')
    .description('Checks a recorded history again. Exit codes: 0 valid, 99 invalid, 98 unknown, 2 wrong usage.')
    .argument(
      '<run>',
      "a run's folder, or a history file of this suite or of another tool (docs/reference/history-format.md), possibly .gz",
    )
    .addOption(new Option('--format <name>', 'format of a history of another tool [detected]').choices(FOREIGN_FORMATS))
    .addOption(
      new Option('--as <workload>', 'workload that a history of another tool records [detected]').choices(WORKLOADS),
    )
    .option('--checker <name>', `checker, instead of the scenario's: ${CHECKER_NAMES.join(', ')}`)
    .option(SETTINGS.mode.flag, `${SETTINGS.mode.meaning} (${SETTINGS.mode.values}) [as recorded]`)
    .option(SETTINGS.window.flag, `${SETTINGS.window.meaning} [as recorded]`)
    .option(SETTINGS.expect.flag, `${SETTINGS.expect.meaning} (${SETTINGS.expect.values}) [as recorded]`)
    .addOption(
      new Option(
        '--export <format>',
        'write the history for another checker, beside it or to --output, and do not check it',
      ).choices(EXPORT_FORMATS),
    )
    .option('--output <file>', 'applies only to --export: the file to write')
    .option('--json', 'print the verdicts as JSON')
    .allowExcessArguments(false)
    .parse();
  const { json, checker, format, as: workload, export: exported, output, ...given } = command.opts<Flags>();
  if (output !== undefined && exported === undefined) throw new UsageError('--output applies only to --export.');
  const path = await historyOf(command.args[0] ?? '');
  const history = await readAnyHistory(path, format, workload);
  if ('summary' in history) (json ? console.error : console.log)(history.summary);
  if (exported !== undefined) {
    for (const line of await writeExports(history, exported, path, output)) console.log(line);
    return 0;
  }
  const verdicts = checkHistory(history, optionsOf(given), checker);
  if (json) console.log(JSON.stringify(verdicts, null, 2));
  else {
    console.log(checkReport(verdicts));
    for (const { kind, count, first, worst } of verdicts.flatMap(({ anomalies }) => anomalies)) {
      console.log(`  ${kind} × ${count}: ${first.message}`);
      if (worst !== undefined) console.log(`    worst: ${worst.message}`);
    }
    const clocks = clockCostOf(history);
    if (clocks !== undefined) console.log(clockCostText(clocks));
  }
  if (history.damaged > 0) console.error(`${history.damaged} lines could not be read: the run was cut short.`);
  return Math.max(...verdicts.map(({ valid }) => EXIT_CODES[valid]));
}

interface Flags {
  readonly json?: true;
  readonly format?: ForeignFormat;
  readonly as?: Workload;
  readonly export?: ExportFormat;
  readonly output?: string;
  readonly checker?: string;
  readonly mode?: string;
  readonly window?: string;
  readonly expect?: string;
}

/**
 * What was given on the command line, read as the settings of the same names.
 * @throws SettingsError
 */
function optionsOf(given: Omit<Flags, 'json' | 'checker' | 'format' | 'as' | 'export' | 'output'>): CheckOptions {
  const names = (['mode', 'window', 'expect'] as const).filter((name) => given[name] !== undefined);
  const env = Object.fromEntries(names.map((name) => [SETTINGS[name].env, given[name]]));
  const settings = parseSettings(env, namingBy({ ...given }));
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}

/** @throws UsageError if there is not a history */
async function historyOf(path: string): Promise<string> {
  const candidates = [path, join(path, 'history.ndjson.gz'), join(path, 'history.ndjson')];
  for (const candidate of candidates) {
    if (await isFile(candidate)) return candidate;
  }
  throw new UsageError(`${path} contains no history. Give the folder of a run, such as results/RUN.`);
}

await runCommand(check);
