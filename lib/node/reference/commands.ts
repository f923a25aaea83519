import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../system/paths.ts';

const run = promisify(execFile);

/** Help of a command as it prints it, and of its subcommands. */
interface Help {
  readonly title: string;
  readonly text: string;
  readonly subcommands: readonly Help[];
}

/** `npm run load -- failover` is a command of its own. */
const DRILL = 'failover';

/** A page with every command, its flags and exit codes: what `--help` says of it. */
export async function commandsPage(generated: string): Promise<string> {
  const helps: Help[] = [];
  for (const script of scriptNames()) {
    helps.push(await helpOf(script, []));
    if (script === 'load') helps.push(await helpOf(script, [DRILL]));
  }
  return [
    '# Commands',
    generated,
    'What each command says with `--help`. Flags of scenarios are explained in [settings](settings.md), variables in',
    '[environment](environment.md).',
    '',
    ...helps.map((help) => section(help, 2)),
  ].join('\n');
}

/** Scripts of package.json that are commands of ours, in its order. */
function scriptNames(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const files = readdirSync(join(PROJECT_ROOT, 'scripts'));
  return Object.keys(scripts).filter((name) => files.includes(`${name}.ts`) && name !== 'reference');
}

async function helpOf(script: string, path: readonly string[]): Promise<Help> {
  const argv = ['--import', 'tsx', join('scripts', `${script}.ts`), ...path, '--help'];
  // The width of a page; colors have no place in it.
  const env = { ...process.env, COLUMNS: '100', NO_COLOR: '1' };
  const { stdout } = await run(process.execPath, argv, { cwd: PROJECT_ROOT, env });
  const subcommands: Help[] = [];
  for (const name of subcommandsIn(stdout)) subcommands.push(await helpOf(script, [...path, name]));
  return { title: ['npm run', script, '--', ...path].join(' '), text: stdout.trim(), subcommands };
}

/** Names under commander's heading `Commands:`. */
function subcommandsIn(text: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n?)*)/m.exec(text) ?? [];
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name ?? '').filter((name) => name !== 'help');
}

const section = ({ title, text, subcommands }: Help, level: number): string =>
  [
    `${'#'.repeat(level)} \`${title}\``,
    '',
    '```text',
    text,
    '```',
    '',
    ...subcommands.map((help) => section(help, level + 1)),
  ].join('\n');
