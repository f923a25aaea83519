import { UsageError } from '../cli/errors.ts';
import {
  commandFor,
  composeCluster,
  downCompose,
  hasVolumes,
  upCompose,
  wipeCompose,
} from '../cluster/compose-cluster.ts';
import { entrust } from '../process/guard.ts';
import { nodeProgramsText } from './node-programs.ts';
import { nodeSettingsText } from './node-settings.ts';
import { useRunning } from './running-target.ts';
import type { StartContext, Target, TargetRequest } from './target.ts';

/**
 * The cluster of compose.yml: the one that is up, or one for this run alone. The latter is taken down afterwards, and
 * wiped if there were no data before; by the guard where we end before we could.
 */
export async function useCompose(
  request: TargetRequest,
  { progress, signal }: StartContext,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Target> {
  if (request.port !== undefined || request.nodeCount !== undefined)
    throw new UsageError(
      '--port and --node-count go with other targets: ports of containers are in .env, see .env.example.',
    );
  const running = await composeCluster(env);
  const { nodeSettings = {}, nodePrograms = {} } = request;
  for (const [flag, given] of [
    ['--setting', nodeSettings],
    ['--node-program', nodePrograms],
  ] as const)
    if (running !== undefined && Object.keys(given).length > 0)
      throw new UsageError(
        `The compose cluster is up already, and ${flag} is for nodes that start: npm run cluster -- down first.`,
      );
  if (running !== undefined) {
    progress.say('The compose cluster is up already; it stays up.');
    return useRunning(running);
  }
  const hadData = await hasVolumes(env);
  const stopped = entrust({ run: await commandFor(hadData ? 'down' : 'wipe', env) });
  const stop = async () => {
    if (hadData) await downCompose(env, { progress });
    else await wipeCompose(env, { progress });
    stopped();
  };
  try {
    const wanted = { variants: [], monitoring: false, nodeSettings, nodePrograms };
    const cluster = await upCompose(wanted, { progress, signal, env });
    const description = cluster.description + nodeSettingsText(nodeSettings) + nodeProgramsText(nodePrograms);
    return await useRunning({ ...cluster, description }, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Brings a cluster in containers up once for several runs; nothing for other targets. @returns ends it, if it was not up before */
export async function holdCompose(request: TargetRequest, context: StartContext): Promise<() => Promise<void>> {
  if (request.choice !== 'compose') return async () => {};
  const held = await useCompose(request, context);
  return () => held.stop();
}
