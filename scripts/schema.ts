// npm run schema -- deploy|verify|drop: the definitions of schemas/*.surql in a database.
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { kindOf } from '../lib/core/access/node-user.ts';
import { AUTH_LEVELS, parseSettings } from '../lib/core/settings/settings.ts';
import { accessFlags, externalUser } from '../lib/node/access/credentials.ts';
import { trustCa } from '../lib/node/access/http-client.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { runningCluster } from '../lib/node/cluster/lifecycle.ts';
import { deploy, drop, type SchemaRequest, verify } from '../lib/node/schema/schema.ts';
import type { Differences } from '../lib/node/schema/schema-differences.ts';
import { schemaFiles } from '../lib/node/schema/schema-files.ts';

const FAILED = 99;

interface Flags {
  readonly nodes?: string;
  readonly namespace: string;
  readonly database: string;
  readonly authLevel?: string;
  readonly ca?: string;
  readonly yes?: true;
}

function program(finish: (code: number) => void): Command {
  const command = commandNamed('schema')
    .description('Deploys schemas/*.surql to a database, verifies the database, or removes it.')
    .addHelpText(
      'after',
      '\nExit codes: 0 success, 99 the database differs from the files, 2 wrong usage, 1 anything else',
    );
  const sub = (name: string, text: string) =>
    command
      .command(name)
      .description(text)
      .option(
        '--nodes <urls>',
        'node URLs, separated by commas [those of the running cluster, or http://127.0.0.1:8000]',
      )
      .option('--namespace <name>', 'namespace of the database', 'surrealdb_load')
      .option('--database <name>', 'the database', 'schema')
      .addOption(new Option('--auth-level <level>', 'what the user is defined on').choices(AUTH_LEVELS))
      .option('--ca <file>', 'CA certificate of the https nodes (PEM file)')
      .allowExcessArguments(false)
      .showHelpAfterError('(--help shows all options)');

  sub('deploy', 'execute the files, then verify')
    .argument('[names...]', 'schemas, without .surql [all]')
    .action(async (names: string[], flags: Flags) => {
      const request = await requestOf(names, flags);
      await deploy(request, terminalProgress());
      if (kindOf(request.credentials) === 'database') {
        console.log('Deployed. Not verified, as a database user cannot create the database to compare with.');
        finish(0);
      } else finish(await verifyCommand(request));
    });
  sub('verify', 'compare the database with the files, on every node')
    .argument('[names...]', 'schemas, without .surql [all]')
    .action(async (names: string[], flags: Flags) => finish(await verifyCommand(await requestOf(names, flags))));
  sub('drop', 'remove the database with all its data')
    .option('--yes', 'do not ask for confirmation')
    .action(async (flags: Flags) => finish(await dropCommand(flags)));
  return command;
}

async function requestOf(names: readonly string[], flags: Flags): Promise<SchemaRequest> {
  const { nodes, namespace, database, ca } = flags;
  trustCa(ca);
  const cluster = nodes === undefined ? await runningCluster(process.env) : undefined;
  const credentials = cluster?.credentials ?? (await externalUser(process.env, accessFlags(flags)));
  if (credentials === undefined)
    throw new UsageError('The user of the nodes is missing. Set SURREAL_USER and SURREAL_PASS.');
  if (kindOf(credentials) === 'record')
    throw new UsageError('A record user may not define anything. Sign in as a root, namespace or database user.');
  return {
    nodes:
      cluster?.nodes.map(({ url }) => url) ??
      parseSettings(nodes === undefined ? {} : { SURREAL_NODES: nodes }, () => '--nodes').nodes,
    credentials,
    place: { namespace, database },
    files: await schemaFiles(names),
  };
}

async function verifyCommand(request: SchemaRequest): Promise<number> {
  if (kindOf(request.credentials) === 'database')
    throw new UsageError(
      'A database user cannot verify: the files are deployed to a database of their own, to compare definitions as the server writes them. Sign in as a root or namespace user.',
    );
  const { namespace, database } = request.place;
  const differences = await verify(request);
  for (const [url, found] of differences) console.log(describe(url, found));
  const bad = [...differences.values()].some(({ wrong }) => wrong.length > 0);
  console.log(
    bad
      ? `${namespace}.${database} differs from the files. DEFINE … IF NOT EXISTS does not change existing definitions: change them by hand, or drop and deploy.`
      : `${namespace}.${database} matches ${count(request.files.length, 'schema file')} on ${count(request.nodes.length, 'node')}.`,
  );
  return bad ? FAILED : 0;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function describe(url: string, { wrong, unknown }: Differences): string {
  const lines = [...wrong.map((text) => `    ✗ ${text}`), ...unknown.map((text) => `    – ${text}`)];
  return [`${wrong.length === 0 ? '✓' : '✗'} ${url}`, ...lines].join('\n');
}

async function dropCommand(flags: Flags): Promise<number> {
  const request = await requestOf([], flags);
  const name = `${flags.namespace}.${flags.database}`;
  if (!flags.yes && !(await confirmed(name, request.nodes[0] ?? ''))) {
    console.log('Removed nothing.');
    return 1;
  }
  console.log((await drop(request)) ? `Removed database ${name}.` : `Database ${name} does not exist.`);
  return 0;
}

async function confirmed(name: string, url: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('drop asks for confirmation, and standard input is not a terminal. Use --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Remove database ${name} of ${url} with all its data? Type yes: `);
  terminal.close();
  return answer.trim().toLowerCase() === 'yes';
}

await runCommand(async () => {
  let code = 0;
  await program((it) => {
    code = it;
  }).parseAsync();
  return code;
}, 'Stopping.');
