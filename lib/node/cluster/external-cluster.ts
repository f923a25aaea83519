import { parseSettings } from '../../core/settings/settings.ts';
import { UsageError } from '../cli/errors.ts';
import type { Inspected } from './connectivity.ts';

/**
 * An external cluster, by the URLs of its nodes.
 * @throws SettingsError, UsageError
 */
export function givenNodes(nodes: string, pd: string | undefined, env: NodeJS.ProcessEnv): Inspected {
  const { SURREAL_USER: user, SURREAL_PASS: pass } = env;
  if (!user || !pass)
    throw new UsageError('--nodes needs the root credentials of the cluster in SURREAL_USER and SURREAL_PASS.');
  if (pd !== undefined && !/^https?:\/\/[^/@\s]+$/.test(pd))
    throw new UsageError(`--pd must be http://HOST:PORT or https://HOST:PORT (got "${pd}").`);
  const urls = parseSettings({ SURREAL_NODES: nodes }, () => '--nodes').nodes;
  return {
    nodes: urls.map((url, index) => ({ name: `surreal-${index + 1}`, url })),
    pd,
    problems: [],
    credentials: { user, pass },
  };
}
