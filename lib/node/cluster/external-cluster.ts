import { kindOf } from '../../core/access/node-user.ts';
import { parseSettings } from '../../core/settings/settings.ts';
import { externalUser } from '../access/credentials.ts';
import { UsageError } from '../cli/errors.ts';
import type { Inspected } from './connectivity.ts';

/**
 * An external cluster, by the URLs of its nodes.
 * @throws SettingsError, UsageError
 */
export async function givenNodes(
  nodes: string,
  {
    pd,
    access,
    env,
  }: {
    readonly pd: string | undefined;
    readonly access: Readonly<Record<string, string>>;
    readonly env: NodeJS.ProcessEnv;
  },
): Promise<Inspected> {
  const credentials = await externalUser(env, access);
  if (credentials === undefined)
    throw new UsageError('--nodes needs a user of the cluster in SURREAL_USER and SURREAL_PASS.');
  if (kindOf(credentials) === 'record')
    throw new UsageError(
      'check writes to a table of its own, which a record user may not define. Use a database user.',
    );
  if (pd !== undefined && !/^https?:\/\/[^/@\s]+$/.test(pd))
    throw new UsageError(`--pd must be http://HOST:PORT or https://HOST:PORT (got "${pd}").`);
  const urls = parseSettings({ SURREAL_NODES: nodes }, () => '--nodes').nodes;
  return {
    nodes: urls.map((url, index) => ({ name: `surreal-${index + 1}`, url })),
    pd,
    problems: [],
    credentials,
  };
}
