import type { Credentials } from '../../core/access/node-user.ts';
import { Failure } from '../cli/errors.ts';
import type { Program } from '../programs/program.ts';
import { signIn } from './http.ts';
import type { NodeSettings } from './node-settings.ts';

/** @throws Failure if the store was made with another root user, which it keeps */
export async function signInToStore(url: string, store: string, credentials: Credentials): Promise<void> {
  await signIn(url, credentials).catch((error) => {
    if (!(error instanceof Failure) || store === 'memory') throw error;
    throw new Failure(
      `${store} was made with other root credentials: put them into SURREAL_USER and SURREAL_PASS. (${error.message})`,
    );
  });
}

/** The command line of a node. The root password is in its environment, not among the arguments. */
export function nodeCommand(
  surreal: Program,
  port: number,
  store: string,
  credentials: Credentials,
  settings: NodeSettings = {},
): { argv: string[]; env: Record<string, string> } {
  const env = {
    ...settings,
    SURREAL_USER: credentials.user,
    SURREAL_PASS: credentials.pass,
    // If DNS does not answer, the look-up of newer versions delays the start.
    SURREAL_ONLINE_VERSION_CHECK: 'false',
    // Scenario `blog` reads as a guest; each table says what guests may see.
    SURREAL_CAPS_ALLOW_GUESTS: 'true',
  };
  const bind = `127.0.0.1:${port}`;
  return { argv: [...surreal.command({ env }), 'start', '--no-banner', '--log', 'warn', '--bind', bind, store], env };
}
