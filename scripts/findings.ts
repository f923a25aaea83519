// npm run findings: runs again what showed that SurrealDB does something wrong, and prints whether it still does.
import type { Command } from 'commander';
import table from 'text-table';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { readFindings } from '../lib/node/findings/finding.ts';
import { type Reproduction, reproduce } from '../lib/node/findings/reproduce.ts';

export function program(): Command {
  return commandNamed('findings')
    .description(
      'Runs the findings about SurrealDB (findings/*.yml) again, and prints which of them the target still shows.',
    )
    .argument('[names...]', 'which ones [all that can be shown]')
    .option('--nodes <urls>', 'nodes of a cluster that runs, separated by commas [a node in memory, started for each]')
    .option('--store <address>', 'tikv://HOST:PORT, over which nodes are started for the findings that need it')
    .option('--list', 'list them, and run nothing')
    .allowExcessArguments(false)
    .addHelpText('after', '\nExit codes: 0 done, whatever was seen; 1 none could be run; 2 wrong usage');
}

async function run(signal: AbortSignal): Promise<number> {
  const command = program().parse();
  const { nodes, store, list } = command.opts<{ nodes?: string; store?: string; list?: true }>();
  if (store !== undefined && !store.startsWith('tikv://'))
    throw new UsageError(`--store must be tikv://HOST:PORT (got "${store}").`);
  const known = await readFindings();
  const names = command.args;
  const unknown = names.filter((name) => !known.some((finding) => finding.name === name));
  if (unknown.length > 0)
    throw new UsageError(
      `There is no finding "${unknown[0]}". Findings are: ${known.map(({ name }) => name).join(', ')}.`,
    );
  const chosen = known.filter(({ name }) => names.length === 0 || names.includes(name));
  if (list === true) {
    console.log(table(chosen.map(({ name, versions, on, title }) => [name, versions, on, title])));
    return 0;
  }
  const progress = terminalProgress();
  const done: Reproduction[] = [];
  for (const finding of chosen) {
    progress.say(`${finding.name}: ${finding.title}`);
    done.push(await reproduce(finding, { nodes, store, progress, signal }));
  }
  const rows = done.map(({ finding, state, detail }) => [finding.name, state, finding.reproduced.with, short(detail)]);
  console.log(table([['finding', 'now', 'last seen with', ''], ...rows]));
  return done.some(({ state }) => state !== 'not run') ? 0 : 1;
}

const short = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);

await runCommand(run, 'Ending the run of findings.');
