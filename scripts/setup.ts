import { Command, CommanderError, Option } from 'commander';
import table from 'text-table';
import { Failure } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { build, findK6, findSurreal, pull } from '../lib/node/programs/find-program.ts';
import { installationLines } from '../lib/node/programs/messages.ts';
import type { Program } from '../lib/node/programs/program.ts';
import { K6, SPECIFICATIONS, SURREAL } from '../lib/node/programs/specification.ts';
import { formatRange } from '../lib/node/programs/version.ts';

interface Options {
  readonly build?: Program['name'][];
  readonly pull?: Program['name'][];
  readonly json?: true;
}

const NAMES = Object.keys(SPECIFICATIONS);

const HOW: Readonly<Record<Program['source'], string>> = {
  K6_BIN: 'environment variable K6_BIN',
  SURREAL_BIN: 'environment variable SURREAL_BIN',
  PATH: 'on PATH',
  cache: 'in the cache',
  built: 'built now, into the cache',
  image: 'Docker image',
};

const command = new Command('npm run setup --')
  .description('Finds k6 and surreal, installs k6 if it is missing, and prints what it found.')
  .addOption(new Option('--build <program...>', 'build from pinned sources into the cache').choices(NAMES))
  .addOption(new Option('--pull <program...>', 'pull the official Docker image').choices(NAMES))
  .option('--json', 'print JSON instead of a table')
  .addHelpText(
    'after',
    [
      '',
      'Sources of k6, in this order: K6_BIN, PATH, the cache, a build with Go, the Docker image (pulled).',
      'Sources of surreal: SURREAL_BIN, PATH, the cache, the Docker image (if present).',
      `Supported: k6 ${formatRange(K6.supported)}, surreal ${formatRange(SURREAL.supported)}.`,
      'Exit codes: 0 found, 1 missing or failed, 2 wrong usage or a wrong setting.',
    ].join('\n'),
  )
  .showHelpAfterError('Options go after `--`, as in: npm run setup -- --build surreal')
  .exitOverride();

async function setup(options: Options): Promise<void> {
  const progress = terminalProgress();
  const wanted: Program[] = [];
  for (const name of options.build ?? []) wanted.push(await build(name, progress));
  for (const name of options.pull ?? []) wanted.push(await pull(name, progress));
  const k6 = await findK6(progress);
  const surreal = await findSurreal(progress);
  for (const { name, location } of wanted) {
    const used = name === 'k6' ? k6 : surreal;
    if (used && used.location !== location) {
      progress.say(`${location} was installed, but ${used.location} (${HOW[used.source]}) takes precedence.`);
    }
  }
  console.log(options.json ? JSON.stringify({ k6, surreal: surreal ?? null }, null, 2) : report(k6, surreal));
}

function report(k6: Program, surreal: Program | undefined): string {
  const rows = [k6, surreal].map((program) =>
    program
      ? [program.name, program.version, HOW[program.source], program.location]
      : ['surreal', '-', 'not found', '-'],
  );
  const found = table([['PROGRAM', 'VERSION', 'HOW FOUND', 'WHERE'], ...rows], { hsep: '   ' });
  if (surreal) return found;
  return [
    found,
    '',
    "Without surreal, the target `embedded` (SurrealDB's engine in this process) is used instead. To install surreal:",
    ...installationLines(SURREAL),
  ].join('\n');
}

try {
  await command.parseAsync();
  await setup(command.opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof Failure) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
