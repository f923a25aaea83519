// npm run report -- results/RUN: renders the report of a run again; --open serves it with its operations. Without a run: lists
// all of them, with their trends.
import { relative } from 'node:path';
import { Option } from 'commander';
import table from 'text-table';
import { quantity } from '../lib/core/verdict/tables.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { EXPORT_FORMATS, type ExportFormat, exportRuns } from '../lib/node/report/export-runs.ts';
import { openInBrowser, serveRun } from '../lib/node/report/history/serve-run.ts';
import type { RunEntry } from '../lib/node/report/run-list.ts';
import { changeText } from '../lib/node/report/trends/run-series.ts';
import { writeIndex } from '../lib/node/report/write-index.ts';
import { writeReport } from '../lib/node/report/write-report.ts';
import { RESULTS_FOLDER } from '../lib/node/system/paths.ts';

/** A terminal's worth of runs; the page has all of them. */
const LISTED = 20;

async function report(signal: AbortSignal): Promise<number> {
  const command = commandNamed('report')
    .description(
      'Renders report.html from the files of a run. Without a run: lists the runs and writes results/index.html with their trends.',
    )
    .argument('[run]', "a run's folder, such as results/RUN")
    .option('--open', 'serve the report and its operations on loopback, and open it in a browser')
    .addOption(
      new Option(
        '--export <format>',
        'without a run: print the figures of all runs as CSV, or of the newest runs for github-action-benchmark',
      ).choices(EXPORT_FORMATS),
    )
    .allowExcessArguments(false)
    .parse();
  const [run] = command.args;
  const { open = false, export: format } = command.opts<{ open?: boolean; export?: ExportFormat }>();
  if (open && run === undefined) throw new UsageError('--open needs a run: npm run report -- results/RUN --open.');
  if (format !== undefined) {
    if (run !== undefined) throw new UsageError('--export is for all runs: omit the run.');
    console.log(exportRuns((await writeIndex(RESULTS_FOLDER)).series, format));
    return 0;
  }
  console.log(run === undefined ? await index() : await writeReport(run));
  if (open && run !== undefined) await serveUntil(run, signal);
  return 0;
}

async function serveUntil(run: string, signal: AbortSignal): Promise<void> {
  const served = await serveRun(run);
  console.log(`${served.url} serves the report and its operations. Press Ctrl-C to stop.`);
  openInBrowser(served.url);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await served.close();
}

async function index(): Promise<string> {
  const { path, runs, series } = await writeIndex(RESULTS_FOLDER);
  if (runs.length === 0) return 'There are no runs yet: npm run load -- writes makes one.';
  const rows = runs.slice(-LISTED).map(rowOf);
  const header = ['run', 'verdict', 'done', 'p50', 'p95', 'p99', 'errors'];
  const lines = table([header, ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r'] });
  const changes = series.flatMap((it) => it.changes.map((change) => `  ${it.name}: ${changeText(change)}`));
  const more = runs.length > LISTED ? [`The last ${LISTED} of ${runs.length} runs.`] : [];
  const changed = changes.length === 0 ? ['No figure changes its level.'] : ['Changes:', ...changes];
  return [lines, '', ...more, ...changed, relative(process.cwd(), path)].join('\n');
}

function rowOf({ id, state, figures }: RunEntry): string[] {
  if (figures === undefined) return [id, state, '', '', '', '', ''];
  const { perSecond, p50, p95, p99, errors } = figures;
  return [
    id,
    state,
    quantity(perSecond, '/s'),
    ...[p50, p95, p99].map((latency) => quantity(latency, 'ms')),
    String(errors),
  ];
}

await runCommand(report, 'Stopping.');
