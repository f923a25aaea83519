import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Progress, spinning } from '../cli/progress.ts';
import { resolveTarget } from '../targets/resolve.ts';
import type { Capability } from './capabilities.ts';
import { commandText, runScript } from './run-script.ts';
import type { Environment } from './verify-environment.ts';

/** `fail`: a limit, an invariant or a check was broken; `error`: it could not be done; `missing`: it is unavailable here. */
export type State = 'pass' | 'fail' | 'invalid' | 'error' | 'missing' | 'not run';

/** What became of one capability. */
export interface Outcome {
  readonly name: string;
  readonly state: State;
  readonly seconds: number;
  readonly says: string;
  /** The last command that ran. */
  readonly command?: string;
  readonly results?: string;
  /** What its commands printed. */
  readonly log?: string;
}

const STATES: Readonly<Record<number, State>> = { 0: 'pass', 99: 'fail', 98: 'invalid' };
/** Exit codes by gravity: broken promises come before what could not be found out. */
const EXIT_CODES = [
  ['fail', 99],
  ['error', 1],
  ['not run', 1],
  ['invalid', 98],
] as const;

/** The exit code of the gravest outcome. */
export const exitCodeOf = (outcomes: readonly Outcome[]): number =>
  EXIT_CODES.find(([state]) => outcomes.some((outcome) => outcome.state === state))?.[1] ?? 0;

export interface Context {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Folder for the logs. */
  readonly folder: string;
  /** Called as each capability ends. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Goes through all capabilities, and takes down what it brought up however that ends. */
export async function verify(
  environment: Environment,
  capabilities: readonly Capability[],
  context: Context,
): Promise<Outcome[]> {
  await mkdir(context.folder, { recursive: true });
  const outcomes: Outcome[] = [];
  const add = (outcome: Outcome): void => {
    outcomes.push(outcome);
    context.onOutcome(outcome);
  };
  const of = (...stages: Capability['stage'][]) => capabilities.filter(({ stage }) => stages.includes(stage));
  for (const capability of of('bring up')) add(await show(capability, {}, context));
  const isUp = outcomes.every(({ state }) => state === 'pass' || state === 'missing');
  if (isUp) {
    await withNodes(environment, of('nodes').length > 0, context, async (env) => {
      for (const capability of of('nodes')) add(await show(capability, env, context));
    });
    for (const capability of of('loads')) add(await show(capability, {}, context));
    for (const capability of afterwards(outcomes)) add(await show(capability, {}, context));
  } else for (const { name } of of('nodes', 'loads')) add(notRun(name, 'the cluster did not come up'));
  // Also after Ctrl-C.
  for (const capability of of('take down'))
    add(await show(capability, {}, { ...context, signal: new AbortController().signal }));
  return outcomes;
}

/** Commands on nodes find a cluster that is up by themselves; if there is none, nodes are held up for them. */
async function withNodes(
  { kind }: Environment,
  areNeeded: boolean,
  { progress, signal, folder }: Context,
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  if (!areNeeded || kind === 'compose' || kind === 'native') return work({});
  const choice = kind === 'memory' ? 'native' : 'embedded';
  const request = { choice, nodes: undefined, store: undefined, nodeCount: undefined, port: 0 } as const;
  const target = await resolveTarget(request, { progress, logs: folder, signal });
  const { user, pass } = target.credentials;
  try {
    const nodes = target.nodes.map(({ url }) => url).join(',');
    await work({ SURREAL_USER: user, SURREAL_PASS: pass, [NODES]: nodes });
  } finally {
    await target.stop();
  }
}

/** Where the nodes that are held up are handed on to commands, which take them as a flag. */
const NODES = 'VERIFY_NODES';

/** What is done with the runs once they are made. */
function afterwards(outcomes: readonly Outcome[]): Capability[] {
  const runs = outcomes.flatMap(({ results }) => results ?? []);
  if (runs.length === 0) return [];
  return [
    {
      name: 'histories checked again',
      stage: 'loads',
      commands: runs.map((run) => ['check', run]),
      says: `Checked again and valid: ${runs.length} of ${runs.length}.`,
    },
    {
      name: 'reports',
      stage: 'loads',
      commands: [...runs.map((run) => ['report', run]), ['report']],
      says: `Rendered: ${runs.length}, and results/index.html.`,
    },
  ];
}

const notRun = (name: string, says: string): Outcome => ({ name, state: 'not run', seconds: 0, says });

async function show(
  { name, commands, missing, says: sum }: Capability,
  { [NODES]: nodes, ...env }: Readonly<Record<string, string>>,
  { progress, signal, folder }: Context,
): Promise<Outcome> {
  if (missing !== undefined) return { name, state: 'missing', seconds: 0, says: missing };
  if (signal.aborted) return notRun(name, 'interrupted');
  const log = join(folder, `${name.replaceAll(' ', '-')}.log`);
  const started = performance.now();
  return spinning(progress, name, async (detail) => {
    let outcome = notRun(name, 'it has no commands');
    for (const command of commands) {
      const argv = nodes === undefined ? command : [...command, '--nodes', nodes];
      const { code, says, results } = await runScript(argv, { env, log, signal, detail });
      const seconds = (performance.now() - started) / 1000;
      const state = STATES[code] ?? 'error';
      outcome = { name, state, seconds, says, command: commandText(command), log, ...(results ? { results } : {}) };
      if (code !== 0) return outcome;
    }
    return sum === undefined ? outcome : { ...outcome, says: sum };
  });
}
