import { UsageError } from '../cli/errors.ts';
import { signIn, versionOf } from './http.ts';
import type { Target, TargetRequest } from './target.ts';

/** A cluster that is somebody else's: checked, loaded in a namespace of the run's own, never started, stopped or wiped. */
export async function useExternal(request: TargetRequest, env: NodeJS.ProcessEnv): Promise<Target> {
  if (request.nodes === undefined) throw new UsageError('Target external needs --nodes URL,URL.');
  const { SURREAL_USER: user, SURREAL_PASS: pass } = env;
  if (!user || !pass)
    throw new UsageError('Target external needs the root credentials of the cluster in SURREAL_USER and SURREAL_PASS.');
  const credentials = { user, pass };
  const versions = await Promise.all(request.nodes.map((url) => versionOf(url)));
  await Promise.all(request.nodes.map((url) => signIn(url, credentials)));
  const [version = ''] = versions;
  const mixed = versions.some((other) => other !== version);
  return {
    kind: 'external',
    description: `${request.nodes.length} external node${request.nodes.length === 1 ? '' : 's'} (${[...new Set(versions)].join(', ')})`,
    notes: mixed ? ['The nodes run different versions.'] : [],
    nodes: request.nodes.map((url, index) => ({ name: `surreal-${index + 1}`, url })),
    credentials,
    version,
    singleEngine: request.nodes.length === 1,
    hasGraphql: true,
    dataInNodes: false,
    stop: async () => {},
  };
}
