// npm run check -- results/RUN: checks a recorded history again.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { runCommand } from '../lib/node/cli.ts';
import { UsageError } from '../lib/node/errors.ts';
import { checkHistory } from '../lib/node/load/checks.ts';
import { readHistory } from '../lib/node/load/history-file.ts';

const EXIT_CODES = { valid: 0, invalid: 99, unknown: 98 } as const;

async function check(): Promise<number> {
  const command = new Command('npm run check --')
    .description('Checks the history of a run again. Exit codes: 0 valid, 99 invalid, 98 no verdict, 2 wrong usage.')
    .argument('<run>', "a run's folder, or a history file (.ndjson or .ndjson.gz)")
    .option('--json', 'print the verdicts as JSON')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse();
  const { json } = command.opts<{ json?: true }>();
  const history = await readHistory(await historyOf(command.args[0] ?? ''));
  const verdicts = checkHistory(history);
  if (json) console.log(JSON.stringify(verdicts, null, 2));
  else
    for (const { checker, valid, explanation, anomalies } of verdicts) {
      console.log(`checker ${checker}: ${valid}. ${explanation}`);
      for (const { kind, count, first } of anomalies) console.log(`  ${kind} × ${count}: ${first.message}`);
    }
  if (history.damaged > 0) console.error(`${history.damaged} lines could not be read: the run was cut short.`);
  return Math.max(...verdicts.map(({ valid }) => EXIT_CODES[valid]));
}

/** @throws UsageError where there is no history */
async function historyOf(path: string): Promise<string> {
  const candidates = [path, join(path, 'history.ndjson.gz'), join(path, 'history.ndjson')];
  for (const candidate of candidates) {
    const entry = await stat(candidate).catch(() => undefined);
    if (entry?.isFile()) return candidate;
  }
  throw new UsageError(`There is no history in ${path}: give the folder of a run, such as results/RUN.`);
}

await runCommand(check);
