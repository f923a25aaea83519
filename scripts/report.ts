// npm run report -- results/RUN: renders the report of a run again.
import { Command } from 'commander';
import { runCommand } from '../lib/node/cli.ts';
import { writeReport } from '../lib/node/report/render.ts';

async function report(): Promise<number> {
  const command = new Command('npm run report --')
    .description('Renders report.html of a run again, from what the run recorded.')
    .argument('<run>', "a run's folder, such as results/RUN")
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .parse();
  console.log(await writeReport(command.args[0] ?? ''));
  return 0;
}

await runCommand(report);
