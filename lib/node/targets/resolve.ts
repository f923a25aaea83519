import { ACCESS_SETTINGS } from '../../core/access/node-user.ts';
import { flagOf, SETTINGS } from '../../core/settings/settings.ts';
import { Failure, UsageError } from '../cli/errors.ts';
import { runningCluster } from '../cluster/lifecycle.ts';
import { findSurreal } from '../programs/find-program.ts';
import { useCompose } from './compose-target.ts';
import { startEmbedded } from './embedded-target.ts';
import { useExternal } from './external-target.ts';
import { foundationOf, startNative } from './native-target.ts';
import { programProblem } from './node-programs.ts';
import { defaultPortsFree } from './ports.ts';
import { useRunning } from './running-target.ts';
import type { StartContext, Target, TargetChoice, TargetRequest } from './target.ts';

/**
 * What can be said of a request before anything is looked for: a wrong one is wrong whatever this machine has.
 * @throws UsageError where options contradict each other, or the store is none
 */
export function checkRequest(request: TargetRequest): void {
  const { choice, nodes, store, pd, nodeSettings = {}, nodePrograms = {}, access = {} } = request;
  const isNative = choice === 'native' || (choice === 'auto' && store !== undefined);
  const typed = ACCESS_SETTINGS.find((name) => SETTINGS[name].env in access);
  const conflicts: [boolean, string][] = [
    [
      nodes !== undefined && choice !== 'auto' && choice !== 'external',
      `--nodes goes with --target external, not ${choice}.`,
    ],
    [
      store !== undefined && choice !== 'auto' && choice !== 'native',
      `--store goes with --target native, not ${choice}.`,
    ],
    [
      nodes !== undefined && store !== undefined,
      '--nodes (a cluster that runs) and --store (one to start) exclude each other.',
    ],
    [
      typed !== undefined && nodes === undefined,
      `${typed && flagOf(SETTINGS[typed])} goes with --nodes: in other targets a run has a namespace of its own.`,
    ],
    [pd !== undefined && nodes === undefined, '--pd goes with --nodes: of other targets it is known.'],
    [choice === 'external' && nodes === undefined, 'Target external needs --nodes URL,URL.'],
    [
      Object.keys(nodePrograms).length > 0 && !isNative && choice !== 'compose',
      `--node-program goes with nodes that the run starts: --target native or compose, not ${choice}.`,
    ],
    [
      Object.keys(nodeSettings).length > 0 && !isNative && choice !== 'compose',
      `--setting goes with nodes that the run starts: --target native or compose, not ${choice}.`,
    ],
  ];
  for (const [wrong, message] of conflicts) if (wrong) throw new UsageError(message);
  for (const [name, program] of isNative ? Object.entries(nodePrograms) : []) {
    const problem = programProblem(program);
    if (problem !== undefined) throw new UsageError(`--node-program ${name}: ${problem}`);
  }
  if (pd !== undefined && !/^https?:\/\/[^/@\s]+$/.test(pd))
    throw new UsageError(`--pd must be http://HOST:PORT or https://HOST:PORT (got "${pd}").`);
  if (choice === 'native' || store !== undefined) foundationOf(request);
}

/** Brings up, or finds, what the user asked for. */
export function resolveTarget(request: TargetRequest, context: StartContext): Promise<Target> {
  const starters: Record<TargetChoice, () => Promise<Target>> = {
    auto: () => resolveAuto(request, context),
    embedded: () => startEmbedded(request, context),
    native: () => startNativeOrExplain(request, context),
    compose: () => useCompose(request, context),
    external: () => useExternal(request, environmentOf(context)),
  };
  return starters[request.choice]();
}

const environmentOf = ({ env = process.env }: StartContext): NodeJS.ProcessEnv => env;

async function startNativeOrExplain(request: TargetRequest, context: StartContext): Promise<Target> {
  const env = environmentOf(context);
  const surreal = await findSurreal(context.progress, { env });
  if (surreal !== undefined) return startNative(request, surreal, context, env);
  throw new Failure(
    'Target native needs the program `surreal`, and it was not found. `npm run setup` tells how to get it; --target embedded works without it.',
  );
}

/** The best target at hand: a cluster of ours that is up, a server if there is one, else the embedded engine. */
async function resolveAuto(request: TargetRequest, context: StartContext): Promise<Target> {
  if (request.nodes !== undefined) return useExternal(request, environmentOf(context));
  if (request.store !== undefined) return startNativeOrExplain(request, context);
  if (request.port === undefined && request.nodeCount === undefined) {
    const cluster = await runningCluster(process.env);
    if (cluster !== undefined) return useRunning(cluster);
  }
  const env = environmentOf(context);
  const surreal = await findSurreal(context.progress, { env });
  const port = request.port ?? ((await defaultPortsFree(request.nodeCount ?? 3)) ? undefined : 0);
  if (port === 0 && request.port === undefined)
    context.progress.say('Ports 8000 and up are taken: using free ones. (--port chooses)');
  const adapted = { ...request, port };
  const oneNodeWillDo = (request.nodeCount ?? 1) === 1;
  if (surreal === undefined || !oneNodeWillDo) return startEmbedded(adapted, context);
  try {
    return await startNative(adapted, surreal, context, env);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Failure)) throw error;
    context.progress.say(`Target native did not come up, so it is the embedded engine: ${error.message}`);
    return startEmbedded(adapted, context);
  }
}
