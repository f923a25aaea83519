// npm run cluster -- up|down|status|logs|wipe|heal|check: a cluster of ours, from nothing to nothing.
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { limitsTable } from '../lib/core/verdict/tables.ts';
import { accessFlags } from '../lib/node/access/credentials.ts';
import { trustCa } from '../lib/node/access/http-client.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { Failure, UsageError } from '../lib/node/cli/errors.ts';
import { addAccessFlags } from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { checkCluster } from '../lib/node/cluster/check.ts';
import { CLUSTER_KINDS, type ClusterKind, type UpContext } from '../lib/node/cluster/cluster.ts';
import { VARIANTS, type Variant } from '../lib/node/cluster/compose-cli.ts';
import { type Inspected, inspectCluster } from '../lib/node/cluster/connectivity.ts';
import { givenNodes } from '../lib/node/cluster/external-cluster.ts';
import { down, logs, runningCluster, up, wipe } from '../lib/node/cluster/lifecycle.ts';
import { clusterTables, pairTable } from '../lib/node/cluster/report.ts';
import { judgeUp } from '../lib/node/cluster/up-limits.ts';
import { heal } from '../lib/node/faults/heal.ts';

const FAILED = 99;

interface Common {
  readonly target?: ClusterKind;
}

const targetOption = (text: string) => new Option('--target <name>', text).choices(CLUSTER_KINDS);

function program(context: UpContext, finish: (code: number) => void): Command {
  const command = commandNamed('cluster')
    .description('A SurrealDB cluster on this machine: in containers (compose), or processes over a PD (native).')
    .addHelpText('after', '\nExit codes: 0 well, 99 a check or a limit failed, 2 wrong usage, 1 anything else')
    .configureHelp({ showGlobalOptions: true });
  const sub = (name: string, text: string) =>
    command
      .command(name)
      .description(text)
      .allowExcessArguments(false)
      .showHelpAfterError('(--help shows all options)');

  sub('up', 'bring it up, or what is missing of it, and wait until every node is ready')
    .addOption(targetOption('how its servers run').default('compose'))
    .option('--store <store>', 'native: tikv://HOST:PORT of a PD [a PD on port 2379, else tiup playground]')
    .option('--node-count <number>', 'native: how many nodes [3]')
    .option('--port <number>', 'native: first port, 0 takes any free ones [8000]')
    .addOption(new Option('--variant <names...>', 'compose: a smaller cluster').choices(VARIANTS).default([]))
    .option('--monitoring', 'compose: Prometheus and Grafana as well')
    .action(async (flags) => finish(await upCommand(flags, context)));
  sub('down', 'end it; the data stay')
    .addOption(targetOption('only this one'))
    .action(async ({ target }: Common) => {
      const ended = await down(target, context);
      console.log(ended.length > 0 ? `Down: ${ended.join(', ')}. The data stay.` : 'Nothing was up.');
      finish(0);
    });
  sub('status', 'nodes, PD members, stores, regions and their leaders')
    .addOption(targetOption('only this one'))
    .option('--json', 'print JSON')
    .action(async (flags) => finish(await statusCommand(flags, context.env)));
  sub('logs', 'what the servers have written')
    .argument('[names...]', 'only these, such as surreal-1 or tikv-2')
    .addOption(targetOption('only this one'))
    .option('--lines <number>', 'how many of the last lines', '50')
    .option('--follow', 'go on as more comes')
    .action(async (services: string[], { target, lines, follow = false }) =>
      finish(await logs(target, { services, lines, follow }, context.env)),
    );
  sub('wipe', 'end it and delete its data')
    .addOption(targetOption('only this one'))
    .option('--yes', 'do not ask')
    .action(async (flags) => finish(await wipeCommand(flags, context)));
  sub('heal', 'undo what an interrupted run with faults has left, and start what is not running')
    .addOption(targetOption('only this one'))
    .action(async ({ target }: Common) => {
      const healed = await heal(target, context);
      console.log(healed.length > 0 ? healed.join('\n') : 'Nothing had to be healed.');
      finish(0);
    });
  const check = sub(
    'check',
    'is everything up, and is it one cluster: every pair of nodes writes, and reads what the other wrote',
  )
    .addOption(targetOption('only this one'))
    .option(
      '--nodes <urls>',
      'the nodes of another cluster, separated by commas; credentials in SURREAL_USER, SURREAL_PASS',
    )
    .option('--pd <url>', 'a PD member of that cluster, such as http://HOST:2379')
    .option('--ca <file>', 'certificate of the authority that signed the certificates of https nodes (PEM)')
    .action(async (flags) => finish(await checkCommand(flags, context.env)));
  addAccessFlags(check);
  return command;
}

async function upCommand(
  flags: {
    target: ClusterKind;
    store?: string;
    nodeCount?: string;
    port?: string;
    variant: Variant[];
    monitoring?: true;
  },
  context: UpContext,
): Promise<number> {
  const { target: kind, store, variant: variants, monitoring = false } = flags;
  const nativeOnly = store !== undefined || flags.nodeCount !== undefined || flags.port !== undefined;
  if (kind === 'compose' && nativeOnly)
    throw new UsageError('--store, --node-count and --port go with --target native; ports of containers are in .env.');
  if (kind === 'native' && (variants.length > 0 || monitoring))
    throw new UsageError('--variant and --monitoring go with --target compose.');
  const started = Date.now();
  const nodeCount = wholeNumber('--node-count', flags.nodeCount, 1, 9);
  const port = wholeNumber('--port', flags.port, 0, 65_000);
  const cluster = await up({ kind, store, nodeCount, port, variants, monitoring }, context);
  const setUp = Date.now() - started;
  const report = await inspectCluster(cluster);
  const limits = await judgeUp(report.nodes, setUp);
  console.log(`${cluster.kind}: ${cluster.description}\n\n${clusterTables(report)}\n\n${limitsTable(limits)}`);
  if (cluster.kind === 'compose' && monitoring)
    console.log(
      '\nGrafana: http://127.0.0.1:3000, user admin, password GRAFANA_ADMIN_PASSWORD in .env (docs/how-to/monitoring.md)',
    );
  tell(report.problems);
  const broken = limits.some(({ state }) => state === 'broken');
  return report.problems.length > 0 || broken ? FAILED : 0;
}

async function statusCommand({ target, json }: Common & { json?: true }, env: NodeJS.ProcessEnv): Promise<number> {
  const cluster = await runningCluster(env, target);
  if (cluster === undefined) {
    console.log(json ? 'null' : 'No cluster is up. `npm run cluster -- up` brings one up.');
    return 1;
  }
  const inspected = await inspectCluster(cluster);
  const { problems } = inspected;
  if (json) {
    const nodes = inspected.nodes.map(({ token: _, ...node }) => node);
    console.log(JSON.stringify({ kind: cluster.kind, ...inspected, nodes }, null, 2));
  } else {
    console.log(`${cluster.kind}: ${cluster.description}\n\n${clusterTables(inspected)}`);
    tell(problems);
  }
  return problems.length === 0 ? 0 : FAILED;
}

async function wipeCommand({ target, yes }: Common & { yes?: true }, context: UpContext): Promise<number> {
  if (!yes && !(await confirmed(target))) {
    console.log('Nothing was deleted.');
    return 1;
  }
  const left = await wipe(target, context);
  console.log(left.length > 0 ? left.join('\n') : 'Wiped: no container, process or data of a cluster of ours is left.');
  return 0;
}

async function confirmed(target: ClusterKind | undefined): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('wipe deletes all data of the cluster: without a terminal to ask, give --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Delete all data of the ${target ?? ''} cluster? Type yes: `);
  terminal.close();
  return answer.trim().toLowerCase() === 'yes';
}

async function checkCommand(
  { target, nodes, pd, ca, ...flags }: Common & { nodes?: string; pd?: string; ca?: string },
  env: NodeJS.ProcessEnv,
): Promise<number> {
  trustCa(ca);
  const cluster =
    nodes === undefined
      ? await ours(target, env, pd)
      : await givenNodes(nodes, { pd, access: accessFlags(flags), env });
  const report = await checkCluster(cluster, (pair) => console.log(`${pairTable(pair)}\n`));
  console.log(clusterTables(report));
  if (cluster.pd === undefined) console.log('\nPD and stores were not looked at: --pd names a PD member.');
  if (report.problems.length > 0) {
    tell(report.problems);
    return FAILED;
  }
  const operations = report.pairs.reduce((sum, { steps }) => sum + steps.length, 0);
  console.log(
    `\nOne cluster: ${operations} operations on ${report.pairs.length} pairs of nodes, each seen at once by the other.`,
  );
  return 0;
}

async function ours(
  target: ClusterKind | undefined,
  env: NodeJS.ProcessEnv,
  pd: string | undefined,
): Promise<Inspected> {
  if (pd !== undefined) throw new UsageError('--pd goes with --nodes: for a cluster of ours it is known.');
  const cluster = await runningCluster(env, target);
  if (cluster !== undefined) return cluster;
  throw new Failure('No cluster is up. `npm run cluster -- up` brings one up; --nodes URL,URL names another one.');
}

function tell(problems: readonly string[]): void {
  if (problems.length > 0) console.log(`\nProblems:\n${problems.map((problem) => `  ✗ ${problem}`).join('\n')}`);
}

function wholeNumber(flag: string, value: string | undefined, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most} (got "${value}").`);
}

await runCommand(async (signal) => {
  let code = 0;
  const context = { progress: terminalProgress(), signal, env: process.env };
  await program(context, (it) => {
    code = it;
  }).parseAsync();
  return code;
}, 'Stopping. `up` goes on from here, `down` ends what is there.');
