// npm run k8s -- render|collect: a load by k6-operator in Kubernetes, judged here.
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { ACCESS_SETTINGS } from '../lib/core/access/node-user.ts';
import type { ClockSource } from '../lib/core/history/clocks.ts';
import { parseDuration } from '../lib/core/load/duration.ts';
import { SETTINGS } from '../lib/core/settings/settings.ts';
import { exitCodeOf } from '../lib/core/verdict/run-verdict.ts';
import { SCENARIO_NAMES, scenarioNamed, scenarioSettings } from '../lib/node/catalog/catalog.ts';
import { commandNamed, runCommand } from '../lib/node/cli/command-line.ts';
import { UsageError } from '../lib/node/cli/errors.ts';
import {
  addSettingFlags,
  argumentsOf,
  environmentOf,
  type Flags,
  namingBy,
  numberOf,
  textOf,
  withFiles,
} from '../lib/node/cli/flags.ts';
import { terminalProgress } from '../lib/node/cli/progress.ts';
import { collect } from '../lib/node/k8s/collect.ts';
import { checkName, checkReference } from '../lib/node/k8s/kubernetes-run.ts';
import { environmentFor, readRendered, render, storageFor } from '../lib/node/k8s/render.ts';
import { reportOf } from '../lib/node/load/run-report.ts';

/** Of k8s/surrealdb.yaml. */
const NODES = ['surrealdb-0', 'surrealdb-1', 'surrealdb-2']
  .map((pod) => `http://${pod}.surrealdb-nodes:8000`)
  .join(',');
const MEBIBYTE = 2 ** 20;

const DEFAULTS = { parallelism: '2', namespace: 'surrealdb-load', secret: 'surrealdb-root', cpu: '2', memory: '2048' };

async function program(finish: (code: number) => void): Promise<Command> {
  const command = commandNamed('k8s')
    .description(
      'Runs a load test in Kubernetes with several k6 pods (k6-operator), and judges the results as one run (docs/how-to/kubernetes.md).',
    )
    .addHelpText(
      'after',
      '\nExit codes: collect: 0 pass, 99 a limit or an invariant failed, 98 the run is invalid; both: 2 wrong usage, 1 anything else',
    );
  const rendering = command
    .command('render')
    .description('write the manifests for k6-operator into a folder; applies nothing')
    .argument('<scenario>', `one of: ${SCENARIO_NAMES.join(', ')}`)
    .option(
      '--parallelism <number>',
      'number of k6 pods, each on a separate machine, from 2 to 64',
      DEFAULTS.parallelism,
    )
    .option('--out <folder>', 'output folder [results/kubernetes/NAME]')
    .option('--name <name>', 'name of the run, unique [SCENARIO-TIME]')
    .option('--namespace <name>', 'namespace in Kubernetes', DEFAULTS.namespace)
    .option('--secret <name>', 'Secret with the keys SURREAL_USER and SURREAL_PASS', DEFAULTS.secret)
    .option('--cpu <number>', 'cores per pod, from 1 to 64', DEFAULTS.cpu)
    .option('--memory <number>', 'memory per pod in MiB, from 256 to 262144', DEFAULTS.memory)
    .option('--storage-class <name>', "storage class of the results volume, ReadWriteMany [the cluster's default]")
    .option('--archive-volume <claim>', 'claim of a volume that holds the archive, instead of a ConfigMap')
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)')
    .action(async (scenario: string, flags: Flags) => finish(await renderCommand(scenario, flags)));
  // The Secret has a root user, and --namespace is one of Kubernetes.
  addSettingFlags(rendering, ['generators', ...ACCESS_SETTINGS]);
  command
    .command('collect')
    .description('copy the results of all pods and judge them as one run')
    .argument('<folder>', 'the folder that `render` wrote')
    .option('--from <folder>', 'folder with the results of all pods, such as a mounted volume or a synced bucket')
    .option(
      '--clock-uncertainty <time>',
      "compare the pods by the clocks of their machines, with this uncertainty (such as 5ms), instead of by the first node's clock",
    )
    .allowExcessArguments(false)
    .showHelpAfterError('(--help shows all options)')
    .action(async (folder: string, flags: Flags) => finish(await collectCommand(folder, flags)));
  return command;
}

async function renderCommand(scenario: string, flags: Flags): Promise<number> {
  scenarioNamed(scenario);
  const parallelism = wholeOf('parallelism', flags, 2, 64);
  const name = textOf(flags.name) ?? `${scenario}-${Date.now().toString(36)}`;
  const namespace = textOf(flags.namespace) ?? DEFAULTS.namespace;
  checkName('--name', name);
  checkName('--namespace', namespace);
  const secret = textOf(flags.secret) ?? DEFAULTS.secret;
  checkReference('--secret', secret);
  for (const [flag, object] of [
    ['--storage-class', flags.storageClass],
    ['--archive-volume', flags.archiveVolume],
  ] as const)
    if (object !== undefined) checkReference(flag, String(object));
  const { [SETTINGS.generators.env]: _, ...given } = await withFiles(environmentOf({ ...flags, namespace: undefined }));
  const env = environmentFor(given, { name, parallelism, nodes: textOf(flags.nodes) ?? NODES });
  const settings = scenarioSettings(scenario, env, namingBy(flags));
  const folder = resolve(textOf(flags.out) ?? `results/kubernetes/${name}`);
  const seed = String(settings.seed);
  const run = {
    kubernetes: 1,
    name,
    scenario,
    parallelism,
    namespace,
    env,
    secret,
    cpu: wholeOf('cpu', flags, 1, 64),
    memory: wholeOf('memory', flags, 256, 262_144) * MEBIBYTE,
    storage: storageFor(scenario, env),
    ...(flags.storageClass === undefined ? {} : { storageClass: String(flags.storageClass) }),
    ...(flags.archiveVolume === undefined ? {} : { archiveVolume: String(flags.archiveVolume) }),
    command: `npm run k8s -- render ${scenario} ${argumentsOf({ ...flags, seed })}`,
  } as const;
  const files = await render(run, folder, terminalProgress());
  const here = relative(process.cwd(), folder);
  console.log(`${here}:\n${files.map((file) => `  ${file}`).join('\n')}\n`);
  console.log(`Start:   kubectl apply -k ${here}`);
  console.log(`Watch:   kubectl --namespace ${namespace} get testrun,pods --selector k6_cr=${name}`);
  console.log(`Collect: npm run k8s -- collect ${here}`);
  return 0;
}

async function collectCommand(folder: string, flags: Flags): Promise<number> {
  const run = await readRendered(folder);
  const clocks = clocksOf(textOf(flags.clockUncertainty));
  const result = await collect({ run, from: textOf(flags.from), clocks }, terminalProgress());
  console.log(reportOf(result));
  return exitCodeOf(result.verdict);
}

/** @throws UsageError */
function clocksOf(text: string | undefined): ClockSource {
  if (text === undefined) return 'node';
  const uncertainty = parseDuration(text);
  if (uncertainty !== undefined) return { uncertainty };
  throw new UsageError(`--clock-uncertainty must be a duration such as 5ms or 1s (got "${text}").`);
}

/** Flags with a default are always there. */
const wholeOf = (name: keyof typeof DEFAULTS, flags: Flags, least: number, most: number): number =>
  numberOf(`--${name}`, flags[name] ?? DEFAULTS[name], least, most) ?? least;

await runCommand(async () => {
  let code = 0;
  await (
    await program((it) => {
      code = it;
    })
  ).parseAsync();
  return code;
}, 'Stopping. Nothing was applied to the cluster.');
