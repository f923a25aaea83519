import { lookup } from 'node:dns/promises';
import { externalUser } from '../access/credentials.ts';
import { UsageError } from '../cli/errors.ts';
import { signIn, versionOf } from './http.ts';
import type { Target, TargetRequest } from './target.ts';

/** An external cluster: checked, loaded in a namespace of its own, never started, stopped or wiped. */
export async function useExternal(request: TargetRequest, env: NodeJS.ProcessEnv): Promise<Target> {
  if (request.nodes === undefined) throw new UsageError('Target external needs --nodes URL,URL.');
  const credentials = await externalUser(env, request.access);
  if (credentials === undefined)
    throw new UsageError(
      'Target external needs a user of the cluster in SURREAL_USER and SURREAL_PASS: a root user, or another one with --auth-level or --access.',
    );
  const versions = await Promise.all(request.nodes.map((url) => versionOf(url)));
  await Promise.all(request.nodes.map((url) => signIn(url, credentials)));
  const [version = ''] = versions;
  const mixed = versions.some((other) => other !== version);
  return {
    kind: 'external',
    description: `${request.nodes.length} external node${request.nodes.length === 1 ? '' : 's'} (${[...new Set(versions)].join(', ')})`,
    notes: [...(mixed ? ['The nodes run different versions.'] : []), ...(await sharedAddresses(request.nodes))],
    nodes: request.nodes.map((url, index) => ({ name: `surreal-${index + 1}`, url })),
    credentials,
    version,
    singleEngine: request.nodes.length === 1,
    hasGraphql: true,
    dataInNodes: false,
    ...(request.pd === undefined ? {} : { pd: request.pd }),
    stop: async () => {},
  };
}

/** Nodes at one address and port, which may be one server under several names: a sentence for each address. */
export async function sharedAddresses(urls: readonly string[], resolve = addressesOf): Promise<string[]> {
  const found = await Promise.all(
    urls.map(async (url, index) => ({ name: `surreal-${index + 1}`, at: await resolve(url) })),
  );
  const addresses = new Set(found.flatMap(({ at }) => at));
  const shared = [...addresses].map((address) => ({
    address,
    names: found.filter(({ at }) => at.includes(address)).map(({ name }) => name),
  }));
  return shared
    .filter(({ names }) => names.length > 1)
    .map(({ address, names }) => `${names.join(' and ')} have the same address, ${address}: they may be one server.`);
}

async function addressesOf(url: string): Promise<string[]> {
  const { hostname, port, protocol } = new URL(url);
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  return found.map(({ address }) => `${address} port ${port || (protocol === 'https:' ? 443 : 80)}`);
}
