import { type AnyAuth, Surreal } from 'surrealdb';
import { type Credentials, describeUser, kindOf, signInSettings } from '../../core/access/node-user.ts';
import { fetchNode } from '../access/http-client.ts';
import { causeOf, Failure } from '../cli/errors.ts';

const ANSWER_LIMIT_MS = 10_000;

/** How the SDK signs a user in. Record users define nothing, so there is none of them. */
const sdkAuth = (credentials: Credentials): AnyAuth => {
  const { user: username, pass: password, namespace = '', database = '' } = credentials;
  const kind = kindOf(credentials);
  if (kind === 'namespace') return { namespace, username, password };
  return kind === 'database' ? { namespace, database, username, password } : { username, password };
};

/**
 * Does work on a node as a user, and closes the connection.
 * @throws Failure where the node does not answer or refuses the user
 */
export async function withNode<T>(
  url: string,
  credentials: Credentials,
  work: (db: Surreal) => Promise<T>,
): Promise<T> {
  const fetchImpl: typeof fetch = (input, init) =>
    fetchNode(input, { ...init, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  const db = new Surreal({ fetchImpl });
  try {
    await db.connect(url).catch((error) => {
      throw new Failure(
        `${url} cannot be reached: ${causeOf(error, ANSWER_LIMIT_MS)}. Is the node up, and the URL right?`,
      );
    });
    await db.signin(sdkAuth(credentials)).catch((error: Error) => {
      throw new Failure(
        `${url} refused ${describeUser(credentials)}: ${error.message} Set ${signInSettings(credentials)}.`,
      );
    });
    return await work(db);
  } finally {
    await db.close();
  }
}
